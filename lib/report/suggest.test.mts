import assert from 'node:assert/strict'
import { test } from 'node:test'
import { suggest } from './suggest.mts'

const FIELDS = ['containers', 'initContainers', 'image', 'imagePullPolicy', 'replicas', 'env', 'envFrom']

for (const [word, meant] of [
  ['contianers', 'containers'],
  ['container', 'containers'],
  ['Replicas', 'replicas'],
  ['replcas', 'replicas'],
  ['evn', 'env'],
  ['imagePullPolcy', 'imagePullPolicy'],
  ['zzz', undefined],
  ['port', undefined],
  ['', undefined],
] as const) {
  test(`suggest() takes ${JSON.stringify(word)} for ${meant ?? 'nothing known'}`, () => {
    assert.equal(suggest(word, FIELDS), meant)
  })
}

test('suggest() prefers the nearest candidate over the first', () => {
  assert.equal(suggest('proof', ['proofs', 'proof']), 'proof')
})
