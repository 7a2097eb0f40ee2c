import type { Cluster } from '../../kube/cluster.mts'
import { keyOf, kindKey, refOf } from '../../kube/object.mts'
import type { Kind, KubeObject, Live, Ref } from '../../kube/object.mts'
import type { ConfigMap, Lease, PersistentVolumeClaim, StatefulSet } from '../../kube/schema/types.mts'
import { RECORD_LABEL, STACK_LABEL } from '../../marks.mts'
import type { Desired } from '../../stacks/stack.mts'
import { mapLimit } from '../parallel.mts'
import { decode } from '../release.mts'
import { configRefs, look } from '../survey.mts'
import type { Release } from '../types.mts'

/** What there is of a stack; reads only. */
export interface Found {
  /** Bearing the stack's label, of every kind and in every namespace that this rendering or a record names. */
  labelled: readonly Live[]
  /** Claims that the stack's StatefulSets had made; they do not bear its label. */
  claims: readonly Live<PersistentVolumeClaim>[]
  /** Secrets that its pods read. */
  secrets: readonly Live[]
  records: readonly Live<ConfigMap>[]
  releases: readonly Release[]
  lease?: Live<Lease>
  home?: Live
}

const PARALLEL = 8
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' }
const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' }

/** Looks for everything that the stack may have made, in this rendering and in each of its records. */
export async function findStack(cluster: Cluster, desired: Desired, signal: AbortSignal): Promise<Found> {
  const { home: namespace, stack } = desired
  const labelSelector = `${RECORD_LABEL}=${stack}`
  const leaseRef = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: `landfall-${stack}` }
  const [home, { items: records }, lease] = await Promise.all([
    cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, { signal }),
    cluster.list<ConfigMap>(CONFIG_MAP, { namespace, labelSelector, signal }),
    cluster.get<Lease>(leaseRef, { signal }),
  ])
  const releases = records.map(decode).filter((release) => release !== undefined)
  releases.sort((a, b) => b.number - a.number)
  const versions = [desired, ...releases.map((release) => release.desired)]
  const labelled = await listLabelled(cluster, stack, versions.flatMap(objectsOf), signal)
  const [claims, secrets] = await Promise.all([
    listClaims(cluster, [...versions.flatMap(objectsOf), ...labelled], signal),
    lookSecrets(cluster, versions, signal),
  ])
  const inOrder = records.toSorted((a, b) => numberOf(a) - numberOf(b))
  return {
    labelled,
    claims,
    secrets,
    records: inOrder,
    releases,
    ...(lease === undefined ? {} : { lease }),
    ...(home === undefined ? {} : { home }),
  }
}

export function objectsOf({ components }: Desired): KubeObject[] {
  return components.flatMap(({ objects }) => [...objects])
}

function numberOf({ metadata }: ConfigMap): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1))
}

/** One LIST a kind and namespace; Secrets and what lives outside namespaces by name. */
async function listLabelled(
  cluster: Cluster,
  stack: string,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Live[]> {
  const places = new Map<string, Kind & { namespace: string }>()
  const byName = new Map<string, Ref>()
  for (const object of objects) {
    const { apiVersion, kind } = object
    const { namespace } = object.metadata
    const scope = await cluster.scopeOf(object, { signal })
    if (scope === 'unknown') continue
    if (kind === 'Secret' || scope === 'cluster' || namespace === undefined)
      byName.set(keyOf(refOf(object)), refOf(object))
    else places.set(`${kindKey(object)}/${namespace}`, { apiVersion, kind, namespace })
  }
  const labelSelector = `${STACK_LABEL}=${stack}`
  const [lists, named] = await Promise.all([
    mapLimit([...places.values()], PARALLEL, (at) =>
      cluster.list(at, { namespace: at.namespace, labelSelector, signal }),
    ),
    mapLimit([...byName.values()], PARALLEL, (ref) => look(cluster, ref, signal)),
  ])
  const there = named.flatMap((one) => (one.state === 'there' ? [one.object] : []))
  const ours = there.filter(({ metadata }) => metadata.labels?.[STACK_LABEL] === stack)
  return [...lists.flatMap(({ items }) => items), ...ours]
}

async function listClaims(
  cluster: Cluster,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Live<PersistentVolumeClaim>[]> {
  const sets = objects.filter((object): object is StatefulSet => object.kind === 'StatefulSet')
  const namespaces = [...new Set(sets.flatMap(({ metadata }) => metadata.namespace ?? []))]
  const lists = await mapLimit(namespaces, PARALLEL, (namespace) =>
    cluster.list<PersistentVolumeClaim>(CLAIM, { namespace, signal }),
  )
  return lists.flatMap(({ items }) => items).filter((claim) => sets.some((set) => isClaimOf(claim, set)))
}

// The StatefulSet controller's own naming: <template>-<set>-<ordinal>.
function isClaimOf({ metadata }: PersistentVolumeClaim, set: StatefulSet): boolean {
  if (metadata.namespace !== set.metadata.namespace) return false
  return (set.spec?.volumeClaimTemplates ?? []).some((template) => {
    const start = `${template.metadata?.name ?? ''}-${set.metadata.name}-`
    return metadata.name.startsWith(start) && /^\d+$/.test(metadata.name.slice(start.length))
  })
}

async function lookSecrets(cluster: Cluster, versions: readonly Desired[], signal: AbortSignal): Promise<Live[]> {
  const refs = versions.flatMap(configRefs).filter(({ kind }) => kind === 'Secret')
  const unique = [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()]
  const found = await mapLimit(unique, PARALLEL, (ref) => look(cluster, ref, signal))
  return found.flatMap((one) => (one.state === 'there' ? [one.object] : []))
}
