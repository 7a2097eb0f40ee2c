import type { TestEvent } from 'node:test/reporters'
import { headOf, lineOf, stateOfCode, TAIL } from './ended.mts'

/** A reporter of node:test for `npm run test:cluster`: how each test ended, for `npm run coverage`. */
export default async function* ended(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  yield headOf(stateOfCode())
  for await (const event of events) yield lineOf(event)
  yield TAIL
}
