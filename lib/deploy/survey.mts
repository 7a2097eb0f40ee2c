import type { Cluster } from '../kube/cluster.mts'
import { keyOf, kindKey, refOf } from '../kube/object.mts'
import type { Kind, KubeObject, Live, Ref } from '../kube/object.mts'
import type { Pod } from '../kube/schema/types.mts'
import { isForbidden } from '../kube/status.mts'
import { STACK_LABEL } from '../marks.mts'
import type { Desired } from '../stacks/stack.mts'
import { readsOf, templateOf } from '../kube/containers.mts'
import { isKept } from './orphans.mts'
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

/**
 * One LIST per kind and namespace by the stack's label, Secrets and cluster-scoped objects by name, the release records.
 * What only the last release had is looked for as well: it may have to go.
 */
export async function survey(cluster: Cluster, desired: Desired, signal: AbortSignal): Promise<Survey> {
  const { byList, byName, unserved } = await sortOut(cluster, objectsOf(desired), signal)
  const recorded = listReleases(cluster, desired, signal)
  const [records, former, lists, named, pods, looked] = await Promise.all([
    recorded,
    recorded.then(([base]) => listFormer(cluster, base, byList, signal)),
    mapLimit(byList, PARALLEL, (at) => listOurs(cluster, desired.stack, at, signal)),
    mapLimit(byName, PARALLEL, (ref) => look(cluster, ref, signal)),
    listPods(cluster, desired, signal),
    lookConfigs(cluster, desired, signal),
  ])
  const there = [...named, ...former].flatMap((found) => (found.state === 'there' ? [found.object] : []))
  const live = new Map([...lists.flat(), ...there].map((object) => [keyOf(refOf(object)), object]))
  return { records, live, pods, configs: withListed(looked, live), unserved }
}

function objectsOf(desired: Desired): KubeObject[] {
  return desired.components.flatMap((component) => [...component.objects])
}

interface Place extends Kind {
  namespace: string
}

function placeKey(at: Place): string {
  return `${kindKey(at)}/${at.namespace}`
}

interface Sorted {
  byList: readonly Place[]
  byName: readonly Ref[]
  unserved: readonly Kind[]
}

/** Which kinds are listed, and which objects are read by name: Secrets (law 6), and whatever lives outside namespaces. */
async function sortOut(cluster: Cluster, objects: readonly KubeObject[], signal: AbortSignal): Promise<Sorted> {
  const byList = new Map<string, Place>()
  const byName: Ref[] = []
  const unserved = new Map<string, Kind>()
  for (const object of objects) {
    const scope = await cluster.scopeOf(object, { signal })
    const { apiVersion, kind } = object
    const { namespace } = object.metadata
    if (scope === 'unknown') unserved.set(kindKey(object), { apiVersion, kind })
    else if (object.kind === 'Secret' || scope === 'cluster' || namespace === undefined) byName.push(refOf(object))
    else byList.set(placeKey({ apiVersion, kind, namespace }), { apiVersion, kind, namespace })
  }
  return { byList: [...byList.values()], byName, unserved: [...unserved.values()] }
}

/** Kinds and namespaces that only the last release had; what may not be seen is left alone. */
async function listFormer(
  cluster: Cluster,
  base: Release | undefined,
  known: readonly Place[],
  signal: AbortSignal,
): Promise<Found[]> {
  if (base === undefined) return []
  const removable = objectsOf(base.desired).filter((object) => !isKept(object))
  const { byList, byName } = await sortOut(cluster, removable, signal)
  const seen = new Set(known.map(placeKey))
  const places = byList.filter((at) => !seen.has(placeKey(at)))
  const [lists, named] = await Promise.all([
    mapLimit(places, PARALLEL, (at) => listOurs(cluster, base.desired.stack, at, signal).catch(noneIfForbidden)),
    mapLimit(byName, PARALLEL, (ref) => look(cluster, ref, signal)),
  ])
  return [...lists.flat().map((object): Found => ({ state: 'there', object })), ...named]
}

function noneIfForbidden(error: unknown): Live[] {
  if (isForbidden(error)) return []
  throw error
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
  const workloads = objectsOf(desired).filter((object) => templateOf(object) !== undefined)
  const namespaces = [...new Set(workloads.map((object) => object.metadata.namespace ?? desired.home))]
  const labelSelector = `${STACK_LABEL}=${desired.stack}`
  const lists = await mapLimit(namespaces, PARALLEL, (namespace) =>
    cluster.list<Pod>({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector, signal }),
  )
  return lists.flatMap(({ items }) => items)
}

async function lookConfigs(cluster: Cluster, desired: Desired, signal: AbortSignal): Promise<Map<string, Found>> {
  // The stack's own ConfigMaps are in the lists.
  const own = new Set(objectsOf(desired).flatMap((object) => (isConfigMap(object) ? [keyOf(refOf(object))] : [])))
  const refs = new Map(configRefs(desired).map((ref) => [keyOf(ref), ref]))
  const asked = [...refs].filter(([key]) => !own.has(key))
  return new Map(
    await mapLimit(asked, PARALLEL, async ([key, ref]) => [key, await look(cluster, ref, signal)] as const),
  )
}

function withListed(looked: ReadonlyMap<string, Found>, live: ReadonlyMap<string, Live>): Map<string, Found> {
  const listed = [...live].filter(([, object]) => isConfigMap(object))
  return new Map([...looked, ...listed.map(([key, object]) => [key, { state: 'there', object }] as const)])
}

function isConfigMap({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'v1' && kind === 'ConfigMap'
}

/** Every Secret and ConfigMap that matters to the plan: read by pods, needed, proven, or part of an agreement. */
export function configRefs(desired: Desired): Ref[] {
  const { home } = desired
  const pods = objectsOf(desired).map((object) => ({
    namespace: object.metadata.namespace ?? home,
    spec: templateOf(object)?.spec,
  }))
  const read = pods.flatMap(({ namespace, spec }) =>
    readsOf(spec).map(({ kind, name }) => configRef(kind, namespace, name)),
  )
  const pulls = pods.flatMap(({ namespace, spec }) =>
    (spec?.imagePullSecrets ?? []).flatMap(({ name }) =>
      name === undefined ? [] : [configRef('Secret', namespace, name)],
    ),
  )
  const needed = desired.secrets.map(({ namespace, name }) => configRef('Secret', namespace, name))
  const agreed = desired.agreements.flatMap(({ namespace, left, right }) =>
    [left, right].flatMap((told) => ('secret' in told ? [configRef('Secret', namespace, told.secret)] : [])),
  )
  const proven = desired.proofs.flatMap((proof) => (proof.kind === 'certificate' ? [proof.secret] : []))
  return [...read, ...pulls, ...needed, ...agreed, ...proven]
}

export function configRef(kind: 'Secret' | 'ConfigMap', namespace: string, name: string): Ref {
  return { apiVersion: 'v1', kind, namespace, name }
}
