import { isDeepStrictEqual } from 'node:util'
import type { Snapshot } from '../../lib/health/health.mts'
import { judge } from '../../lib/health/judge.mts'
import { wantsLogs } from '../../lib/health/logs.mts'
import { keyOf, kindKey, refOf, type KubeObject, type Live } from '../../lib/kube/object.mts'
import type { Event, Secret } from '../../lib/kube/schema/types.mts'
import { startControllers } from '../../lib/rehearsal/controllers/start.mts'
import { MemoryStore } from '../../lib/rehearsal/memory.mts'
import { defaulted } from '../../lib/rehearsal/objects/defaults.mts'
import { furniture } from '../../lib/rehearsal/stage/furniture.mts'
import { makeStage, type StageOptions } from '../../lib/rehearsal/stage/stage.mts'
import { manualTime, type ManualTime } from '../../lib/rehearsal/stage/time.mts'
import { told } from '../health/pods.mts'
import type { Story } from '../record/story.mts'

const START = Date.parse('2026-11-21T12:00:00.300Z')
const LIMIT = 150_000
const STEP = 50

/** A moment of a story, as the rehearsal plays it. */
export interface Played {
  moment: string
  verdict: string
  snapshot: Snapshot
  /** Milliseconds since the subject was applied. */
  after: number
}

/** A cluster of controllers on a clock of its own. */
export interface Scene extends Disposable {
  store: MemoryStore
  time: ManualTime
  apply: (object: KubeObject) => Live
  remove: (object: KubeObject) => void
  snapshot: (logTails?: Snapshot['logTails']) => Snapshot
  logs: ReturnType<typeof startControllers>['logs']
  ask: ReturnType<typeof startControllers>['ask']
}

/** An empty cluster with one node, and a namespace. */
export function openScene(namespace: string, options: StageOptions = {}, labels: Record<string, string> = {}): Scene {
  const time = manualTime(START)
  const store = new MemoryStore(time)
  for (const object of furniture()) store.put(object)
  store.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } })
  const controllers = startControllers({ store, time, stage: makeStage(options) })
  return {
    store,
    time,
    apply: (object) => store.put(defaulted(structuredClone(applied(object, namespace, store)))),
    remove: (object) => store.drop(refOf({ ...object, metadata: { ...object.metadata, namespace } })),
    snapshot: (logTails = new Map()) => snapshotOf(store, time.now(), logTails, namespace),
    logs: controllers.logs,
    ask: controllers.ask,
    [Symbol.dispose]: () => controllers[Symbol.dispose](),
  }
}

/** What an API server makes of an object, as far as controllers care. */
function applied(object: KubeObject, namespace: string, store: MemoryStore): KubeObject {
  const { stringData, ...rest } = object as Secret
  const encoded = Object.entries(stringData ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  const data = stringData === undefined ? {} : { data: Object.fromEntries(encoded) }
  const before = store.get(refOf({ ...object, metadata: { ...object.metadata, namespace } }))
  const specOf = (one: KubeObject): unknown => (one as { spec?: unknown }).spec
  const changed = before !== undefined && !isDeepStrictEqual(specOf(before), specOf(defaulted(structuredClone(object))))
  const generation = (before?.metadata.generation ?? (before === undefined ? 1 : 0)) + (changed ? 1 : 0)
  return {
    ...before,
    ...rest,
    ...data,
    metadata: { ...before?.metadata, ...object.metadata, namespace, generation },
  }
}

function snapshotOf(store: MemoryStore, at: number, logTails: Snapshot['logTails'], namespace: string): Snapshot {
  const seen = new Map<string, Live>()
  for (const kind of WATCHED) for (const object of store.list(kind, namespace)) seen.set(keyOf(refOf(object)), object)
  return {
    at,
    objects: [...seen.values()],
    events: store.list<Event>({ apiVersion: 'v1', kind: 'Event' }, namespace).map(notedOf),
    logTails,
  }
}

const WATCHED = [
  ...['Pod', 'PersistentVolumeClaim', 'Secret'].map((kind) => ({ apiVersion: 'v1', kind })),
  ...['Deployment', 'ReplicaSet', 'StatefulSet'].map((kind) => ({ apiVersion: 'apps/v1', kind })),
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  ...['VaultAuth', 'VaultStaticSecret'].map((kind) => ({ apiVersion: 'secrets.hashicorp.com/v1beta1', kind })),
  ...['Certificate', 'CertificateRequest'].map((kind) => ({ apiVersion: 'cert-manager.io/v1', kind })),
  ...['Order', 'Challenge'].map((kind) => ({ apiVersion: 'acme.cert-manager.io/v1', kind })),
]

function notedOf(event: Live<Event>): Snapshot['events'][number] {
  const { involvedObject: about, type = '', reason = '', message = '', count = 1 } = event
  const { uid = '', kind = '', name = '', namespace = '' } = about
  const at = Date.parse(event.lastTimestamp ?? '')
  const first = Date.parse(event.firstTimestamp ?? '')
  return { uid, kind, name, namespace, type, reason, message, count, at, first }
}

/** Plays a recorded story and keeps its moments; throws where one does not come within the recorder's limit. */
export function play(name: string, story: Story, options: StageOptions): Played[] {
  using scene = openScene(`rec-${name}`, options, story.labels)
  for (const object of story.before ?? []) scene.apply(object)
  let judged = { since: scene.time.now(), subject: scene.apply(story.subject) }
  const played: Played[] = []
  for (const moment of story.moments) {
    const began = scene.time.now()
    while (!moment.when(scene.snapshot())) {
      if (scene.time.now() - began > LIMIT)
        throw new Error(`Cannot play ${name}: its moment ${moment.name} did not come`)
      scene.time.advance(STEP)
    }
    const { since, subject } = judged
    const target = { object: subject, since: since - 1_000 }
    const snapshot = scene.snapshot(tailsOf(scene, target))
    const verdict = told(judge(target, snapshot))
    played.push({ moment: moment.name, verdict, snapshot, after: scene.time.now() - since })
    for (const object of moment.then ?? []) {
      const next = { since: scene.time.now(), subject: scene.apply(object) }
      if (kindKey(next.subject) === kindKey(subject)) judged = next
    }
  }
  return played
}

function tailsOf(scene: Scene, subject: { object: Live; since: number }): Map<string, readonly string[]> {
  const tails = new Map<string, readonly string[]>()
  for (const { namespace, pod, uid, container, previous } of wantsLogs(scene.snapshot(), [subject])) {
    const lines = scene.logs({ metadata: { namespace, name: pod, uid } }, container, previous) ?? []
    tails.set(`${uid}/${container}${previous ? '/previous' : ''}`, lines)
  }
  return tails
}
