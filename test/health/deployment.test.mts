import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import type { Noted } from '../../lib/health/health.mts'
import type { Live } from '../../lib/kube/object.mts'
import { ago, ended, live, NOW, ownedBy, podOf, rollout, snapshotOf, told, waiting, type Fragment } from './pods.mts'

const SINCE = NOW - 30_000
const MISSING = waiting('ErrImagePull', 'registry.test/api:1: not found')
const CRASHED = ended(4, 'boom')
const REVISION = 'deployment.kubernetes.io/revision'

function deployment(
  status: Fragment,
  { spec = {}, metadata = {} }: { spec?: Fragment; metadata?: Fragment } = {},
): Live {
  return live('apps/v1', 'Deployment', 'api', {
    metadata: { annotations: { [REVISION]: '2' }, ...metadata },
    spec: { replicas: 2, ...spec },
    status,
  })
}

function verdict(object: Live, others: readonly Live[] = [], events: readonly Noted[] = []): string {
  return told(judge({ object, since: SINCE }, snapshotOf([object, ...others], { events })))
}

const UP = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }

const DEPLOYMENTS: readonly (readonly [status: Fragment, verdict: string])[] = [
  [{}, 'progressing waiting for the controller'],
  [{ ...UP, observedGeneration: 0 }, 'progressing waiting for the controller'],
  [{ observedGeneration: 1 }, 'progressing available 0/2'],
  [{ ...UP, availableReplicas: 1 }, 'progressing available 1/2'],
  [{ ...UP, replicas: 3, availableReplicas: 3 }, 'progressing updated 2/2, 1 old pod to go'],
  [{ ...UP, replicas: 3, updatedReplicas: 1, availableReplicas: 2 }, 'progressing updated 1/2, 2 old pods to go'],
  [UP, 'ready 2/2'],
]

