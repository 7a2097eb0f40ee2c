import { after } from 'node:test'
import { connect } from '../../lib/kube/connect.mts'
import type { Connection } from '../../lib/kube/connect.mts'
import { liveSuite } from './live.mts'
import { corpusSuite } from './suite.mts'

// Run by itself against the current context: node --test test/corpus/corpus.cluster.mts
let connection: Promise<Connection> | undefined

function open(): Promise<Connection> {
  connection ??= connect({ signal: new AbortController().signal })
  return connection
}

corpusSuite('request corpus', open)
liveSuite(open)

after(async () => {
  await (await connection)?.[Symbol.asyncDispose]()
})
