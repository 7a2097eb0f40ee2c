import type { Cluster } from '../kube/cluster.mts'
import { keyOf, kindKey, refOf } from '../kube/object.mts'
import type { Kind, KubeObject, Live, Ref } from '../kube/object.mts'
import type { Pod } from '../kube/schema/types.mts'
import { isForbidden } from '../kube/status.mts'
import { STACK_LABEL } from '../marks.mts'
import type { Desired } from '../stacks/stack.mts'
import { readsOf, templateOf } from '../kube/containers.mts'
import { mapLimit } from './parallel.mts'
import { listReleases } from './release.mts'
import type { Release } from './types.mts'

/** What the cluster holds before anything is planned; reads only. */
export interface Survey {
  records: Release[]
  /** Objects of this stack, and of its name, by keyOf. */
  live: ReadonlyMap<string, Live>
  pods: readonly Live<Pod>[]
  /** Secrets and ConfigMaps that pods read or that were asked for, by keyOf. */
  configs: ReadonlyMap<string, Found>
  /** Kinds that the server does not serve. */
  unserved: readonly Kind[]
}

export type Found = { state: 'there'; object: Live } | { state: 'missing' } | { state: 'forbidden' }

const PARALLEL = 8

/** One LIST per kind and namespace by the stack's label, Secrets and cluster-scoped objects by name, the release records. */
export async function survey(cluster: Cluster, desired: Desired, signal: AbortSignal): Promise<Survey> {
  const objects = desired.components.flatMap((component) => component.objects)
  const { byList, byName, unserved } = await sortOut(cluster, objects, signal)
  const [records, lists, named, pods, configs] = await Promise.all([
    listReleases(cluster, desired, signal),
    mapLimit(byList, PARALLEL, (at) => listOurs(cluster, desired.stack, at, signal)),
    mapLimit(byName, PARALLEL, (ref) => look(cluster, ref, signal)),
    listPods(cluster, desired, signal),
    lookConfigs(cluster, desired, signal),
  ])
  const there = named.flatMap((found) => (found.state === 'there' ? [found.object] : []))
  const live = new Map([...lists.flat(), ...there].map((object) => [keyOf(refOf(object)), object]))
  return { records, live, pods, configs, unserved }
}

interface Place extends Kind {
  namespace: string
}

/** Which kinds are listed, and which objects are read by name: Secrets (law 6), and whatever lives outside namespaces. */
async function sortOut(
  cluster: Cluster,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<{ byList: Place[]; byName: Ref[]; unserved: Kind[] }> {
  const byList = new Map<string, Place>()
  const byName: Ref[] = []
  const unserved = new Map<string, Kind>()
  for (const object of objects) {
    const scope = await cluster.scopeOf(object, { signal })
    const { namespace } = object.metadata
    if (scope === 'unknown') unserved.set(kindKey(object), { apiVersion: object.apiVersion, kind: object.kind })
    else if (object.kind === 'Secret' || scope === 'cluster' || namespace === undefined) byName.push(refOf(object))
    else byList.set(`${kindKey(object)}/${namespace}`, { apiVersion: object.apiVersion, kind: object.kind, namespace })
  }
  return { byList: [...byList.values()], byName, unserved: [...unserved.values()] }
}

async function listOurs(cluster: Cluster, stack: string, at: Place, signal: AbortSignal): Promise<Live[]> {
  const selection = { namespace: at.namespace, labelSelector: `${STACK_LABEL}=${stack}`, signal }
  const { items } = await cluster.list(at, selection)
  return items
}

/** An object by name, with a missing permission as an answer rather than an error. */
export async function look(cluster: Cluster, ref: Ref, signal: AbortSignal): Promise<Found> {
  try {
    const object = await cluster.get(ref, { signal })
    return object === undefined ? { state: 'missing' } : { state: 'there', object }
  } catch (error) {
    if (isForbidden(error)) return { state: 'forbidden' }
    throw error
  }
}

async function listPods(cluster: Cluster, desired: Desired, signal: AbortSignal): Promise<Live<Pod>[]> {
  const workloads = desired.components
    .flatMap(({ objects }) => objects)
    .filter((object) => templateOf(object) !== undefined)
  const namespaces = [...new Set(workloads.map((object) => object.metadata.namespace ?? desired.home))]
  const labelSelector = `${STACK_LABEL}=${desired.stack}`
  const lists = await mapLimit(namespaces, PARALLEL, (namespace) =>
    cluster.list<Pod>({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector, signal }),
  )
  return lists.flatMap(({ items }) => items)
}

async function lookConfigs(cluster: Cluster, desired: Desired, signal: AbortSignal): Promise<Map<string, Found>> {
  const refs = new Map(configRefs(desired).map((ref) => [keyOf(ref), ref]))
  const found = await mapLimit(
    [...refs],
    PARALLEL,
    async ([key, ref]) => [key, await look(cluster, ref, signal)] as const,
  )
  return new Map(found)
}

/** Every Secret and ConfigMap that matters to the plan: read by pods, needed, or part of an agreement. */
export function configRefs(desired: Desired): Ref[] {
  const objects = desired.components.flatMap((component) => component.objects)
  const read = objects.flatMap((object) =>
    readsOf(templateOf(object)?.spec).map(({ kind, name }) =>
      configRef(kind, object.metadata.namespace ?? desired.home, name),
    ),
  )
  const pulls = objects.flatMap((object) =>
    (templateOf(object)?.spec?.imagePullSecrets ?? []).flatMap(({ name }) =>
      name === undefined ? [] : [configRef('Secret', object.metadata.namespace ?? desired.home, name)],
    ),
  )
  const needed = desired.secrets.map(({ namespace, name }) => configRef('Secret', namespace, name))
  const agreed = desired.agreements.flatMap(({ namespace, left, right }) =>
    [left, right].flatMap((told) => ('secret' in told ? [configRef('Secret', namespace, told.secret)] : [])),
  )
  return [...read, ...pulls, ...needed, ...agreed]
}

export function configRef(kind: 'Secret' | 'ConfigMap', namespace: string, name: string): Ref {
  return { apiVersion: 'v1', kind, namespace, name }
}
