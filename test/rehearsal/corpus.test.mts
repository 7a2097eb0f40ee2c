import { after } from 'node:test'
import { liveSuite } from '../corpus/live.mts'
import { corpusSuite } from '../corpus/suite.mts'
import { connectRehearsal } from './connected.mts'
import type { Rehearsed } from './connected.mts'

// The rehearsal's API server answers as the real one does: the same rows run on both.

let opened: Promise<Rehearsed> | undefined

async function open(): Promise<Rehearsed['cluster']> {
  opened ??= connectRehearsal()
  return (await opened).cluster
}

corpusSuite('request corpus on the rehearsal', open)
liveSuite(open)

after(async () => {
  await (await opened)?.[Symbol.asyncDispose]()
})
