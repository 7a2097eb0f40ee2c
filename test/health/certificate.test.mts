import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import type { Noted } from '../../lib/health/health.mts'
import type { Live } from '../../lib/kube/object.mts'
import { ago, live, NOW, ownedBy, says, snapshotOf, told, type Fragment } from './pods.mts'

const SINCE = NOW - 30_000

function verdict(object: Live, others: readonly Live[] = [], events: readonly Noted[] = []): string {
  return told(judge({ object, since: SINCE }, snapshotOf([object, ...others], { events })))
}

const condition = (type: string, status: string, message = '', observedGeneration = 1): Fragment => ({
  type,
  status,
  message,
  observedGeneration,
  lastTransitionTime: ago(10),
})

describe('a Certificate', () => {
  const certificate = (status: Fragment): Live =>
    live('cert-manager.io/v1', 'Certificate', 'tls', {
      spec: { secretName: 'tls', dnsNames: ['reactbin.example.com'] },
      status,
    })
  const link = (kind: string, owner: Live, status: Fragment, spec: Fragment = {}): Live =>
    live(kind === 'CertificateRequest' ? 'cert-manager.io/v1' : 'acme.cert-manager.io/v1', kind, `${kind}-1`, {
      metadata: ownedBy(owner),
      spec,
      status,
    })

  test('judge() takes Ready of this generation for issued', () => {
    assert.equal(verdict(certificate({ conditions: [condition('Ready', 'True')] })), 'ready issued')
    assert.equal(verdict(certificate({ conditions: [condition('Ready', 'True', '', 0)] })), 'progressing issuing')
    assert.equal(verdict(certificate({})), 'progressing issuing')
  })

  test('judge() dooms an issuance that failed in this rollout, as the next try comes after an hour', () => {
    const issuing = condition('Issuing', 'False', 'The certificate request has failed to complete')
    assert.equal(verdict(certificate({ lastFailureTime: ago(5), conditions: [issuing] })), 'doomed certificate-failed')
    assert.equal(
      verdict(certificate({ lastFailureTime: ago(600), conditions: [issuing] })),
      'progressing issuing (certificate-failed)',
    )
  })

  test('judge() follows the chain to the link that says why', () => {
    const object = certificate({})
    const request = link('CertificateRequest', object, {})
    const order = link('Order', request, { state: 'invalid', reason: 'Failed to finalize Order' })
    const pending = link('Order', request, { state: 'pending' })
    const challenge = link(
      'Challenge',
      pending,
      { state: 'pending', reason: 'Waiting for HTTP-01 challenge propagation: wrong status code 404' },
      { dnsName: 'reactbin.example.com' },
    )
    assert.equal(verdict(object, [request, order]), 'doomed certificate-failed')
    const health = judge({ object, since: SINCE }, snapshotOf([object, request, pending, challenge]))
    assert.equal(
      told(health),
      'progressing issuing: challenge reactbin.example.com pending, order pending, requested (certificate-failed)',
    )
    assert.equal(
      says(health),
      'Cannot issue a certificate for reactbin.example.com: Waiting for HTTP-01 challenge propagation: wrong status code 404',
    )
  })

  test('judge() names an issuer that is not there, without giving up', () => {
    const object = certificate({})
    const conditions = [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Pending',
        message: 'Referenced "ClusterIssuer" not found: clusterissuer "letsencrypt-prod" not found',
      },
    ]
    assert.equal(
      verdict(object, [link('CertificateRequest', object, { conditions })]),
      'progressing issuing: requested (certificate-failed)',
    )
    const failed = [{ type: 'Ready', status: 'False', reason: 'Failed', message: 'order is invalid' }]
    assert.equal(
      verdict(object, [link('CertificateRequest', object, { conditions: failed })]),
      'doomed certificate-failed',
    )
  })
})
