import type { Cluster } from '../../kube/cluster.mts'
import { formatRef, keyOf, refOf } from '../../kube/object.mts'
import type { Live } from '../../kube/object.mts'
import { isForbidden } from '../../kube/status.mts'
import { STACK_LABEL } from '../../marks.mts'
import { mapLimit } from '../parallel.mts'
import type { Row } from '../types.mts'
import type { Kept, TeardownPlan } from './types.mts'
import { allOf } from './types.mts'

/** Kinds that somebody would miss; what they own goes with them. */
const MISSED = [
  ...['PersistentVolumeClaim', 'Secret', 'ConfigMap', 'Service', 'Pod'].map((kind) => ({ apiVersion: 'v1', kind })),
  ...['Deployment', 'StatefulSet', 'DaemonSet'].map((kind) => ({ apiVersion: 'apps/v1', kind })),
  ...['Job', 'CronJob'].map((kind) => ({ apiVersion: 'batch/v1', kind })),
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
]

const NAMED: Readonly<Record<string, Kept>> = { PersistentVolumeClaim: 'volumes', Secret: 'secrets' }

/** What a namespace would take along beside the stack's own: it is named, or the teardown refused. */
export async function contentRows(
  cluster: Cluster,
  plan: TeardownPlan,
  { with: named, signal }: { with: readonly Kept[]; signal: AbortSignal },
): Promise<Row[]> {
  const going = new Set(allOf(plan).map(({ metadata }) => metadata.uid))
  const rows = await mapLimit(plan.namespaces, 2, async ({ metadata: { name, deletionTimestamp } }) => {
    if (deletionTimestamp !== undefined) return []
    const held = await mapLimit(MISSED, 4, (kind) => heldIn(cluster, kind, name, signal))
    const foreign = held.flat().filter((live) => !going.has(live.metadata.uid) && isForeign(live, plan))
    return refusals(name, foreign, named)
  })
  return rows.flat()
}

async function heldIn(
  cluster: Cluster,
  kind: { apiVersion: string; kind: string },
  namespace: string,
  signal: AbortSignal,
): Promise<Live[]> {
  try {
    return (await cluster.list(kind, { namespace, signal })).items
  } catch (error) {
    if (isForbidden(error)) return []
    throw error
  }
}

function isForeign(live: Live, { desired, stays }: TeardownPlan): boolean {
  const { kind, metadata } = live
  if (stays.some((ref) => keyOf(ref) === keyOf(refOf(live)))) return true
  if (metadata.ownerReferences !== undefined || metadata.labels?.[STACK_LABEL] === desired.stack) return false
  // Every namespace is given this one.
  return kind !== 'ConfigMap' || metadata.name !== 'kube-root-ca.crt'
}

function refusals(namespace: string, foreign: readonly Live[], named: readonly Kept[]): Row[] {
  const refused = foreign.filter(({ kind }) => {
    const kept = NAMED[kind]
    return kept === undefined || !named.includes(kept)
  })
  const [first] = refused
  if (first === undefined) return []
  const kept = NAMED[first.kind]
  const rest = refused.length === 1 ? '' : ` and ${refused.length - 1} more`
  return [
    {
      name: 'namespaces',
      state: 'blocking',
      code: 'blocked',
      says: `Cannot remove namespace ${namespace}: ${formatRef(refOf(first))}${rest} would go with it, and the teardown does not name ${refused.length === 1 ? 'it' : 'them'}`,
      next:
        kept === undefined
          ? `kubectl -n ${namespace} get all,ingress,configmap, and remove it by hand; or leave --with namespaces out`
          : `add --with ${kept}, or leave --with namespaces out`,
    },
  ]
}
