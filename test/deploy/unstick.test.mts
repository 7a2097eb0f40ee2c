import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { stuckPods } from '../../lib/deploy/unstick.mts'
import type { Live } from '../../lib/kube/object.mts'
import { deployment } from './world.mts'

interface Variation {
  kind?: string
  strategy?: object
  status?: object
  revision?: string
  owner?: string
  leaving?: boolean
  pod?: object
}

const PULLING = { containerStatuses: [{ name: 'db', state: { waiting: { reason: 'ImagePullBackOff' } } }] }

function stuck({
  kind = 'StatefulSet',
  strategy,
  status,
  revision = 'old',
  owner = 'set',
  leaving,
  pod = PULLING,
}: Variation) {
  const set = {
    ...deployment('db'),
    kind,
    metadata: { name: 'db', namespace: 'toy', uid: 'set', resourceVersion: '1', generation: 2 },
    spec: strategy === undefined ? {} : { updateStrategy: strategy },
    status: { observedGeneration: 2, updateRevision: 'new', ...status },
  } as Live
  const broken = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'db-0',
      namespace: 'toy',
      uid: 'pod',
      resourceVersion: '1',
      labels: { 'controller-revision-hash': revision },
      ownerReferences: [{ apiVersion: 'apps/v1', kind, name: 'db', uid: owner }],
      ...(leaving === true ? { deletionTimestamp: '2026-11-21T10:00:00Z' } : {}),
    },
    status: pod,
  } as Live
  const snapshot = { at: 0, objects: [set, broken], events: [], logTails: new Map() }
  return stuckPods([{ object: set, since: 0 }], snapshot).map(({ ref, uid }) => `${ref.kind}/${ref.name} ${uid}`)
}

suite('stuckPods()', () => {
  const waiting = (reason: string) => ({ containerStatuses: [{ name: 'db', state: { waiting: { reason } } }] })
  const pending = (reason: string) => ({
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason }],
  })
  for (const [what, variation] of [
    ['cannot pull its image', {}],
    ['crashes', { pod: waiting('CrashLoopBackOff') }],
    ['misses its configuration', { pod: waiting('CreateContainerConfigError') }],
    ['fails in an init container', { pod: { initContainerStatuses: waiting('CrashLoopBackOff').containerStatuses } }],
    ['finds no node', { pod: pending('Unschedulable') }],
  ] as [string, Variation][]) {
    test(`stuckPods() finds a pod of the old revision that ${what}`, () => {
      assert.deepEqual(stuck(variation), ['Pod/db-0 pod'])
    })
  }

  for (const [what, variation] of [
    ['is of the new revision', { revision: 'new' }],
    ['runs', { pod: { phase: 'Running', containerStatuses: [{ name: 'db', state: { running: {} } }] } }],
    ['starts', { pod: waiting('ContainerCreating') }],
    ['waits for a gate, not for room', { pod: pending('SchedulingGated') }],
    ['is on its way out', { leaving: true }],
    ['belongs to somebody else', { owner: 'other' }],
    ['has no status yet', { pod: {} }],
  ] as [string, Variation][]) {
    test(`stuckPods() leaves a pod alone that ${what}`, () => {
      assert.deepEqual(stuck(variation), [])
    })
  }

  for (const [what, variation] of [
    ['has not been seen by its controller', { status: { observedGeneration: 1 } }],
    ['does not tell its revision', { status: { updateRevision: undefined } }],
    ['is updated by hand', { strategy: { type: 'OnDelete' } }],
    ['shall keep old pods', { strategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }],
    ['is a Deployment', { kind: 'Deployment' }],
  ] as [string, Variation][]) {
    test(`stuckPods() touches no pod of a set that ${what}`, () => {
      assert.deepEqual(stuck(variation), [])
    })
  }
})
