import { after } from 'node:test'
import { connect } from '../../lib/kube/connect.mts'
import type { Connection } from '../../lib/kube/connect.mts'
import { corpusSuite } from './suite.mts'

// Run by itself against the current context: node --test test/corpus/corpus.cluster.mts
const opened: Connection[] = []

corpusSuite('request corpus', async () => {
  const connection = await connect({ signal: new AbortController().signal })
  opened.push(connection)
  return connection
})

after(async () => {
  for (const connection of opened) await connection[Symbol.asyncDispose]()
})
