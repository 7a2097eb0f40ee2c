import type { Snapshot, Subject } from '../health/health.mts'
import { currentOf } from '../health/health.mts'
import { refOf } from '../kube/object.mts'
import type { Live, Ref } from '../kube/object.mts'
import type { Pod, StatefulSet } from '../kube/schema/types.mts'

/** Waiting reasons that only a new pod spec ends. */
const BROKEN = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
])

/** Pods of an earlier revision that are broken, so that an ordered StatefulSet never gets past them (kubernetes#67250). */
export function stuckPods(subjects: readonly Subject[], snapshot: Snapshot): { ref: Ref; uid: string }[] {
  return subjects.filter(({ object }) => object.kind === 'StatefulSet').flatMap((subject) => stuckOf(subject, snapshot))
}

function stuckOf(subject: Subject, snapshot: Snapshot): { ref: Ref; uid: string }[] {
  const { metadata, spec, status } = currentOf<StatefulSet>(subject, snapshot)
  const { type, rollingUpdate } = spec?.updateStrategy ?? {}
  // There old pods are meant to stay old: another one would come up just as broken.
  if (type === 'OnDelete' || (rollingUpdate?.partition ?? 0) > 0) return []
  const isCurrent = (status?.observedGeneration ?? 0) >= (subject.object.metadata.generation ?? 0)
  const revision = status?.updateRevision
  if (!isCurrent || revision === undefined) return []
  return snapshot.objects
    .filter((object): object is Live<Pod> => object.kind === 'Pod')
    .filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) ?? false)
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .filter((pod) => pod.metadata.labels?.['controller-revision-hash'] !== revision && isBroken(pod))
    .map((pod) => ({ ref: refOf(pod), uid: pod.metadata.uid }))
}

function isBroken({ status }: Live<Pod>): boolean {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  return statuses.some(({ state }) => BROKEN.has(state?.waiting?.reason ?? '')) || isUnschedulable(status)
}

function isUnschedulable(status: Pod['status']): boolean {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  return status?.phase === 'Pending' && scheduled?.status === 'False' && scheduled.reason === 'Unschedulable'
}
