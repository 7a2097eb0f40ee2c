import assert from 'node:assert/strict'
import { onStage } from './stage.mts'
import { run } from './world.mts'

/** An image object that the API holds. */
export interface Stored {
  readBack(): Promise<string>
}

/** Stores text as an image through the API, over HTTPS as a browser would. */
export async function storeImage(text: string): Promise<Stored> {
  const answer = await curl('/api/v1/images', ['-X', 'POST', '-H', 'content-type: image/png', '--data-binary', text])
  const { id } = JSON.parse(answer) as { id: string | number }
  return { readBack: () => curl(`/api/v1/images/${id}`, []) }
}

async function curl(path: string, args: readonly string[]): Promise<string> {
  const { https } = onStage().host.ingress
  const host = `reactbin.localhost:${https}`
  const ended = await run('curl', [
    '-sSf',
    '--noproxy',
    '*',
    '--retry',
    '5',
    '--retry-all-errors',
    '--resolve',
    `${host}:127.0.0.1`,
    '--cacert',
    '.demo/ca.crt',
    ...args,
    `https://${host}${path}`,
  ])
  assert.equal(ended.code, 0, ended.stderr)
  return ended.stdout
}
