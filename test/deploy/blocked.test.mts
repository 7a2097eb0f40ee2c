import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { refuseBlocked } from '../../lib/deploy/plan.mts'
import type { Live } from '../../lib/kube/object.mts'
import { keyOf } from '../../lib/kube/object.mts'
import type { Secret } from '../../lib/kube/schema/types.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import { plan } from './plans.mts'
import { cluster, configMap, secret, web } from './world.mts'

suite('certificates and refusals', () => {
  test('makePlan() adds the time for a certificate only where there is none yet', async () => {
    const fake = cluster()
    const tls = { apiVersion: 'v1', kind: 'Secret', namespace: 'toy', name: 'tls' }
    const desired: Desired = {
      ...web(configMap('config')),
      tlsTimeout: 180_000,
      proofs: [{ kind: 'certificate', name: 'certificate', host: 'toy.localhost', secret: tls }],
    }
    assert.equal((await plan(fake, desired)).issuesCertificate, true)
    assert.equal((await plan(fake, { ...desired, tlsTimeout: 0 })).issuesCertificate, false)
    fake.objects.set(keyOf(tls), { ...secret('tls'), metadata: { name: 'tls', namespace: 'toy' } } as Live<Secret>)
    assert.equal((await plan(fake, desired)).issuesCertificate, false)
  })

  test('refuseBlocked() throws the first blocking row under its own code, with the others as evidence', async () => {
    const planned = await plan(cluster(), web(configMap('config')))
    const rows = [
      { name: 'a', state: 'warning', says: 'odd' },
      { name: 'b', state: 'blocking', says: 'no key', code: 'secret-missing', next: 'make it' },
      { name: 'c', state: 'blocking', says: 'no room' },
    ] as const
    assert.throws(() => refuseBlocked({ ...planned, preflight: rows }), {
      code: 'secret-missing',
      message: 'no key',
      next: 'make it',
      evidence: ['c: no room'],
    })
    assert.throws(() => refuseBlocked({ ...planned, preflight: rows.slice(2) }), { code: 'blocked' })
  })

  test('refuseBlocked() lets warnings and open questions pass', async () => {
    const planned = await plan(cluster(), web(configMap('config')))
    const rows = [
      { name: 'a', state: 'warning', says: 'odd' },
      { name: 'b', state: 'unknown', says: 'cannot check' },
    ] as const
    refuseBlocked({ ...planned, preflight: rows })
  })
})
