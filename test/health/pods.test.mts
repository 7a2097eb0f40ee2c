import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Noted } from '../../lib/health/health.mts'
import {
  ago,
  live,
  noted,
  NOW,
  rollout,
  says,
  snapshotOf,
  told,
  verdictOnPod,
  waiting,
  type Fragment,
} from './pods.mts'
import { judge } from '../../lib/health/judge.mts'

const POD = live('v1', 'Pod', 'api-1')

function unplaced(message: string, seconds: number): { status: Fragment } {
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime: ago(seconds),
  }
  return { status: { phase: 'Pending', conditions: [condition] } }
}

const HELD = 'progressing waiting for a node (unschedulable)'

const PLACING: readonly (readonly [message: string, seconds: number, verdict: string])[] = [
  [
    '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful',
    16,
    'doomed unschedulable',
  ],
  [
    '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful',
    14,
    HELD,
  ],
  [
    '0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint {gpu: true}. no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found',
    16,
    'doomed unschedulable',
  ],
  [`0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.`, 16, 'doomed unschedulable'],
  ['0/2 nodes are available: 2 node(s) had volume node affinity conflict.', 16, 'doomed unschedulable'],
  [
    '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.',
    60,
    HELD,
  ],
  ['0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.', 60, HELD],
  ['0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.', 60, HELD],
  ['0/1 nodes are available: persistentvolumeclaim "data" not found.', 16, 'doomed unschedulable'],
  ['', 60, 'progressing waiting for a node'],
]

describe('a pod that no node takes', () => {
  for (const [message, seconds, verdict] of PLACING) {
    test(`judge() says "${verdict}" after ${seconds} s of "${message.slice(0, 90)}"`, () => {
      assert.equal(told(verdictOnPod(unplaced(message, seconds))), verdict)
    })
  }

  const FULL = '0/1 nodes are available: 1 Insufficient cpu.'

  test('judge() points at the claims of a pod that waits for them', () => {
    const health = verdictOnPod(
      unplaced('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.', 1),
    )
    assert.equal(health.state === 'progressing' && health.trouble?.next, 'kubectl -n demo describe pvc')
  })

  test('judge() waits for room that a pod on its way out will free', () => {
    const leaving = live('v1', 'Pod', 'other', { metadata: { deletionTimestamp: ago(3) } })
    assert.equal(told(verdictOnPod(unplaced(FULL, 60), {}, [leaving])), HELD)
    const elsewhere = live('v1', 'Pod', 'other', { metadata: { namespace: 'other', deletionTimestamp: ago(3) } })
    assert.equal(told(verdictOnPod(unplaced(FULL, 60), {}, [elsewhere])), 'doomed unschedulable')
  })

  test('judge() waits for a node that an autoscaler is adding', () => {
    const events = [noted(POD, { type: 'Normal', reason: 'TriggeredScaleUp', message: 'pod triggered scale-up' })]
    assert.equal(told(verdictOnPod(unplaced(FULL, 60), { events })), HELD)
  })

  test('judge() names the storage class of a claim that nobody can fill, in the words of the claim', () => {
    const claim = live('v1', 'PersistentVolumeClaim', 'data', { status: { phase: 'Pending' } })
    const events = [
      noted(claim, { reason: 'ProvisioningFailed', message: 'storageclass.storage.k8s.io "nope" not found' }),
    ]
    const pod = {
      ...unplaced('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.', 16),
      spec: { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] },
    }
    const health = verdictOnPod(pod, { events }, [claim])
    assert.equal(told(health), 'doomed unschedulable')
    assert.equal(says(health), 'Cannot place pod api-1: storageclass.storage.k8s.io "nope" not found')
    assert.equal(health.state === 'doomed' && health.cause.next, 'kubectl -n demo describe pvc data')
  })
})

function mounting(message: string, seconds: number): Partial<Noted>[] {
  return [{ reason: 'FailedMount', message, first: NOW - seconds * 1000 }]
}

const MOUNTS: readonly (readonly [message: string, seconds: number, verdict: string])[] = [
  ['MountVolume.SetUp failed for volume "tls" : secret "api-tls" not found', 21, 'doomed config-missing'],
  [
    'MountVolume.SetUp failed for volume "tls" : secret "api-tls" not found',
    5,
    'progressing mounting volumes (config-missing)',
  ],
  [
    'MountVolume.SetUp failed for volume "cfg" : references non-existent config key: app.yaml',
    21,
    'doomed config-missing',
  ],
  [
    'MountVolume.SetUp failed for volume "data" : hostPath type check failed: /data is not a directory',
    21,
    'doomed volume-stuck',
  ],
  [
    'MountVolume.SetUp failed for volume "cfg" : failed to sync configmap cache: configmap "cfg" not found',
    60,
    'progressing mounting volumes (volume-stuck)',
  ],
  [
    'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) api-0',
    60,
    'progressing mounting volumes (volume-stuck)',
  ],
]

describe('a pod whose volume is not mounted', () => {
  const pod = {
    containers: [waiting('ContainerCreating')],
    status: { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: ago(2) }] },
  }

  for (const [message, seconds, verdict] of MOUNTS) {
    test(`judge() says "${verdict}" after ${seconds} s of "${message.slice(0, 80)}"`, () => {
      const status = { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: ago(seconds) }] }
      const events = mounting(message, seconds).map((event) => noted(POD, { reason: '', message: '', ...event }))
      assert.equal(told(verdictOnPod({ ...pod, status }, { events })), verdict)
    })
  }

  test('judge() forgets failed mounts once a container has started', () => {
    const events = [noted(POD, { reason: 'FailedMount', message: 'secret "api-tls" not found', first: NOW - 60_000 })]
    const running = { containers: [{ name: 'api', state: { running: { startedAt: ago(1) } } }] }
    assert.equal(told(verdictOnPod(running, { events })), 'progressing starting')
  })
})

