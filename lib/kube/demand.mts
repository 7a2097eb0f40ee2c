import { amountOf } from './quantity.mts'
import type { Container, PodSpec } from './schema/types.mts'

type Share = 'requests' | 'limits'

/** The resources of a pod that a ResourceQuota limits, by the names that it has for them. */
export const COMPUTE = {
  cpu: ['requests', 'cpu'],
  memory: ['requests', 'memory'],
  'requests.cpu': ['requests', 'cpu'],
  'requests.memory': ['requests', 'memory'],
  'limits.cpu': ['limits', 'cpu'],
  'limits.memory': ['limits', 'memory'],
} as const satisfies Record<string, readonly [Share, string]>

export type Demand = Readonly<Record<'pods' | keyof typeof COMPUTE, number>>

/** What one pod takes of a quota and of a node: cores, bytes and pieces. */
export function demandOf(spec: PodSpec | undefined): Demand {
  const entries = Object.entries(COMPUTE).map(
    ([name, [share, resource]]) => [name, sum(spec, share, resource)] as const,
  )
  return { pods: 1, ...(Object.fromEntries(entries) as Record<keyof typeof COMPUTE, number>) }
}

/** The containers together, or the greediest init container, which runs before them (KEP-753 leaves this rule). */
function sum(spec: PodSpec | undefined, share: Share, resource: string): number {
  const of = (container: Container): number => amountOf(said(container, share)[resource])
  const mains = (spec?.containers ?? []).reduce((total, container) => total + of(container), 0)
  return Math.max(mains, ...(spec?.initContainers ?? []).map(of))
}

// A request that is not said is the limit: the server fills it in.
function said({ resources }: Container, share: Share): Readonly<Record<string, unknown>> {
  return share === 'limits' ? { ...resources?.limits } : { ...resources?.limits, ...resources?.requests }
}
