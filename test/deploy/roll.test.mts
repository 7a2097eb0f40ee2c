import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { rollIfStale } from '../../lib/deploy/roll.mts'
import type { Found, Survey } from '../../lib/deploy/survey.mts'
import { templateOf } from '../../lib/kube/containers.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { keyOf, refOf } from '../../lib/kube/object.mts'
import type { Pod } from '../../lib/kube/schema/types.mts'
import { CONFIG_ANNOTATION } from '../../lib/marks.mts'
import { deployment, job } from './world.mts'

const CHANGED = '2026-11-21T10:00:00Z'
const READER = { ...deployment('web', { reads: { secrets: ['keys'] } }), metadata: { name: 'web', namespace: 'toy' } }

/** The Secret, with data that its manager wrote at this time. */
function keys(at = CHANGED, fields: Record<string, unknown> = { 'f:data': {} }): Live {
  const entry = { manager: 'vault', operation: 'Update' as const, apiVersion: 'v1', time: at, fieldsV1: fields }
  return live({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'keys',
      namespace: 'toy',
      creationTimestamp: '2026-11-01T00:00:00Z',
      managedFields: [entry],
    },
  })
}

function live<T extends KubeObject>(object: T): Live<T> {
  return { ...object, metadata: { uid: `uid-${object.metadata.name}`, resourceVersion: '1', ...object.metadata } }
}

interface Running {
  startedAt?: string
  namespace?: string
  labels?: Record<string, string>
  phase?: string
  leaving?: string
}

function pod({
  startedAt,
  namespace = 'toy',
  labels = { app: 'web' },
  phase = 'Running',
  leaving,
}: Running): Live<Pod> {
  const running = startedAt === undefined ? {} : { state: { running: { startedAt } } }
  return live({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      namespace,
      labels,
      creationTimestamp: '2026-11-01T00:00:00Z',
      ...(leaving === undefined ? {} : { deletionTimestamp: leaving }),
    },
    spec: templateOf(READER)?.spec,
    status: { phase, containerStatuses: [{ name: 'web', ready: true, ...running }] },
  } as unknown as Pod)
}

function survey(pods: Live<Pod>[], found: Found = { state: 'there', object: keys() }): Survey {
  const configs = new Map([[keyOf(refOf(keys())), found]])
  return { records: [], live: new Map(), pods, configs, unserved: [] }
}

function marked(at: string): Live {
  const copy = structuredClone(READER)
  Object.assign(copy.spec.template.metadata, { annotations: { [CONFIG_ANNOTATION]: at } })
  return live(copy)
}

function markOf(object: KubeObject): string | undefined {
  return templateOf(object)?.metadata?.annotations?.[CONFIG_ANNOTATION]
}

const BEFORE = '2026-11-21T09:59:59Z'
const AFTER = '2026-11-21T10:00:01Z'

suite('rollIfStale()', () => {
  test('rollIfStale() rolls pods that read a Secret before it got new data, and says why', () => {
    const { object, because } = rollIfStale(READER, live(READER), survey([pod({ startedAt: BEFORE })]))
    assert.equal(markOf(object), CHANGED)
    assert.match(because ?? '', /Secret keys got new data at 2026-11-21T10:00:00Z/)
  })

  test('rollIfStale() rolls once: pods that came after the change keep the mark and nothing else', () => {
    const { object, because } = rollIfStale(READER, marked(CHANGED), survey([pod({ startedAt: AFTER })]))
    assert.equal(markOf(object), CHANGED)
    assert.equal(because, undefined)
  })

  test('rollIfStale() does not roll again while the old pods still leave or the new ones start', () => {
    const pods = [pod({ startedAt: BEFORE, leaving: AFTER }), pod({})]
    assert.equal(rollIfStale(READER, marked(CHANGED), survey(pods)).because, undefined)
  })

  test('rollIfStale() asks for nothing new where the mark is there and the roll is under way', () => {
    const { object, because } = rollIfStale(READER, marked(CHANGED), survey([pod({ startedAt: BEFORE })]))
    assert.equal(markOf(object), CHANGED)
    assert.equal(because, undefined)
  })

  test('rollIfStale() rolls again at the next change', () => {
    const { object, because } = rollIfStale(
      READER,
      marked('2026-11-20T00:00:00Z'),
      survey([pod({ startedAt: BEFORE })]),
    )
    assert.equal(markOf(object), CHANGED)
    assert.ok(because)
  })

  test('rollIfStale() leaves what it was given as it is', () => {
    const given = structuredClone(READER)
    rollIfStale(given, live(READER), survey([pod({ startedAt: BEFORE })]))
    assert.deepEqual(given, READER)
  })

  const job1 = { ...job('once'), metadata: { name: 'once', namespace: 'toy' } }
  for (const [what, object, there, found] of [
    ['pods that started in the same second', READER, live(READER), survey([pod({ startedAt: CHANGED })])],
    ['pods that started later', READER, live(READER), survey([pod({ startedAt: AFTER })])],
    ['pods that have not started', READER, live(READER), survey([pod({})])],
    ['pods that are done', READER, live(READER), survey([pod({ startedAt: BEFORE, phase: 'Succeeded' })])],
    ['pods of another workload', READER, live(READER), survey([pod({ startedAt: BEFORE, labels: { app: 'ui' } })])],
    ['pods of another namespace', READER, live(READER), survey([pod({ startedAt: BEFORE, namespace: 'other' })])],
    ['no pods at all', READER, live(READER), survey([])],
    ['a workload that is not there yet', READER, undefined, survey([pod({ startedAt: BEFORE })])],
    ['a Job, whose pods run once', job1, live(job1), survey([pod({ startedAt: BEFORE })])],
    ['a Secret that is missing', READER, live(READER), survey([pod({ startedAt: BEFORE })], { state: 'missing' })],
    [
      'a Secret that may not be read',
      READER,
      live(READER),
      survey([pod({ startedAt: BEFORE })], { state: 'forbidden' }),
    ],
    [
      'a Secret that only got a label',
      READER,
      live(READER),
      survey([pod({ startedAt: BEFORE })], {
        state: 'there',
        object: keys(CHANGED, { 'f:metadata': { 'f:labels': {} } }),
      }),
    ],
  ] as const) {
    test(`rollIfStale() does not roll ${what}`, () => {
      const rolled = rollIfStale(object, there, found)
      assert.equal(rolled.because, undefined)
      assert.equal(markOf(rolled.object), undefined)
    })
  }
})
