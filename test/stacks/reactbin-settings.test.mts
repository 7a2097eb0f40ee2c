import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { find, reactbinWith } from './rendered.mts'

const desired = reactbinWith({ own: { domain: 'bin.acme.dev' } })

suite('reactbin settings', () => {
  test('RB-29 the default domain is the placeholder', () => {
    assert.equal(find(reactbinWith(), 'Ingress/reactbin').spec?.rules?.[0]?.host, 'reactbin.example.com')
  })

  test('LF-03 the health question carries the build and the schema revision, and the tag is what is expected', () => {
    assert.deepEqual(desired.health, {
      host: 'bin.acme.dev',
      path: '/api/v1/health',
      revisionField: 'revision',
      buildField: 'build',
    })
    const health = desired.proofs.find((proof) => proof.kind === 'serves' && proof.path === '/api/v1/health')
    assert.deepEqual(health?.kind === 'serves' ? health.fields : undefined, { build: 'abc' })
  })

  test('a digest as the tag is proven by the pods alone: no app can tell it', () => {
    const pinned = reactbinWith({ tags: { api: `sha256:${'0a'.repeat(32)}` } })
    const health = pinned.proofs.find((proof) => proof.kind === 'serves' && proof.path === '/api/v1/health')
    assert.ok(health?.kind === 'serves' && health.fields === undefined && health.backedBy !== undefined)
  })

  test('the same inputs give the same digest, another tag or setting another one', () => {
    assert.equal(reactbinWith().digest, reactbinWith().digest)
    assert.match(desired.digest, /^[0-9a-f]{64}$/)
    const digests = [
      reactbinWith(),
      reactbinWith({ tags: { api: 'abd' } }),
      reactbinWith({ own: { bucket: 'other' } }),
      desired,
    ]
    assert.equal(new Set(digests.map(({ digest }) => digest)).size, 4)
  })
})
