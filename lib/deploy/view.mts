import type { Snapshot } from '../health/health.mts'
import type { Cluster } from '../kube/cluster.mts'
import { kindKey } from '../kube/object.mts'
import type { Kind, Live } from '../kube/object.mts'
import { isForbidden } from '../kube/status.mts'
import type { Desired } from '../stacks/stack.mts'
import { templateOf } from '../kube/containers.mts'
import { Store } from './store.mts'
import type { Place } from './store.mts'

/** What the watches say, always current. */
export interface View extends AsyncDisposable {
  /** Counts changes; read before a snapshot, it tells `changed` what the snapshot knew. */
  readonly version: number
  snapshot(): Snapshot
  /** Whether this Secret can be watched at all. */
  sees(secret: { namespace: string; name: string }): boolean
  /**
   * Resolves once the view is newer than `version`, or after `ms` at the latest; rejects with the reason where the signal
   * aborts, and with the error of a watch that broke for good.
   */
  changed(version: number, ms: number, signal: AbortSignal): Promise<void>
  /** Log tails enter the next snapshot. */
  note(key: string, lines: readonly string[]): void
  /** The state an apply answered: newer than what a watch may have told yet. `at`: when, by the server's clock, if it changed. */
  took(object: Live, at?: number): void
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
  const store = new Store(cluster.clock)
  const blind = new Set<string>()
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, options.signal])
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  const places = await placesOf(cluster, desired, signal)
  const watches = places.map((place) => follow(cluster, place, { store, blind, signal, say: options.say }))
  for (const { ended } of watches) ended.catch(failed.reject)
  const close = async (): Promise<void> => {
    stop.abort()
    await Promise.allSettled(watches.map(({ ended }) => ended))
  }
  try {
    await Promise.race([Promise.all(watches.map(({ synced }) => synced)), failed.promise])
  } catch (error) {
    await close()
    throw error
  }
  return {
    get version() {
      return store.version
    },
    snapshot: () => store.snapshot(),
    sees: ({ namespace, name }) => !blind.has(placeKey(secretPlace(namespace, name))),
    changed: (version, ms, until) => Promise.race([store.changed(version, ms, until), failed.promise]),
    note: (key, lines) => store.note(key, lines),
    took: (object, at) => store.took(object, at),
    [Symbol.asyncDispose]: close,
  }
}

const ALWAYS: readonly Kind[] = [
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'v1', kind: 'Event' },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
]

/** Kinds whose verdict is "exists": the answer of the apply says all there is, and a watch would cost a connection. */
const PLAIN: ReadonlySet<string> = new Set([
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
  const add = (place: Place): unknown => places.set(placeKey(place), place)
  for (const object of objects) {
    const { namespace } = object.metadata
    if (namespace === undefined || PLAIN.has(kindKey(object))) continue
    if ((await cluster.scopeOf(object, { signal })) !== 'namespaced') continue
    add({ apiVersion: object.apiVersion, kind: object.kind, namespace })
    if (templateOf(object) !== undefined) for (const kind of ALWAYS) add({ ...kind, namespace })
  }
  // Secrets only by name: the destinations that an operator fills.
  for (const { namespace, name } of desired.secrets) add(secretPlace(namespace, name))
  return [...places.values()]
}

function secretPlace(namespace: string, name: string): Place {
  return { apiVersion: 'v1', kind: 'Secret', namespace, fieldSelector: `metadata.name=${name}` }
}

function placeKey(place: Place): string {
  return `${kindKey(place)}/${place.namespace}/${place.fieldSelector ?? ''}`
}

interface Following {
  store: Store
  /** Places that may not be watched. */
  blind: Set<string>
  signal: AbortSignal
  say: (text: string) => void
}

function follow(
  cluster: Cluster,
  place: Place,
  { store, blind, signal, say }: Following,
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
      if (!signal.aborted) {
        if (!isForbidden(error)) throw error
        blind.add(placeKey(place))
        say(`cannot watch ${place.kind} in ${place.namespace}: no permission; verdicts see less`)
      }
    }
    synced.resolve()
  }
  return { synced: synced.promise, ended: run() }
}
