import type { Cluster, Selection } from '../../kube/cluster.mts'
import { kindKey } from '../../kube/object.mts'
import type { Kind, Live } from '../../kube/object.mts'
import { STACK_LABEL } from '../../marks.mts'

/** What the watches see of the objects that are to go, and of the stack's pods. */
export interface Seen extends AsyncDisposable {
  has(uid: string): boolean
  /** As the watches know it last. */
  latest(live: Live): Live
  /** Pods of the stack that something made, in this namespace or in all. */
  pods(namespace?: string): readonly Live[]
  /** Resolves at the next change; rejects with the reason where the signal aborts, or where a watch broke for good. */
  changed(): Promise<void>
}

/** Opens a watch for each kind and namespace of these objects, and for the pods; returns once each has its first list. */
export async function watchGoing(
  cluster: Cluster,
  { stack, objects }: { stack: string; objects: readonly Live[] },
  outer: AbortSignal,
): Promise<Seen> {
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, outer])
  const places = placesOf(stack, objects).map((place) => ({ ...place, items: new Map<string, Live>() }))
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  let news = Promise.withResolvers<void>()
  const tell = (): void => {
    news.resolve()
    news = Promise.withResolvers()
  }
  const ended = aborted(outer)
  ended.catch(() => undefined)
  const watches = places.map((place) => follow(cluster, place, signal, tell))
  for (const watch of watches) watch.ended.catch(failed.reject)
  const close = async (): Promise<void> => {
    stop.abort()
    await Promise.allSettled(watches.map((watch) => watch.ended))
  }
  try {
    await Promise.race([Promise.all(watches.map(({ synced }) => synced)), failed.promise, ended])
  } catch (error) {
    await close()
    throw error
  }
  const find = (uid: string): Live | undefined => places.flatMap(({ items }) => items.get(uid) ?? [])[0]
  return {
    has: (uid) => find(uid) !== undefined,
    latest: (live) => find(live.metadata.uid) ?? live,
    pods: (namespace) =>
      places
        .filter((place) => place.kind === 'Pod' && (namespace === undefined || place.namespace === namespace))
        .flatMap(({ items }) => [...items.values()])
        .filter(({ metadata }) => metadata.ownerReferences !== undefined),
    changed: () => Promise.race([news.promise, failed.promise, ended]),
    [Symbol.asyncDispose]: close,
  }
}

interface Place extends Kind {
  namespace?: string
  selection: Selection
}

interface Followed extends Place {
  items: Map<string, Live>
}

/** By label where there is one; Secrets, claims and what lives outside namespaces by name. */
function placesOf(stack: string, objects: readonly Live[]): Place[] {
  const places = new Map<string, Place>()
  const labelSelector = `${STACK_LABEL}=${stack}`
  const add = ({ apiVersion, kind }: Kind, namespace: string | undefined, selection: Selection): void => {
    const at = namespace === undefined ? {} : { namespace }
    const key = `${kindKey({ apiVersion, kind })}/${namespace ?? ''}/${selection.fieldSelector ?? ''}`
    places.set(key, { apiVersion, kind, ...at, selection: { ...selection, ...at } })
  }
  for (const { apiVersion, kind, metadata } of objects) {
    const { namespace, name, labels } = metadata
    const listed = namespace !== undefined && kind !== 'Secret' && labels?.[STACK_LABEL] === stack
    add({ apiVersion, kind }, namespace, listed ? { labelSelector } : { fieldSelector: `metadata.name=${name}` })
    if (namespace !== undefined) add({ apiVersion: 'v1', kind: 'Pod' }, namespace, { labelSelector })
  }
  return [...places.values()]
}

function follow(
  cluster: Cluster,
  { items, selection, apiVersion, kind }: Followed,
  signal: AbortSignal,
  tell: () => void,
): { synced: Promise<void>; ended: Promise<void> } {
  const synced = Promise.withResolvers<void>()
  const run = async (): Promise<void> => {
    for await (const event of cluster.watch({ apiVersion, kind }, { ...selection, signal })) {
      if (event.type === 'synced') {
        items.clear()
        for (const item of event.items) items.set(item.metadata.uid, item)
      } else if (event.type === 'applied') items.set(event.object.metadata.uid, event.object)
      else items.delete(event.object.metadata.uid)
      synced.resolve()
      tell()
    }
  }
  return { synced: synced.promise, ended: run() }
}

async function aborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  return promise
}
