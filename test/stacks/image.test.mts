import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { commonSettings } from '../../lib/stacks/common.mts'
import { imageOf, splitReference, taggedImages, tagProblem } from '../../lib/stacks/image.mts'

const DIGEST = `sha256:${'0a'.repeat(32)}`

suite('images', () => {
  test('splitReference() tells the tag from the port of a registry', () => {
    const rows = [
      ['api', { repository: 'api' }],
      ['api:1', { repository: 'api', tag: '1' }],
      ['localhost:5000/api', { repository: 'localhost:5000/api' }],
      ['localhost:5000/api:v1.2', { repository: 'localhost:5000/api', tag: 'v1.2' }],
      [`q.io/a/b:1@${DIGEST}`, { repository: 'q.io/a/b', tag: '1', digest: DIGEST }],
      [`b@${DIGEST}`, { repository: 'b', digest: DIGEST }],
    ] as const
    for (const [reference, parts] of rows) assert.deepEqual(splitReference(reference), parts, reference)
  })

  test('taggedImages() are those without a tag of their own', () => {
    assert.deepEqual(taggedImages({ images: { api: 'api', store: 'minio:1', local: 'localhost:5000/x' } }), [
      'api',
      'local',
    ])
  })

  test('tagProblem() takes what a registry takes, but never latest', () => {
    for (const tag of ['abc', '1e5', '1.10', 'sha-12e4567', '_x', 'v1.2.3-rc.1', 'a'.repeat(128), DIGEST])
      assert.equal(tagProblem(tag), undefined, tag)
    for (const tag of ['', 'latest', '-x', '.x', 'a b', 'a/b', 'a:b', 'a'.repeat(129), 'sha256:1', 'ü'])
      assert.notEqual(tagProblem(tag), undefined, tag)
  })

  test('imageOf() layers what was asked for over settings over the stack', () => {
    const stack = { name: 's', images: { store: `q.io/store:1@${DIGEST}` } }
    const of = (images: object, tags = {}) =>
      imageOf(stack, { tags, common: commonSettings.parse({ images }) }, 'store')
    assert.equal(of({}), `q.io/store:1@${DIGEST}`)
    assert.equal(of({ store: { repository: 'mirror/store' } }), `mirror/store:1@${DIGEST}`)
    assert.equal(of({ store: { tag: '2' } }), 'q.io/store:2', "the digest is the stack's own tag's")
    assert.equal(of({ store: { tag: '2' } }, { store: '3' }), 'q.io/store:3')
  })
})
