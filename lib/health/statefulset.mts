import { refOf } from '../kube/object.mts'
import { causeOf } from './cause.mts'
import { refusedOf } from './creation.mts'
import { currentOf, type Cause, type Judge, type Snapshot } from './health.mts'
import { isLeaving, podsOf } from './owner.mts'
import { judgePod } from './pod.mts'
import { shakyOf, togetherOf } from './quorum.mts'
import { doomed, progressing, ready } from './say.mts'
import { count, isObserved, text, type Pod, type StatefulSet } from './seen.mts'

/** Ready: every pod that the update strategy replaces is of the update revision, and all are available. */
export const judgeStatefulSet: Judge = (subject, snapshot) => {
  const live = currentOf<StatefulSet>(subject, snapshot)
  if (isLeaving(live)) return progressing('being deleted')
  if (!isObserved(live, subject.object)) return progressing('waiting for the controller')
  const want = live.spec?.replicas ?? 1
  const all = podsOf(snapshot, live.metadata.uid)
  const pods = all.filter((pod) => revisionOf(pod) === text(live.status?.updateRevision))
  const state = togetherOf(pods, want, snapshot, subject.since)
  if (isRolledOut(live, want)) return shakyOf(pods, want, snapshot, subject.since) ?? ready(`${want}/${want}`)
  const refused = all.length < want ? refusedOf(live, snapshot, subject.since) : undefined
  if (refused?.grade === 'doomed') return doomed(refused.cause)
  if (state.cause !== undefined) return doomed(state.cause)
  const waits = refused?.cause ?? state.trouble ?? trappedOf(live, all, snapshot, subject.since)
  return progressing(stepOf(live, want, refused?.step ?? state.step), waits)
}

function revisionOf(pod: Pod): string {
  return text(pod.metadata.labels?.['controller-revision-hash'])
}

function isRolledOut({ spec, status }: StatefulSet, want: number): boolean {
  const partition = count(spec?.updateStrategy?.rollingUpdate?.partition)
  const toUpdate = Math.max(0, want - partition)
  const isWhole = partition > 0 || text(status?.currentRevision) === text(status?.updateRevision)
  const isUp = [status?.replicas, status?.readyReplicas].every((number) => count(number) === want)
  return isUp && isWhole && count(status?.updatedReplicas) >= toUpdate && availableOf(status) === want
}

// Older servers and stand-ins do not tell it.
function availableOf(status: StatefulSet['status']): number {
  return count(status?.availableReplicas ?? status?.readyReplicas)
}

function stepOf({ status }: StatefulSet, want: number, step: string | undefined): string {
  const updated = count(status?.updatedReplicas)
  const counts = updated < want ? `updated ${updated}/${want}` : `available ${availableOf(status)}/${want}`
  if (step === undefined) return counts
  return want > 1 ? `${counts}, ${step}` : step
}

/**
 * A broken pod of an earlier revision: an ordered StatefulSet waits for it before it replaces anything, so the new
 * template alone never reaches it (kubernetes#67250). It is trouble, not doom, as deleting the pod ends it.
 */
function trappedOf(live: StatefulSet, pods: readonly Pod[], snapshot: Snapshot, since: number): Cause | undefined {
  if (live.spec?.podManagementPolicy === 'Parallel') return undefined
  for (const pod of pods) {
    if (revisionOf(pod) === text(live.status?.updateRevision)) continue
    const health = judgePod(pod, snapshot, since)
    const cause = health.state === 'doomed' ? health.cause : health.state === 'progressing' ? health.trouble : undefined
    if (cause === undefined) continue
    const facts = { namespace: pod.metadata.namespace ?? '', at: refOf(pod) }
    const says = `Cannot replace pod ${pod.metadata.name} of the earlier revision, and the StatefulSet waits for it: ${cause.says}`
    return causeOf({ code: cause.code, next: 'stuckPod' }, facts, says, cause.evidence)
  }
  return undefined
}
