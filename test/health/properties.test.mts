import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { judge } from '../../lib/health/judge.mts'
import { wantsLogs } from '../../lib/health/logs.mts'
import { judgeNeed } from '../../lib/health/need.mts'
import type { Noted, Snapshot, Subject } from '../../lib/health/health.mts'
import type { Live } from '../../lib/kube/object.mts'
import { live, NOW, ownedBy, podOf, snapshotOf, ended, waiting, type Fragment } from './pods.mts'
import { recorded, recordedMoments } from './recorded.mts'

const KINDS: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'ReplicaSet'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
  ['v1', 'Pod'],
  ['v1', 'PersistentVolumeClaim'],
  ['v1', 'Namespace'],
  ['v1', 'Secret'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['cert-manager.io/v1', 'Certificate'],
  ['cert-manager.io/v1', 'CertificateRequest'],
  ['acme.cert-manager.io/v1', 'Order'],
  ['secrets.hashicorp.com/v1beta1', 'VaultAuth'],
  ['secrets.hashicorp.com/v1beta1', 'VaultStaticSecret'],
  ['example.com/v1', 'Widget'],
]

const STATES = new Set(['ready', 'progressing', 'doomed'])
const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>

/** Objects with an identity and anything at all below it; some own others. */
const anyObject = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    name: fc.constantFrom('a', 'b'),
    owner: fc.constantFrom(...KINDS),
    spec: json,
    status: json,
    data: json,
    extra: json,
  })
  .map(({ kind: [apiVersion, kind], name, owner, spec, status, data, extra }) => {
    const references = [{ uid: `${owner[1]}/a` }]
    return live(apiVersion, kind, name, {
      spec,
      status,
      data,
      metadata: { labels: extra, annotations: extra, ownerReferences: references },
    })
  })

const anyEvent: fc.Arbitrary<Noted> = fc
  .record({
    about: fc.constantFrom(...KINDS),
    reason: fc.constantFrom('FailedMount', 'FailedCreate', 'Killing', 'Unhealthy', 'VaultClientError'),
    message: fc.string(),
    ago: fc.nat(100_000),
  })
  .map(({ about, reason, message, ago }) => ({
    uid: `${about[1]}/a`,
    kind: about[1],
    name: 'a',
    namespace: 'demo',
    type: 'Warning',
    reason,
    message,
    count: 1,
    at: NOW - ago,
  }))

function judged(subject: Subject, snapshot: Snapshot): void {
  assert.ok(STATES.has(judge(subject, snapshot).state))
  wantsLogs(snapshot, [subject])
  judgeNeed({ namespace: 'demo', name: 'a', keys: ['K'] }, snapshot)
}

describe('any state of the world', () => {
  test('judge() has a verdict about any object among any others', () => {
    fc.assert(
      fc.property(
        fc.array(anyObject, { minLength: 1, maxLength: 8 }),
        fc.array(anyEvent, { maxLength: 4 }),
        (objects, events) => {
          for (const object of objects) judged({ object, since: NOW - 10_000 }, snapshotOf(objects, { events }))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('judge() has a verdict about any recording of which parts are missing or something else', () => {
    const moments = recordedMoments()
    fc.assert(
      fc.property(
        fc.constantFrom(...moments),
        fc.array(fc.tuple(fc.nat(), json), { maxLength: 6 }),
        (moment, changes) => {
          const { subject, snapshot } = recorded(moment)
          for (const [where, value] of changes) damage(snapshot.objects, where, value)
          judged(subject, snapshot)
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** Puts a value at one place below an object's identity, chosen by a number. */
function damage(objects: readonly Live[], where: number, value: unknown): void {
  const places = objects.flatMap((object) =>
    Object.entries(object).flatMap(([key, part]) =>
      key === 'spec' || key === 'status' ? placesIn(object as unknown as Fragment, key, part) : [],
    ),
  )
  const place = places[where % places.length]
  if (place !== undefined) place.holder[place.key] = value
}

function placesIn(holder: Fragment, key: string, part: unknown): { holder: Fragment; key: string }[] {
  const below =
    typeof part === 'object' && part !== null
      ? Object.entries(part).flatMap(([name, child]) => placesIn(part as Fragment, name, child))
      : []
  return [{ holder, key }, ...below]
}

const anyContainer = fc.oneof(
  fc
    .constantFrom('ErrImagePull', 'CrashLoopBackOff', 'CreateContainerConfigError', 'InvalidImageName')
    .map((reason) => waiting(reason, 'not found')),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.string()).map(([times, words]) => ended(times, words)),
)

describe('a workload that is fully available', () => {
  const counts = (want: number): Fragment => ({
    observedGeneration: 1,
    replicas: want,
    updatedReplicas: want,
    availableReplicas: want,
    readyReplicas: want,
    desiredNumberScheduled: want,
    updatedNumberScheduled: want,
    numberAvailable: want,
    currentRevision: 'b',
    updateRevision: 'b',
  })

  test('judge() never dooms it, whatever its pods and events say', () => {
    const kinds = fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet')
    fc.assert(
      fc.property(
        kinds,
        fc.integer({ min: 0, max: 4 }),
        fc.array(anyContainer, { maxLength: 4 }),
        fc.array(anyEvent, { maxLength: 3 }),
        (kind, want, containers, events) => {
          const object = live('apps/v1', kind, 'a', {
            spec: { replicas: want },
            status: counts(want),
            metadata: { annotations: { 'deployment.kubernetes.io/revision': '1' } },
          })
          const set = live('apps/v1', 'ReplicaSet', 'a', {
            metadata: { ...ownedBy(object), annotations: { 'deployment.kubernetes.io/revision': '1' } },
          })
          const owner = kind === 'Deployment' ? set : object
          const labels = { 'controller-revision-hash': 'b', 'pod-template-generation': '1' }
          const pods = containers.map((container, index) =>
            podOf(owner, { name: `p${index}`, containers: [container], metadata: { labels } }),
          )
          const health = judge({ object, since: NOW - 10_000 }, snapshotOf([object, set, ...pods], { events }))
          assert.notEqual(health.state, 'doomed')
        },
      ),
    )
  })
})
