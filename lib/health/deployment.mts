import { refOf } from '../kube/object.mts'
import { causeOf } from './cause.mts'
import { refusedOf, setRefusedOf } from './creation.mts'
import { warningsOf } from './event.mts'
import { currentOf, type Cause, type Health, type Judge, type Snapshot, type Subject } from './health.mts'
import { isLeaving, newestSetOf, ownedBy, podsOf, setsOf } from './owner.mts'
import { shakyOf, togetherOf } from './quorum.mts'
import { doomed, progressing, ready } from './say.mts'
import { conditionOf, count, isObserved, text, timeOf, type Deployment, type Pod, type ReplicaSet } from './seen.mts'
import { counted, oneLine } from './words.mts'

/**
 * Ready: the newest generation is observed, and updated = replicas = available, so that the old ReplicaSet is scaled to
 * nothing; old pods that still drain are told, not waited for. What goes wrong is read from pods of the newest
 * ReplicaSet only: an old sick pod fails no good deploy.
 */
export const judgeDeployment: Judge = (subject, snapshot) => {
  const live = currentOf<Deployment>(subject, snapshot)
  if (isLeaving(live)) return progressing('being deleted')
  if (!isObserved(live, subject.object)) return progressing('waiting for the controller')
  const want = live.spec?.replicas ?? 1
  const set = newestSetOf(snapshot, live)
  const pods = podsOf(snapshot, set?.metadata.uid)
  const state = togetherOf(pods, want, snapshot, subject.since)
  if (isRolledOut(live, want)) return settled(live, want, subject, snapshot)
  const refused =
    set === undefined ? setRefusedOf(live, snapshot) : refusedFor(set, pods, want, snapshot, subject.since)
  if (refused?.grade === 'doomed') return doomed(refused.cause)
  if (state.cause !== undefined) return doomed(state.cause)
  const trouble = refused?.cause ?? state.trouble ?? pausedOf(live)
  const overdue = overdueOf(live, subject, snapshot)
  if (overdue !== undefined) return doomed(trouble ?? overdue)
  return progressing(stepOf(live, want, refused?.step ?? state.step ?? emptyingOf(live, snapshot)), trouble)
}

/** With Recreate nothing new comes before the last old pod is gone, however long that one may take. */
function emptyingOf(live: Deployment, snapshot: Snapshot): string | undefined {
  if (live.spec?.strategy?.type !== 'Recreate' || newestSetOf(snapshot, live) !== undefined) return undefined
  const old = setsOf(snapshot, live).flatMap((set) => ownedBy<Pod>(snapshot, 'Pod', set.metadata.uid))
  return old.length === 0 ? undefined : `waiting for ${counted(old.length, 'old pod')} to end`
}

function isRolledOut({ status }: Deployment, want: number): boolean {
  const counts = [status?.updatedReplicas, status?.replicas, status?.availableReplicas].map((number) => count(number))
  return counts.every((number) => number === want)
}

function refusedFor(
  set: ReplicaSet,
  pods: readonly Pod[],
  want: number,
  snapshot: Snapshot,
  since: number,
): ReturnType<typeof refusedOf> {
  return pods.length < want ? refusedOf(set, snapshot, since) : undefined
}

function settled(live: Deployment, want: number, { since }: Subject, snapshot: Snapshot): Health {
  const set = newestSetOf(snapshot, live)
  const shaky = shakyOf(podsOf(snapshot, set?.metadata.uid), want, snapshot, since)
  if (shaky !== undefined) return shaky
  const old = setsOf(snapshot, live).filter((one) => one.metadata.uid !== set?.metadata.uid)
  const draining = old.flatMap((one) => ownedBy<Pod>(snapshot, 'Pod', one.metadata.uid)).length
  const rest = draining > 0 ? `, ${counted(draining, 'old pod')} draining` : ', old pods gone'
  return ready(`${want}/${want}${old.length > 0 ? rest : ''}`)
}

function stepOf({ status }: Deployment, want: number, step: string | undefined): string {
  const updated = count(status?.updatedReplicas)
  const old = count(status?.replicas) - updated
  const fresh = Math.min(count(status?.availableReplicas), updated)
  const counts =
    old > 0 && step === undefined
      ? `updated ${updated}/${want}, ${counted(old, 'old pod')} to go`
      : `available ${fresh}/${want}`
  if (step === undefined) return counts
  return want > 1 ? `${counts}, ${step}` : step
}

function pausedOf(live: Deployment): Cause | undefined {
  if (live.spec?.paused !== true) return undefined
  const facts = { namespace: live.metadata.namespace ?? '', at: refOf(live) }
  return causeOf(
    { code: 'unready', next: 'resume' },
    facts,
    `Cannot roll out deployment ${live.metadata.name}: it is paused`,
    [],
  )
}

/** The controller's own deadline, believed only where it was reached after our apply: after a rollback the old word stays for a while. */
function overdueOf(live: Deployment, subject: Subject, snapshot: Snapshot): Cause | undefined {
  const condition = conditionOf(live, 'Progressing')
  const at = timeOf(condition?.lastUpdateTime) ?? 0
  if (condition?.reason !== 'ProgressDeadlineExceeded' || condition.status !== 'False' || at <= subject.since)
    return undefined
  const facts = { namespace: live.metadata.namespace ?? '', at: refOf(live) }
  const says = `Cannot roll out deployment ${live.metadata.name}: ${oneLine(text(condition.message))}`
  return causeOf({ code: 'unready', next: 'describe' }, facts, says, warningsOf(snapshot, live))
}
