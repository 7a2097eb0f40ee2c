import { demandOf } from '../../kube/demand.mts'
import type { Live } from '../../kube/object.mts'
import { amountOf } from '../../kube/quantity.mts'
import type { Node, PersistentVolumeClaim, Pod, StorageClass } from '../../kube/schema/types.mts'
import { classOf } from './classes.mts'
import { isFinished } from './owning.mts'

/** What the scheduler looks at. */
export interface Cluster {
  nodes: readonly Live<Node>[]
  pods: readonly Live<Pod>[]
  claims: readonly Live<PersistentVolumeClaim>[]
  classes: readonly Live<StorageClass>[]
}

export type Placing =
  | { state: 'placed'; node: string }
  /** The node is chosen, its volumes are to be made there first. */
  | { state: 'bind'; node: string; claims: readonly Live<PersistentVolumeClaim>[] }
  | { state: 'refused'; says: string }

const NO_HELP =
  'no new claims to deallocate, preemption: 0/$ nodes are available: $ Preemption is not helpful for scheduling.'

/** The node for a pod, or why there is none, in the scheduler's words. */
export function placeFor(pod: Pod, cluster: Cluster): Placing {
  const { nodes } = cluster
  if (nodes.length === 0) return { state: 'refused', says: 'no nodes available to schedule pods' }
  const none = `0/${nodes.length} nodes are available: `
  const claims = claimsOf(pod, cluster)
  if (claims.state === 'refused') return { state: 'refused', says: `${none}${claims.says}. not found` }
  const reasons = nodes.map((node) => unfitFor(pod, node, cluster))
  const fitting = nodes[reasons.indexOf(undefined)]
  if (fitting !== undefined) {
    const node = fitting.metadata.name
    return claims.unbound.length === 0 ? { state: 'placed', node } : { state: 'bind', node, claims: claims.unbound }
  }
  const counts = new Map<string, number>()
  for (const reason of reasons) if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const told = [...counts].map(([reason, count]) => `${count} ${reason}`).join(', ')
  return { state: 'refused', says: `${none}${told}. ${NO_HELP.replaceAll('$', String(nodes.length))}` }
}

type Claims = { state: 'found'; unbound: readonly Live<PersistentVolumeClaim>[] } | { state: 'refused'; says: string }

function claimsOf(pod: Pod, { claims, classes }: Cluster): Claims {
  const unbound: Live<PersistentVolumeClaim>[] = []
  for (const { persistentVolumeClaim } of pod.spec?.volumes ?? []) {
    if (persistentVolumeClaim === undefined) continue
    const name = persistentVolumeClaim.claimName
    const claim = claims.find(({ metadata }) => metadata.name === name && metadata.namespace === pod.metadata.namespace)
    if (claim === undefined) return { state: 'refused', says: `persistentvolumeclaim "${name}" not found` }
    if (claim.status?.phase === 'Bound') continue
    if (classOf(claim, classes)?.volumeBindingMode !== 'WaitForFirstConsumer') {
      return { state: 'refused', says: 'pod has unbound immediate PersistentVolumeClaims' }
    }
    unbound.push(claim)
  }
  return { state: 'found', unbound }
}

/** Why this node does not take the pod. */
function unfitFor(pod: Pod, node: Live<Node>, { pods }: Cluster): string | undefined {
  const labels: Readonly<Record<string, string>> = node.metadata.labels ?? {}
  if (node.spec?.unschedulable === true) return 'node(s) were unschedulable'
  const taint = (node.spec?.taints ?? []).find(
    ({ key, effect }) =>
      effect !== 'PreferNoSchedule' &&
      !(pod.spec?.tolerations ?? []).some(
        (one) => one.key === key || (one.key === undefined && one.operator === 'Exists'),
      ),
  )
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`
  const selector = Object.entries(pod.spec?.nodeSelector ?? {})
  if (selector.some(([key, value]) => labels[key] !== value)) {
    return "node(s) didn't match Pod's node affinity/selector"
  }
  const here = pods.filter((one) => one.spec?.nodeName === node.metadata.name && !isFinished(one))
  const room = node.status?.allocatable ?? {}
  if (room['pods'] !== undefined && here.length >= amountOf(room['pods'])) return 'Too many pods'
  const lacking = (['cpu', 'memory'] as const).find((resource) => {
    const asked = demandOf(pod.spec)[resource]
    const used = here.reduce((sum, one) => sum + demandOf(one.spec)[resource], 0)
    return room[resource] !== undefined && asked > 0 && used + asked > amountOf(room[resource])
  })
  return lacking === undefined ? undefined : `Insufficient ${lacking}`
}
