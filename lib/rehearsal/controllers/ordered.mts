import type { Live } from '../../kube/object.mts'
import type { Pod, StatefulSet, StatefulSetStatus } from '../../kube/schema/types.mts'
import { revisionIn, type Ordinal } from './ordinal.mts'
import { isAvailable, isFinished, isLeaving, isReady } from './owning.mts'
import type { Revisions } from './setrevision.mts'

/** The pods that a StatefulSet has, by their numbers. */
export type Members = ReadonlyMap<number, Live<Pod>>

/** What a StatefulSet does next. */
export interface Next {
  create: readonly Ordinal[]
  removes: readonly Live<Pod>[]
}

/**
 * One step of kube's stateful_set_control.go. An ordered set goes no further than the first pod that is not ready, so
 * a broken pod of an earlier template is never replaced by a later one (kubernetes#67250).
 */
export function nextOf(live: StatefulSet, members: Members, revisions: Revisions, now: number): Next {
  const replicas = live.spec?.replicas ?? 1
  const isOrdered = live.spec?.podManagementPolicy !== 'Parallel'
  const numbers = Array.from({ length: replicas }, (_, ordinal) => ordinal)
  const failed = numbers.flatMap((ordinal) => found(members, ordinal, (pod) => isFinished(pod) && !isLeaving(pod)))
  if (failed.length > 0) return { create: [], removes: failed }
  const missing = numbers.filter((ordinal) => !members.has(ordinal))
  const isUp = (pod: Live<Pod>): boolean => !isLeaving(pod) && isAvailable(pod, live.spec?.minReadySeconds ?? 0, now)
  const blocked = numbers.find(
    (ordinal) => members.get(ordinal) === undefined || !isUp(members.get(ordinal) as Live<Pod>),
  )
  const makes = isOrdered ? missing.filter((ordinal) => ordinal === blocked) : missing
  const create = makes.map((ordinal) => ({ ordinal, revision: revisionFor(live, ordinal, revisions) }))
  if (create.length > 0 || (isOrdered && blocked !== undefined)) return { create, removes: [] }
  return { create, removes: condemned(members, replicas) ?? outdated(live, members, numbers, revisions, isUp) }
}

function found(members: Members, ordinal: number, is: (pod: Live<Pod>) => boolean): Live<Pod>[] {
  const pod = members.get(ordinal)
  return pod !== undefined && is(pod) ? [pod] : []
}

// Below the partition, and while older pods stand, a lost pod comes back as it was.
function revisionFor({ spec, status }: StatefulSet, ordinal: number, { current, update }: Revisions): string {
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0
  const kept = partition > 0 ? partition : (status?.currentReplicas ?? 0)
  return ordinal < kept ? current : update
}

/** Pods beyond the replicas, the last one first; undefined where there are none. */
function condemned(members: Members, replicas: number): Live<Pod>[] | undefined {
  const beyond = [...members].filter(([ordinal]) => ordinal >= replicas).toSorted(([a], [b]) => b - a)
  const [last] = beyond
  return last === undefined ? undefined : [last[1]].filter((pod) => !isLeaving(pod))
}

/** The last pod that is not of the update revision, once all behind it are up. */
function outdated(
  live: StatefulSet,
  members: Members,
  numbers: readonly number[],
  { update }: Revisions,
  isUp: (pod: Live<Pod>) => boolean,
): Live<Pod>[] {
  if (live.spec?.updateStrategy?.type === 'OnDelete') return []
  const partition = live.spec?.updateStrategy?.rollingUpdate?.partition ?? 0
  for (const ordinal of numbers.filter((number) => number >= partition).toReversed()) {
    const pod = members.get(ordinal)
    if (pod === undefined) return []
    if (revisionIn(pod) !== update) return isLeaving(pod) ? [] : [pod]
    if (!isUp(pod)) return []
  }
  return []
}

/** The status as the pods are. */
export function setStatus(live: StatefulSet, members: Members, revisions: Revisions, now: number): StatefulSetStatus {
  const pods = [...members.values()]
  const standing = pods.filter((pod) => !isLeaving(pod) && !isFinished(pod))
  const of = (revision: string): number => standing.filter((pod) => revisionIn(pod) === revision).length
  const ready = pods.filter((pod) => isReady(pod)).length
  const availableReplicas = standing.filter((pod) => isAvailable(pod, live.spec?.minReadySeconds ?? 0, now)).length
  const updated = of(revisions.update)
  const isDone = updated === pods.length && ready === pods.length && pods.length === (live.spec?.replicas ?? 1)
  const current = isDone ? revisions.update : revisions.current
  return {
    observedGeneration: live.metadata.generation ?? 1,
    replicas: pods.length,
    ...positive({ readyReplicas: ready, currentReplicas: of(current), updatedReplicas: updated }),
    currentRevision: current,
    updateRevision: revisions.update,
    collisionCount: 0,
    availableReplicas,
  }
}

function positive(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}
