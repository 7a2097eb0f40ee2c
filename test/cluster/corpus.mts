import { after } from 'node:test'
import { connect } from '../../lib/kube/connect.mts'
import type { Connection } from '../../lib/kube/connect.mts'
import { liveSuite } from '../corpus/live.mts'
import { corpusSuite } from '../corpus/suite.mts'
import { onStage } from './stage.mts'

// What the client and the plan take for granted of an API server, asked of the real one.

let connection: Promise<Connection> | undefined

function open(): Promise<Connection> {
  connection ??= connect({ kubeconfig: onStage().host.kubeconfig, signal: new AbortController().signal })
  return connection
}

corpusSuite('request corpus', open)
liveSuite(open)

after(async () => {
  await (await connection)?.[Symbol.asyncDispose]()
})
