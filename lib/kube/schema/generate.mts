import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { connect } from '../connect.mts'
import type { Connection } from '../connect.mts'
import { emitJson, emitTypes } from './emit.mts'
import { documentPath, KINDS } from './kinds.mts'
import { trim } from './trim.mts'
import type { OpenApi } from './trim.mts'

// npm run schema [-- --context NAME --kubeconfig FILE]: schema.json and types.mts anew, from a server's OpenAPI.
const { values } = parseArgs({ options: { context: { type: 'string' }, kubeconfig: { type: 'string' } } })

await using cluster = await connect({ ...values, signal: AbortSignal.timeout(60_000), requestTimeout: 30_000 })
const schema = trim(await documents(cluster), await cluster.version())
await writeFile(new URL('schema.json', import.meta.url), emitJson(schema))
await writeFile(new URL('types.mts', import.meta.url), emitTypes(schema))

async function documents(from: Connection): Promise<Map<string, OpenApi>> {
  const read = async (apiVersion: string): Promise<[string, OpenApi]> => [
    apiVersion,
    (await from.read(documentPath(apiVersion))) as OpenApi,
  ]
  return new Map(await Promise.all(Object.keys(KINDS).map(read)))
}
