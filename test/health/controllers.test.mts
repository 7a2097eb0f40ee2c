import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import type { Noted } from '../../lib/health/health.mts'
import type { Live } from '../../lib/kube/object.mts'
import { ended, live, NOW, podOf, says, snapshotOf, told, waiting, type Fragment } from './pods.mts'

const SINCE = NOW - 30_000
const MISSING = waiting('ErrImagePull', 'registry.test/api:1: not found')
const CRASHED = ended(4, 'boom')

function verdict(object: Live, others: readonly Live[] = [], events: readonly Noted[] = []): string {
  return told(judge({ object, since: SINCE }, snapshotOf([object, ...others], { events })))
}

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
