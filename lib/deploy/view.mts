import type { Noted, Snapshot } from '../health/health.mts'
import type { Cluster } from '../kube/cluster.mts'
import { keyOf, kindKey, refOf } from '../kube/object.mts'
import type { Kind, Live } from '../kube/object.mts'
import type { Event, Secret } from '../kube/schema/types.mts'
import { isForbidden } from '../kube/status.mts'
import type { Desired } from '../stacks/stack.mts'
import { templateOf } from '../kube/containers.mts'

/** What the watches say, always current. */
export interface View extends AsyncDisposable {
  snapshot(): Snapshot
  /** Resolves at the next change, or after `ms` at the latest; rejects with the reason where the signal aborts. */
  changed(ms: number, signal: AbortSignal): Promise<void>
  /** Log tails enter the next snapshot. */
  note(key: string, lines: readonly string[]): void
  /** The state an apply answered: newer than what a watch may have told yet. */
  took(object: Live): void
}

/**
 * Opens the watches that judging this desired state needs and returns once each has its first list. A watch that the
 * user may not open is left out, and `say` told.
 */
export async function openView(
  cluster: Cluster,
  desired: Desired,
  options: { signal: AbortSignal; say: (text: string) => void },
): Promise<View> {
  const store = new Store()
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, options.signal])
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  const places = await placesOf(cluster, desired, signal)
  const watches = places.map((place) => follow(cluster, place, { store, signal, say: options.say }))
  for (const { ended } of watches) ended.catch(failed.reject)
  await Promise.race([Promise.all(watches.map(({ synced }) => synced)), failed.promise])
  return {
    snapshot: () => store.snapshot(),
    changed: (ms, until) => Promise.race([store.changed(ms, until), failed.promise]),
    note: (key, lines) => store.note(key, lines),
    took: (object) => store.put(object),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await Promise.allSettled(watches.map(({ ended }) => ended))
    },
  }
}

interface Place extends Kind {
  namespace: string
  fieldSelector?: string
}

const ALWAYS: readonly Kind[] = [
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'v1', kind: 'Event' },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
]

/** Kinds whose verdict is "exists": the answer of the apply says all there is, and a watch would cost a connection. */
const PLAIN = new Set([
  '/Namespace',
  '/ConfigMap',
  '/Secret',
  '/Service',
  '/ServiceAccount',
  '/ResourceQuota',
  '/LimitRange',
  'networking.k8s.io/NetworkPolicy',
  'rbac.authorization.k8s.io/Role',
  'rbac.authorization.k8s.io/RoleBinding',
  'policy/PodDisruptionBudget',
])

async function placesOf(cluster: Cluster, desired: Desired, signal: AbortSignal): Promise<Place[]> {
  const objects = desired.components.flatMap((component) => component.objects)
  const places = new Map<string, Place>()
  const add = (kind: Kind, namespace: string, fieldSelector?: string): void => {
    const place = {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      namespace,
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    }
    places.set(`${kindKey(kind)}/${namespace}/${fieldSelector ?? ''}`, place)
  }
  for (const object of objects) {
    const { namespace } = object.metadata
    if (namespace === undefined || PLAIN.has(kindKey(object))) continue
    if ((await cluster.scopeOf(object, { signal })) !== 'namespaced') continue
    add(object, namespace)
    if (templateOf(object) !== undefined) for (const kind of ALWAYS) add(kind, namespace)
  }
  // Secrets only by name: the destinations that an operator fills.
  for (const need of desired.secrets)
    add({ apiVersion: 'v1', kind: 'Secret' }, need.namespace, `metadata.name=${need.name}`)
  return [...places.values()]
}

interface Following {
  store: Store
  signal: AbortSignal
  say: (text: string) => void
}

