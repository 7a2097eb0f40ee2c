import { refusedOf } from './creation.mts'
import { currentOf, type Judge } from './health.mts'
import { isLeaving, podsOf } from './owner.mts'
import { togetherOf } from './quorum.mts'
import { doomed, progressing, ready } from './say.mts'
import { count, isObserved, type DaemonSet } from './seen.mts'

/** Ready: every node that it wants has an available pod of the newest generation. */
export const judgeDaemonSet: Judge = (subject, snapshot) => {
  const live = currentOf<DaemonSet>(subject, snapshot)
  if (isLeaving(live)) return progressing('being deleted')
  if (!isObserved(live, subject.object)) return progressing('waiting for the controller')
  const want = count(live.status?.desiredNumberScheduled)
  const updated = count(live.status?.updatedNumberScheduled)
  const available = count(live.status?.numberAvailable)
  if (updated >= want && available >= want) return ready(`${want}/${want}`)
  const generation = String(live.metadata.generation ?? '')
  const pods = podsOf(snapshot, live.metadata.uid).filter(
    (pod) => pod.metadata.labels?.['pod-template-generation'] === generation,
  )
  const refused = refusedOf(live, snapshot, subject.since)
  const { cause, trouble, step } = togetherOf(pods, want, snapshot, subject.since)
  if (refused?.grade === 'doomed') return doomed(refused.cause)
  if (cause !== undefined) return doomed(cause)
  const counts = updated < want ? `updated ${updated}/${want}` : `available ${available}/${want}`
  return progressing(step === undefined ? counts : `${counts}, ${step}`, refused?.cause ?? trouble)
}
