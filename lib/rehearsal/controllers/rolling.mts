import type { Live } from '../../kube/object.mts'
import type { Deployment, ReplicaSet } from '../../kube/schema/types.mts'
import { surgeOf } from './surge.mts'

/** A Deployment's ReplicaSets: of its template, and of earlier ones, oldest first. */
export interface Sets {
  current?: Live<ReplicaSet> | undefined
  old: readonly Live<ReplicaSet>[]
}

const wants = (set: ReplicaSet | undefined): number => set?.spec?.replicas ?? 0
const has = (set: ReplicaSet | undefined): number => set?.status?.availableReplicas ?? 0
const sum = (sets: readonly (ReplicaSet | undefined)[], of: (set: ReplicaSet | undefined) => number): number =>
  sets.reduce((total, set) => total + of(set), 0)

/** How many pods the newest set may have by now (deploymentutil.NewRSNewReplicas). */
export function newSetSize(live: Deployment, { current, old }: Sets): number {
  const replicas = live.spec?.replicas ?? 1
  if (live.spec?.strategy?.type === 'Recreate') return replicas
  const room = replicas + surgeOf(live).maxSurge - sum([current, ...old], wants)
  if (wants(current) >= replicas || room <= 0) return Math.min(wants(current), replicas)
  return wants(current) + Math.min(room, replicas - wants(current))
}

/**
 * The size that each set is to have next, by uid; one step at a time, first up, then down, as each step's numbers stand
 * on the one before (rolling.go, recreate.go of the deployment controller).
 */
export function scaling(live: Deployment, sets: Sets): Map<string, number> {
  const next = new Map<string, number>()
  const { current, old } = sets
  if (live.spec?.strategy?.type === 'Recreate') for (const set of old) next.set(set.metadata.uid, 0)
  const size = newSetSize(live, sets)
  if (current !== undefined) next.set(current.metadata.uid, size)
  if (live.spec?.strategy?.type !== 'Recreate' && size === wants(current)) shrink(live, sets, next)
  return next
}

function shrink(live: Deployment, { current, old }: Sets, next: Map<string, number>): void {
  const replicas = live.spec?.replicas ?? 1
  const least = replicas - surgeOf(live).maxUnavailable
  const missing = wants(current) - has(current)
  let mayGo = sum([current, ...old], wants) - least - missing
  if (mayGo <= 0) return
  // Pods of old templates that do not serve go first: they are no loss.
  for (const set of old) {
    const gone = Math.max(0, Math.min(mayGo, wants(set) - has(set)))
    next.set(set.metadata.uid, wants(set) - gone)
    mayGo -= gone
  }
  let mayMiss = sum([current, ...old], has) - least
  for (const set of old) {
    const left = next.get(set.metadata.uid) ?? wants(set)
    const gone = Math.max(0, Math.min(mayMiss, left))
    next.set(set.metadata.uid, left - gone)
    mayMiss -= gone
  }
}