describe('a pod that runs', () => {
  const probe = { periodSeconds: 1, failureThreshold: 3 }
  const CONDITIONS = [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Ready', status: 'True' },
  ]
  const running = (seconds: number, more: Fragment = {}): Fragment => ({
    name: 'api',
    state: { running: { startedAt: ago(seconds) } },
    ...more,
  })

  test('judge() calls a failing readiness probe trouble only after its own time, and never doom', () => {
    const events = [
      noted(POD, { reason: 'Unhealthy', message: 'Readiness probe failed: HTTP probe failed with statuscode: 500' }),
    ]
    const spec = { readinessProbe: { ...probe, initialDelaySeconds: 5 } }
    assert.equal(told(verdictOnPod({ containers: [running(7, { spec })] }, { events })), 'progressing starting')
    const health = verdictOnPod({ containers: [running(600, { spec })] }, { events })
    assert.equal(told(health), 'progressing api is not ready yet (unready)')
    assert.match(says(health), /statuscode: 500$/)
  })

  test('judge() gives a startup probe its whole time first', () => {
    const spec = { readinessProbe: probe, startupProbe: { periodSeconds: 10, failureThreshold: 60 } }
    assert.equal(told(verdictOnPod({ containers: [running(500, { spec })] })), 'progressing starting')
  })

  const settled = (pod: Fragment, events: readonly Noted[] = []): string => {
    const { subject, objects } = rollout([{ containers: [pod], status: { conditions: CONDITIONS } }])
    const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }
    const up = objects.map((object) => (object.kind === 'Deployment' ? { ...object, status } : object))
    return told(judge(subject, snapshotOf(up, { events })))
  }

  test('judge() believes a ready container without a probe only after five seconds', () => {
    assert.equal(settled(running(4, { ready: true })), 'progressing api runs, seeing whether it stays up')
    assert.equal(settled(running(5, { ready: true })), 'ready 1/1')
    assert.equal(settled(running(0, { ready: true, spec: { readinessProbe: probe } })), 'ready 1/1')
  })

  test('judge() believes a container without a probe that crashed only when it runs longer than before', () => {
    const lastState = { terminated: { exitCode: 1, startedAt: ago(28), finishedAt: ago(18) } }
    assert.equal(
      settled(running(11, { ready: true, lastState })),
      'progressing api runs, seeing whether it stays up (crash-loop)',
    )
    assert.equal(settled(running(12, { ready: true, lastState })), 'ready 1/1')
    const longAgo = { terminated: { exitCode: 1, startedAt: ago(9000), finishedAt: ago(7000) } }
    assert.equal(settled(running(6900, { ready: true, lastState: longAgo })), 'ready 1/1')
  })

  test('judge() believes a container that its liveness probe killed only when it outlives that probe', () => {
    const events = [
      noted(POD, {
        type: 'Normal',
        reason: 'Killing',
        message: 'Container api failed liveness probe, will be restarted',
        at: NOW - 25_000,
      }),
    ]
    const spec = { readinessProbe: probe, livenessProbe: { periodSeconds: 5, failureThreshold: 3 } }
    const shaky = 'progressing api was killed by its liveness probe, started again (crash-loop)'
    assert.equal(settled(running(15, { ready: true, restartCount: 1, spec }), events), shaky)
    assert.equal(settled(running(17, { ready: true, restartCount: 1, spec }), events), 'ready 1/1')
    assert.equal(settled(running(29, { ready: true, spec }), events), shaky)
  })

  test('judge() dooms a container that its liveness probe killed twice', () => {
    const killing = {
      type: 'Normal',
      reason: 'Killing',
      message: 'Container api failed liveness probe, will be restarted',
      at: NOW - 6_000,
    }
    const events = [
      noted(POD, killing),
      noted(POD, { reason: 'Unhealthy', message: 'Liveness probe failed: HTTP probe failed with statuscode: 503' }),
    ]
    const terminated = { exitCode: 137, reason: 'Error', startedAt: ago(20), finishedAt: ago(5) }
    const again = (restartCount: number): Fragment => running(2, { restartCount, lastState: { terminated } })
    assert.equal(
      told(verdictOnPod({ containers: [again(1)] }, { events })),
      'progressing api ended 1 time, starting again (crash-loop)',
    )
    const health = verdictOnPod({ containers: [again(2)] }, { events })
    assert.equal(told(health), 'doomed crash-loop')
    assert.match(says(health), /was killed \(exit 137\): Liveness probe failed: HTTP probe failed with statuscode: 503/)
  })

  test('judge() takes an evicted pod for bad luck', () => {
    const status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }
    assert.equal(told(verdictOnPod({ status })), 'progressing waiting for another pod (crash-loop)')
  })

  test('judge() says that an image is being pulled', () => {
    const events = [noted(POD, { type: 'Normal', reason: 'Pulling', message: 'Pulling image "registry.test/api:1"' })]
    const pod = { containers: [waiting('ContainerCreating')] }
    assert.equal(told(verdictOnPod(pod, { events })), 'progressing pulling image')
    const done = [...events, noted(POD, { type: 'Normal', reason: 'Pulled', message: 'Successfully pulled', at: NOW })]
    assert.equal(told(verdictOnPod(pod, { events: done })), 'progressing creating containers')
  })
})