describe('a Deployment', () => {
  for (const [status, expected] of DEPLOYMENTS) {
    test(`judge() says "${expected}" of ${JSON.stringify(status)}`, () =>
      assert.equal(verdict(deployment(status)), expected))
  }

  test('judge() asks for the generation of the apply, even where the watch still tells the one before', () => {
    const applied = deployment({}, { metadata: { generation: 2 } })
    const behind = deployment(UP)
    assert.equal(
      told(judge({ object: applied, since: SINCE }, snapshotOf([behind]))),
      'progressing waiting for the controller',
    )
  })

  test('judge() calls a Deployment that is scaled to nothing ready', () => {
    assert.equal(verdict(deployment({ observedGeneration: 1 }, { spec: { replicas: 0 } })), 'ready 0/0')
  })

  test('judge() follows the live replicas of an autoscaler, not those of the apply', () => {
    const applied = deployment({})
    const scaled = deployment(
      { ...UP, replicas: 4, updatedReplicas: 4, availableReplicas: 4 },
      { spec: { replicas: 4 } },
    )
    assert.equal(told(judge({ object: applied, since: SINCE }, snapshotOf([scaled]))), 'ready 4/4')
  })

  test('judge() waits for no old worker that has finished its task for an hour, whatever it says meanwhile', () => {
    const object = deployment(UP)
    const old = live('apps/v1', 'ReplicaSet', 'api-old', {
      metadata: { ...ownedBy(object), annotations: { [REVISION]: '1' } },
      status: { replicas: 0, terminatingReplicas: 2 },
    })
    const fresh = live('apps/v1', 'ReplicaSet', 'api-new', {
      metadata: { ...ownedBy(object), annotations: { [REVISION]: '2' } },
    })
    const draining = ['api-old-1', 'api-old-2'].map((name) =>
      podOf(old, {
        name,
        spec: { terminationGracePeriodSeconds: 3600 },
        metadata: { deletionTimestamp: ago(-1800), deletionGracePeriodSeconds: 3600 },
        status: { conditions: [{ type: 'Ready', status: 'False' }] },
        containers: [CRASHED],
      }),
    )
    assert.equal(verdict(object, [old, fresh, ...draining]), 'ready 2/2, 2 old pods draining')
    const coming = deployment({ ...UP, replicas: 2, updatedReplicas: 2, availableReplicas: 1 })
    assert.equal(verdict(coming, [old, fresh, ...draining]), 'progressing available 1/2')
  })

  const ONE = { replicas: 1, strategy: { type: 'Recreate' } }
  const templateOf = (image: string, labels: Fragment = {}): Fragment => ({
    metadata: { labels: { app: 'api', ...labels } },
    spec: { containers: [{ name: 'api', image }] },
  })
  const recreated = (status: Fragment, metadata: Fragment = {}): Live =>
    deployment({ observedGeneration: 2, ...status }, { spec: { ...ONE, template: templateOf('api:2') }, metadata })
  const setOf = (owner: Live, revision: string, image: string): Live =>
    live('apps/v1', 'ReplicaSet', `api-${revision}`, {
      metadata: { ...ownedBy(owner), annotations: { [REVISION]: revision } },
      spec: { template: templateOf(image, { 'pod-template-hash': revision }) },
    })

  test('judge() reads nothing out of the sick pod that a Recreate is about to end', () => {
    const object = recreated({ replicas: 1 }, { generation: 2, annotations: { [REVISION]: '1' } })
    const old = setOf(object, '1', 'api:1')
    const sick = podOf(old, { containers: [MISSING] })
    assert.equal(verdict(object, [old, sick]), 'progressing waiting for 1 old pod to end')
  })

  test('judge() says what a Recreate waits for while the old pod takes its time', () => {
    const object = recreated({}, { generation: 2, annotations: { [REVISION]: '1' } })
    const old = setOf(object, '1', 'api:1')
    const leaving = podOf(old, { metadata: { deletionTimestamp: ago(2) }, containers: [CRASHED] })
    assert.equal(verdict(object, [old, leaving]), 'progressing waiting for 1 old pod to end')
  })

  test('judge() reads a Recreate by its new pods once there are any, and an unchanged one by those it has', () => {
    const object = recreated({ replicas: 1, updatedReplicas: 1 }, { generation: 2, annotations: { [REVISION]: '2' } })
    const fresh = setOf(object, '2', 'api:2')
    assert.equal(verdict(object, [setOf(object, '1', 'api:1'), fresh]), 'progressing available 0/1')
    assert.equal(verdict(object, [fresh, podOf(fresh, { containers: [MISSING] })]), 'doomed image-missing')
    const up = recreated({ replicas: 1, updatedReplicas: 1, availableReplicas: 1 }, { generation: 2 })
    assert.equal(verdict(up, [setOf(up, '2', 'api:2')]), 'ready 1/1')
  })

  test('judge() tells old pods that drain and does not wait for them', () => {
    const object = deployment(UP)
    const old = live('apps/v1', 'ReplicaSet', 'api-old', {
      metadata: { ...ownedBy(object), annotations: { [REVISION]: '1' } },
    })
    const fresh = live('apps/v1', 'ReplicaSet', 'api-new', {
      metadata: { ...ownedBy(object), annotations: { [REVISION]: '2' } },
    })
    const leaving = podOf(old, { metadata: { deletionTimestamp: ago(2) }, containers: [CRASHED] })
    assert.equal(verdict(object, [old, fresh, leaving]), 'ready 2/2, 1 old pod draining')
    assert.equal(verdict(object, [old, fresh]), 'ready 2/2, old pods gone')
  })

  test('judge() lets no sick pod of an old revision, of another owner or on its way out speak', () => {
    const object = deployment({ ...UP, availableReplicas: 1 })
    const old = live('apps/v1', 'ReplicaSet', 'api-old', {
      metadata: { ...ownedBy(object), annotations: { [REVISION]: '1' } },
    })
    const fresh = live('apps/v1', 'ReplicaSet', 'api-new', {
      metadata: { ...ownedBy(object), annotations: { [REVISION]: '2' } },
    })
    const namesake = live('apps/v1', 'ReplicaSet', 'api-new', {
      metadata: { uid: 'else', annotations: { [REVISION]: '2' }, ownerReferences: [{ uid: 'else' }] },
    })
    const sick = [
      podOf(old, { name: 'a', containers: [MISSING] }),
      podOf(namesake, { name: 'b', containers: [MISSING] }),
    ]
    const leaving = podOf(fresh, { name: 'c', containers: [MISSING], metadata: { deletionTimestamp: ago(1) } })
    assert.equal(verdict(object, [old, fresh, namesake, ...sick, leaving]), 'progressing available 1/2')
    assert.equal(
      verdict(object, [old, fresh, podOf(fresh, { name: 'd', containers: [MISSING] })]),
      'doomed image-missing',
    )
  })

  const crowd = (replicas: number, crashed: number): string => {
    const pods = Array.from({ length: replicas }, (_, index) => ({
      containers: [index < crashed ? CRASHED : waiting('ContainerCreating')],
    }))
    const { subject, objects } = rollout(pods, { replicas })
    return told(judge(subject, snapshotOf(objects)))
  }

  test('judge() takes one crashing pod of two for all, of three it wants all', () => {
    assert.equal(crowd(2, 1), 'doomed crash-loop')
    assert.match(crowd(3, 2), /^progressing .*\(crash-loop\)$/)
    assert.equal(crowd(3, 3), 'doomed crash-loop')
  })

  test('judge() takes a missing image for certain on whichever of many pods it shows', () => {
    const pods = [
      { containers: [MISSING] },
      { containers: [waiting('ContainerCreating')] },
      { containers: [waiting('ContainerCreating')] },
    ]
    const { subject, objects } = rollout(pods, { replicas: 3 })
    assert.equal(told(judge(subject, snapshotOf(objects))), 'doomed image-missing')
  })

  const overdue = (at: string): string => {
    const condition = {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      lastUpdateTime: at,
      message: 'ReplicaSet "api-6f" has timed out progressing.',
    }
    return verdict(deployment({ ...UP, availableReplicas: 1, conditions: [condition] }))
  }

  test('judge() believes ProgressDeadlineExceeded only where it came after the apply', () => {
    assert.equal(overdue(ago(60)), 'progressing available 1/2')
    assert.equal(overdue(ago(1)), 'doomed unready')
  })

  test('judge() says that a paused Deployment is paused', () => {
    const object = deployment({ observedGeneration: 1 }, { spec: { paused: true } })
    assert.equal(verdict(object), 'progressing available 0/2 (unready)')
  })
})
