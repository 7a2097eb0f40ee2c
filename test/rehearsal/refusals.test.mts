import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import recorded from '../fixtures/kube/refusals.json' with { type: 'json' }
import { Place } from '../corpus/place.mts'
import { ROWS } from '../corpus/run.mts'
import { connectRehearsal } from './connected.mts'
import { OTHER_WORDS } from './exceptions.mts'

// Each refusal that a real server was recorded with, word by word.

const opened = connectRehearsal()

describe('refusals of the rehearsal', () => {
  for (const [index, { name, body }] of recorded.entries()) {
    const row = ROWS.find((one) => one.name === name)
    const reason = OTHER_WORDS[name]
    if (row === undefined) continue
    test(`${name}: ${reason === undefined ? 'the recorded words' : reason}`, async () => {
      const { cluster, server } = await opened
      const namespace = `words-${index}`
      const place = new Place(cluster, namespace)
      await place.open()
      for (const step of row.before ?? []) await place.take(step)
      await assert.rejects(place.take(row.act))
      const said = JSON.stringify(server.requests.findLast((asked) => asked.refused !== undefined)?.refused)
      const ours = JSON.parse(said.replaceAll(namespace, 'corpus')) as object
      if (reason === undefined) assert.deepEqual(ours, body)
      else assert.notDeepEqual(ours, body, 'the words are the same: the exception is not needed')
    })
  }
})

after(async () => (await opened)[Symbol.asyncDispose]())
