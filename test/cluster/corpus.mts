import { writeFile } from 'node:fs/promises'
import { after } from 'node:test'
import { connect } from '../../lib/kube/connect.mts'
import type { Connection } from '../../lib/kube/connect.mts'
import { liveSuite } from '../corpus/live.mts'
import { corpusSuite } from '../corpus/suite.mts'
import { twinSuite } from '../corpus/twins.mts'
import { openWire } from '../corpus/wire.mts'
import type { Wire } from '../corpus/wire.mts'
import { wireRehearsal } from '../rehearsal/wired.mts'
import { onStage } from './stage.mts'

// What the client and the plan take for granted of an API server, asked of the real one, and of the rehearsal beside it.

let connection: Promise<Connection> | undefined
let wire: Wire | undefined
let rehearsed: ReturnType<typeof wireRehearsal> | undefined

function open(): Promise<Connection> {
  connection ??= connect({ kubeconfig: onStage().host.kubeconfig, signal: new AbortController().signal })
  return connection
}

corpusSuite('request corpus', open)
liveSuite(open)

const { recorded } = twinSuite(
  async () => (wire ??= openWire(onStage().host.kubeconfig)),
  () => (rehearsed ??= wireRehearsal()),
)

const RECORDING = new URL('../fixtures/kube/answers.json', import.meta.url)

after(async () => {
  if (process.env['RECORD'] === '1') await writeFile(RECORDING, `${JSON.stringify(recorded(), null, 1)}\n`)
  wire?.[Symbol.dispose]()
  await (await rehearsed)?.[Symbol.asyncDispose]()
  await (await connection)?.[Symbol.asyncDispose]()
})
