import type { Snapshot, Subject } from './health.mts'
import { isLeaving, ownedBy } from './owner.mts'
import { conditionOf, text, type Pod, type ReplicaSet } from './seen.mts'
import { viewsOf, type View } from './view.mts'

/** One container log that would make a verdict better; goes into `Snapshot.logTails`, by uid and container. */
export interface WantedLog {
  namespace: string
  pod: string
  uid: string
  container: string
  /** The run before the last restart: its tail goes under `…/previous`. */
  previous: boolean
}

/**
 * Which logs the caller should fetch (a few lines each): of containers that ended without a word in their status, of
 * a migration that runs (its revision is progress), and of a container that runs and is not ready.
 */
export function wantsLogs(snapshot: Snapshot, subjects: readonly Subject[]): WantedLog[] {
  return subjects.flatMap(({ object, since }) =>
    podsBelow(snapshot, object.metadata.uid)
      .filter((pod) => !isLeaving(pod) && conditionOf(pod, 'Ready')?.status !== 'True')
      .flatMap((pod) => viewsOf(pod, snapshot, since).flatMap((view) => wantedOf(view))),
  )
}

function podsBelow(snapshot: Snapshot, uid: string): Pod[] {
  const sets = ownedBy<ReplicaSet>(snapshot, 'ReplicaSet', uid)
  return [uid, ...sets.map((set) => set.metadata.uid)].flatMap((owner) => ownedBy<Pod>(snapshot, 'Pod', owner))
}

function wantedOf(view: View): WantedLog[] {
  const { state, lastState } = view.status
  const { namespace = '', name, uid = '' } = view.pod.metadata
  const want = (previous: boolean): WantedLog => ({ namespace, pod: name, uid, container: view.name, previous })
  const isSilent = (ended: typeof state): boolean => ended?.terminated != null && text(ended.terminated.message) === ''
  const now = state?.terminated?.exitCode !== 0 && isSilent(state)
  const before = state?.terminated?.exitCode !== 0 && isSilent(lastState)
  const running = state?.running != null && (view.role === 'migration' || view.status.ready !== true)
  return [...(now || running ? [want(false)] : []), ...(before ? [want(true)] : [])]
}
