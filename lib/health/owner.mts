import { kindKey, type KubeObject, type Live } from '../kube/object.mts'
import type { Snapshot } from './health.mts'
import { list, text, type Pod, type ReplicaSet } from './seen.mts'

const REVISION = 'deployment.kubernetes.io/revision'

/** The objects of a kind that this owner made: by uid, so that a namesake's are never counted. */
export function ownedBy<T extends KubeObject>(snapshot: Snapshot, kind: string, uid: string | undefined): Live<T>[] {
  if (uid === undefined) return []
  const owned = snapshot.objects.filter(
    (object) => object.kind === kind && list(object.metadata.ownerReferences).some((owner) => owner.uid === uid),
  )
  return owned as Live<T>[]
}

/** The object of this kind, namespace and name. */
export function objectAt<T extends KubeObject>(
  snapshot: Snapshot,
  at: { kind: string; namespace: string | undefined; name: unknown },
): Live<T> | undefined {
  return snapshot.objects.find(
    (object): object is Live<T> =>
      kindKey(object) === at.kind && object.metadata.namespace === at.namespace && object.metadata.name === at.name,
  )
}

/** Whether the object is on its way out: what it says no longer matters. */
export function isLeaving(object: KubeObject): boolean {
  return text(object.metadata.deletionTimestamp) !== ''
}

/** The pods of an owner that are to stay. */
export function podsOf(snapshot: Snapshot, uid: string | undefined): Pod[] {
  return ownedBy<Pod>(snapshot, 'Pod', uid).filter((pod) => !isLeaving(pod))
}

/** The ReplicaSet of the Deployment's own revision, which alone says how the newest template fares. */
export function newestSetOf(snapshot: Snapshot, deployment: KubeObject): ReplicaSet | undefined {
  const revision = deployment.metadata.annotations?.[REVISION]
  if (revision === undefined) return undefined
  return setsOf(snapshot, deployment).find((set) => set.metadata.annotations?.[REVISION] === revision)
}

export function setsOf(snapshot: Snapshot, deployment: KubeObject): ReplicaSet[] {
  return ownedBy<ReplicaSet>(snapshot, 'ReplicaSet', deployment.metadata.uid)
}

/** Whether some pod of the namespace still leaves: it holds room and quota that will be free again. */
export function isSomethingLeaving(snapshot: Snapshot, namespace: string | undefined): boolean {
  return snapshot.objects.some(
    (object) => object.kind === 'Pod' && object.metadata.namespace === namespace && isLeaving(object),
  )
}
