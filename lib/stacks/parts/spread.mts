import type { TopologySpreadConstraint } from '../../kube/schema/types.mts'
import { selects } from './selector.mts'

/** How pods of one app are kept apart: where there is room, or strictly (a pod waits until there is). */
export type Spread = 'prefer' | 'require'

/** How many pods, or that a HorizontalPodAutoscaler alone says so. */
export type Replicas = number | 'autoscaled'

const ZONE = 'topology.kubernetes.io/zone'
const NODE = 'kubernetes.io/hostname'

/**
 * Spreads an app over zones and nodes; nothing for a single pod, which cannot be. Both keys, because a constraint of its
 * own takes the scheduler's built-in ones away from a pod. Pods of another revision do not count: they are about to go.
 */
export function spreadOver(app: string, replicas: Replicas, how: Spread = 'prefer'): TopologySpreadConstraint[] {
  if (replicas === 1) return []
  const over = (topologyKey: string, unsatisfiable: Spread): TopologySpreadConstraint => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: unsatisfiable === 'prefer' ? 'ScheduleAnyway' : 'DoNotSchedule',
    labelSelector: { matchLabels: selects(app) },
    matchLabelKeys: ['pod-template-hash'],
  })
  // Nodes without a zone label would take no pod at all under a strict rule.
  return [over(ZONE, 'prefer'), over(NODE, how)]
}
