import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import type { Health, Noted } from '../../lib/health/health.mts'
import type { Live } from '../../lib/kube/object.mts'
import { ago, live, noted, NOW, rollout, snapshotOf, told } from './pods.mts'

const SINCE = NOW - 30_000

function verdict(object: Live, others: readonly Live[] = [], events: readonly Noted[] = []): string {
  return told(judge({ object, since: SINCE }, snapshotOf([object, ...others], { events })))
}

const QUOTA = 'pods "api-1" is forbidden: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0'

const REFUSALS: readonly (readonly [message: string, seconds: number, verdict: string])[] = [
  [QUOTA, 6, 'doomed quota'],
  [QUOTA, 3, 'progressing creating pods (quota)'],
  ['pods "api-1" is forbidden: failed quota: small: must specify limits.cpu', 6, 'doomed quota'],
  ['pods "api-1" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi', 6, 'doomed quota'],
  ['pods "api-1" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true', 6, 'doomed admission'],
  ['admission webhook "policy.example" denied the request: no latest', 6, 'doomed admission'],
  [
    'pods "api-1" is forbidden: error looking up service account demo/x: serviceaccount "x" not found',
    6,
    'doomed admission',
  ],
  [
    'Internal error occurred: failed calling webhook "policy.example": connection refused',
    60,
    'progressing creating pods (admission)',
  ],
  [
    'pods "api-1" is forbidden: Operation cannot be fulfilled on resourcequotas "small": the object has been modified; please apply your changes',
    60,
    'progressing creating pods (admission)',
  ],
]

const REMEDIES: readonly (readonly [message: string, next: RegExp])[] = [
  [QUOTA, /describe resourcequota,limitrange$/],
  ['error looking up service account demo/x: serviceaccount "x" not found', /^Make the service account/],
  ['pods "api-1" is forbidden: violates PodSecurity "restricted:latest"', /get namespace demo --show-labels$/],
  ['who knows what', /describe replicaset api-6f$/],
]

describe('pods that the server refuses to make', () => {
  const judged = (message: string, seconds: number, others: readonly Live[] = []): Health => {
    const { subject, objects } = rollout([])
    const condition = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message,
      lastTransitionTime: ago(seconds),
    }
    const failing = objects.map((object) =>
      object.kind === 'ReplicaSet' ? { ...object, status: { conditions: [condition] } } : object,
    )
    return judge(subject, snapshotOf([...failing, ...others]))
  }
  const refused = (...said: Parameters<typeof judged>): string => told(judged(...said))

  for (const [message, next] of REMEDIES) {
    test(`judge() tells what to do about "${message.slice(0, 70)}"`, () => {
      const health = judged(message, 2)
      assert.match((health.state === 'progressing' && health.trouble?.next) || '', next)
    })
  }

  for (const [message, seconds, expected] of REFUSALS) {
    test(`judge() says "${expected}" after ${seconds} s of "${message.slice(0, 80)}"`, () =>
      assert.equal(refused(message, seconds), expected))
  }

  test('judge() waits for quota that a pod on its way out still holds', () => {
    const leaving = live('v1', 'Pod', 'old', { metadata: { deletionTimestamp: ago(3) } })
    assert.equal(refused(QUOTA, 60, [leaving]), 'progressing creating pods (quota)')
  })

  const store = live('apps/v1', 'StatefulSet', 'store', {
    spec: { replicas: 1 },
    status: { observedGeneration: 1, updateRevision: 'b' },
  })
  const failed = {
    reason: 'FailedCreate',
    message: `create Pod store-0 in StatefulSet store failed error: ${QUOTA}`,
    count: 9,
  }

  test("judge() reads a StatefulSet's refusals from its events, and only those of this rollout", () => {
    assert.equal(verdict(store, [], [noted(store, { ...failed, first: NOW - 6_000 })]), 'doomed quota')
    assert.equal(
      verdict(store, [], [noted(store, { ...failed, first: NOW - 2_000 })]),
      'progressing creating pods (quota)',
    )
    assert.equal(
      verdict(store, [], [noted(store, { ...failed, first: NOW - 90_000, at: NOW - 40_000 })]),
      'progressing updated 0/1',
    )
    const made = noted(store, { type: 'Normal', reason: 'SuccessfulCreate', message: 'create Pod store-0', at: NOW })
    assert.equal(verdict(store, [], [noted(store, { ...failed, first: NOW - 6_000 }), made]), 'progressing updated 0/1')
  })
})