function follow(
  cluster: Cluster,
  place: Place,
  { store, signal, say }: Following,
): { synced: Promise<void>; ended: Promise<void> } {
  const synced = Promise.withResolvers<void>()
  const run = async (): Promise<void> => {
    try {
      const { namespace, fieldSelector } = place
      const selection = { namespace, signal, ...(fieldSelector === undefined ? {} : { fieldSelector }) }
      for await (const event of cluster.watch(place, selection)) {
        if (event.type === 'synced') store.sync(place, event.items)
        else if (event.type === 'applied') store.put(event.object)
        else store.drop(event.object)
        synced.resolve()
      }
    } catch (error) {
      if (signal.aborted) return
      if (!isForbidden(error)) throw error
      say(`cannot watch ${place.kind} in ${place.namespace}: no permission; verdicts see less`)
    } finally {
      synced.resolve()
    }
  }
  return { synced: synced.promise, ended: run() }
}

class Store {
  readonly #objects = new Map<string, Live>()
  readonly #events = new Map<string, Noted>()
  readonly #logs = new Map<string, readonly string[]>()
  #waiting: (() => void)[] = []

  /** A re-list replaces all that was known of its place. */
  sync(place: Place, items: readonly Live[]): void {
    const name = place.fieldSelector?.replace('metadata.name=', '')
    for (const [key, object] of this.#objects) {
      const here = kindKey(object) === kindKey(place) && object.metadata.namespace === place.namespace
      if (here && (name === undefined || object.metadata.name === name)) this.#objects.delete(key)
    }
    for (const item of items) this.#store(item)
    this.#wake()
  }

  put(object: Live): void {
    this.#store(object)
    this.#wake()
  }

  drop(object: Live): void {
    const known = this.#objects.get(keyOf(refOf(object)))
    if (known?.metadata.uid === object.metadata.uid) this.#objects.delete(keyOf(refOf(object)))
    this.#wake()
  }

  note(key: string, lines: readonly string[]): void {
    this.#logs.set(key, lines)
    this.#wake()
  }

  snapshot(): Snapshot {
    return {
      at: Date.now(),
      objects: [...this.#objects.values()],
      events: [...this.#events.values()],
      logTails: new Map(this.#logs),
    }
  }

  async changed(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    this.#waiting.push(resolve)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      this.#waiting = this.#waiting.filter((waiter) => waiter !== resolve)
    }
  }

  #store(object: Live): void {
    if (object.kind === 'Event') this.#events.set(object.metadata.uid, notedOf(object as Live<Event>))
    else if (this.#isNews(object))
      this.#objects.set(keyOf(refOf(object)), object.kind === 'Secret' ? withoutValues(object) : object)
  }

  /** An apply's answer and the watch race each other; resource versions of one object compare as numbers since 1.35 (KEP-5504). */
  #isNews(object: Live): boolean {
    const known = this.#objects.get(keyOf(refOf(object)))
    if (known === undefined || known.metadata.uid !== object.metadata.uid) return true
    return Number(object.metadata.resourceVersion) >= Number(known.metadata.resourceVersion)
  }

  #wake(): void {
    for (const waiter of this.#waiting) waiter()
  }
}

/** Judges need to know which keys there are, never what is in them (law 6). */
function withoutValues(object: Live): Live {
  const { apiVersion, kind, metadata, data } = object as Live<Secret>
  const keys = Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, '']))
  const { managedFields: _, ...rest } = metadata
  return { apiVersion, kind, metadata: rest, data: keys } as Live
}

/** Core and events.k8s.io share storage; `series` carries the count of repeats. */
function notedOf(event: Live<Event>): Noted {
  const { involvedObject, lastTimestamp, eventTime, firstTimestamp, series } = event
  const when =
    series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? event.metadata.creationTimestamp
  // The server writes null where it has no time.
  const began = firstTimestamp ?? eventTime ?? undefined
  return {
    uid: involvedObject.uid ?? '',
    kind: involvedObject.kind ?? '',
    name: involvedObject.name ?? '',
    namespace: involvedObject.namespace ?? '',
    type: event.type ?? '',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: series?.count ?? event.count ?? 1,
    at: when === undefined ? 0 : Date.parse(when),
    ...(began === undefined ? {} : { first: Date.parse(began) }),
  }
}
