import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Noted } from '../../lib/health/health.mts'
import { ago, live, noted, NOW, says, told, verdictOnPod, waiting, type Fragment } from './pods.mts'

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

  test('judge() waits for the scheduler to try again where the claim that it missed is there by now', () => {
    const missed = unplaced('0/1 nodes are available: persistentvolumeclaim "data" not found. not found', 60)
    assert.equal(told(verdictOnPod(missed, {}, [live('v1', 'PersistentVolumeClaim', 'data')])), HELD)
    const other = live('v1', 'PersistentVolumeClaim', 'data', { metadata: { namespace: 'other' } })
    assert.equal(told(verdictOnPod(missed, {}, [other])), 'doomed unschedulable')
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
