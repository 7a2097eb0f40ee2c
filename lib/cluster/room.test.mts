import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shortOf } from './room.mts'
import { warnOfRoom } from './story.mts'

test('WN-12 shortOf() names what is less than 8 GB and 4 processors', () => {
  assert.equal(shortOf({ memory: 8.2e9, processors: 4 }), undefined)
  assert.match(shortOf({ memory: 4e9, processors: 4 }) ?? '', /4\.0 GB of memory \(8 are the least\)$/)
  assert.match(shortOf({ memory: 16e9, processors: 2 }) ?? '', /has 2 processors \(4 are the least\)$/)
  assert.match(shortOf({ memory: 2e9, processors: 1 }) ?? '', /memory .* and 1 processors/)
})

test('WN-12 warnOfRoom() says nothing of a cluster that is not for wrightnow', () => {
  const said: string[] = []
  warnOfRoom('landfall', ['reactbin'], (line) => said.push(line))
  assert.deepEqual(said, [])
})
