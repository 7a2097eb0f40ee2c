import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import type { Health, Noted } from '../../lib/health/health.mts'
import type { Live } from '../../lib/kube/object.mts'
import {
  ago,
  ended,
  live,
  noted,
  NOW,
  ownedBy,
  podOf,
  rollout,
  says,
  snapshotOf,
  told,
  waiting,
  type Fragment,
} from './pods.mts'

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

describe('a StatefulSet', () => {
  const SET = {
    observedGeneration: 1,
    replicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    updatedReplicas: 1,
    currentRevision: 'b',
    updateRevision: 'b',
  }
  const set = (status: Fragment, spec: Fragment = {}): Live =>
    live('apps/v1', 'StatefulSet', 'store', { spec: { replicas: 1, ...spec }, status })
  const pod = (owner: Live, revision: string, container: Fragment): Live =>
    podOf(owner, {
      name: 'store-0',
      containers: [container],
      metadata: { labels: { 'controller-revision-hash': revision } },
    })

  const SETS: readonly (readonly [status: Fragment, spec: Fragment, verdict: string])[] = [
    [SET, {}, 'ready 1/1'],
    [{ ...SET, observedGeneration: 0 }, {}, 'progressing waiting for the controller'],
    [{ ...SET, currentRevision: 'a', updatedReplicas: 0 }, {}, 'progressing updated 0/1'],
    [{ ...SET, currentRevision: 'a' }, {}, 'progressing available 1/1'],
    [{ ...SET, readyReplicas: 0, availableReplicas: 0 }, {}, 'progressing available 0/1'],
    [
      { ...SET, replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 1, currentRevision: 'a' },
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
      'ready 3/3',
    ],
    [{ ...SET, replicas: 3, readyReplicas: 3, availableReplicas: 2 }, { replicas: 3 }, 'progressing updated 1/3'],
  ]
  for (const [status, spec, expected] of SETS) {
    test(`judge() says "${expected}" of ${JSON.stringify(status)}`, () =>
      assert.equal(verdict(set(status, spec)), expected))
  }

  const DOWN = { ...SET, readyReplicas: 0, availableReplicas: 0 }

  test('judge() dooms a pod of the update revision that dies', () => {
    const object = set(DOWN)
    assert.equal(
      verdict(object, [pod(object, 'b', ended(2, 'sh: minio: not found', {}, { exitCode: 127 }))]),
      'doomed cannot-run',
    )
  })

  test('judge() names the broken pod of an earlier revision that an ordered StatefulSet waits for', () => {
    const object = set({ ...DOWN, updatedReplicas: 0, currentRevision: 'a' })
    const stuck = pod(object, 'a', CRASHED)
    const health = judge({ object, since: SINCE }, snapshotOf([object, stuck]))
    assert.equal(told(health), 'progressing updated 0/1 (crash-loop)')
    assert.match(says(health), /^Cannot replace pod store-0 of the earlier revision/)
    assert.equal(health.state === 'progressing' && health.trouble?.next, 'kubectl -n demo delete pod store-0')
    const parallel = set({ ...DOWN, updatedReplicas: 0, currentRevision: 'a' }, { podManagementPolicy: 'Parallel' })
    assert.equal(verdict(parallel, [stuck]), 'progressing updated 0/1')
  })
})

describe('a Job', () => {
  const job = (status: Fragment, name = 'import', spec: Fragment = {}): Live =>
    live('batch/v1', 'Job', name, { spec: { backoffLimit: 2, ...spec }, status })
  const pod = (owner: Live, container: Fragment, status: Fragment = {}): Live =>
    podOf(owner, { name: 'import-x', spec: { restartPolicy: 'Never' }, containers: [container], status })
  const FAILED = {
    type: 'Failed',
    status: 'True',
    reason: 'BackoffLimitExceeded',
    message: 'Job has reached the specified backoff limit',
  }

  test('judge() calls a complete Job ready, and waits for its pod before', () => {
    assert.equal(verdict(job({ conditions: [{ type: 'Complete', status: 'True' }] })), 'ready completed')
    assert.equal(verdict(job({})), 'progressing waiting for its pod')
    assert.equal(verdict(job({}, 'import', { suspend: true })), 'progressing suspended')
  })

  test('judge() leaves to the Job how often it may fail', () => {
    const object = job({ failed: 1 })
    const lost = pod(object, ended(1, 'mc: <ERROR> Unable to make bucket'), { phase: 'Failed' })
    assert.equal(verdict(object, [lost]), 'progressing attempt 2 of 3, api ended 1 time, starting again (job-failed)')
  })

  test('judge() dooms a failed Job in the words of its container', () => {
    const object = job({ failed: 3, conditions: [FAILED] })
    const lost = pod(object, ended(1, 'mc: <ERROR> Unable to make bucket'), { phase: 'Failed' })
    const health = judge({ object, since: SINCE }, snapshotOf([object, lost]))
    assert.equal(told(health), 'doomed job-failed')
    assert.equal(
      says(health),
      'Cannot complete job import: BackoffLimitExceeded: container api exited 1: mc: <ERROR> Unable to make bucket',
    )
    assert.equal(verdict(job({ conditions: [FAILED] }, 'minio-init-bucket-7d9f')), 'doomed bucket-job-failed')
  })

  test('judge() dooms at once an attempt that none after it can better', () => {
    const object = job({})
    assert.equal(verdict(object, [pod(object, MISSING)]), 'doomed image-missing')
    assert.equal(verdict(object, [pod(object, ended(1, 'exec /x: exec format error'))]), 'doomed cannot-run')
    const sql = 'sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedColumn) column "age" does not exist'
    assert.equal(
      verdict(object, [pod(object, ended(1, sql, { spec: { command: ['alembic', 'upgrade', 'head'] } }))]),
      'doomed migration-failed',
    )
  })
})

describe('a DaemonSet', () => {
  const set = (status: Fragment): Live =>
    live('apps/v1', 'DaemonSet', 'agent', { status: { observedGeneration: 1, desiredNumberScheduled: 2, ...status } })

  test('judge() counts its nodes', () => {
    assert.equal(verdict(set({ updatedNumberScheduled: 1, numberAvailable: 2 })), 'progressing updated 1/2')
    assert.equal(verdict(set({ updatedNumberScheduled: 2, numberAvailable: 1 })), 'progressing available 1/2')
    assert.equal(verdict(set({ updatedNumberScheduled: 2, numberAvailable: 2 })), 'ready 2/2')
  })
})
