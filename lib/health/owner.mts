import { isDeepStrictEqual } from 'node:util'
import { kindKey, type KubeObject, type Live } from '../kube/object.mts'
import type { Snapshot } from './health.mts'
import { list, text, type Deployment, type Pod, type ReplicaSet } from './seen.mts'

const REVISION = 'deployment.kubernetes.io/revision'
const TEMPLATE_HASH = 'pod-template-hash'

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

/**
 * The ReplicaSet of the Deployment's own revision, which alone says how the newest template fares. With Recreate the
 * controller has seen the new template, and the revision is still that of the old one, until the last old pod is gone:
 * then there is none yet, and what the old pods suffer from is nobody's business.
 */
export function newestSetOf(snapshot: Snapshot, deployment: Deployment): ReplicaSet | undefined {
  const revision = deployment.metadata.annotations?.[REVISION]
  if (revision === undefined) return undefined
  const set = setsOf(snapshot, deployment).find((one) => one.metadata.annotations?.[REVISION] === revision)
  const isOld = deployment.spec?.strategy?.type === 'Recreate' && set !== undefined && !isOfTemplate(set, deployment)
  return isOld ? undefined : set
}

/** Whether pods of this set are what the Deployment asks for now; the controller adds nothing but its hash. */
function isOfTemplate({ spec: set }: ReplicaSet, { spec: now }: Deployment): boolean {
  const { [TEMPLATE_HASH]: _hash, ...labels } = set?.template?.metadata?.labels ?? {}
  const template = { ...set?.template, metadata: { ...set?.template?.metadata, labels } }
  const wanted = {
    ...now?.template,
    metadata: { ...now?.template?.metadata, labels: now?.template?.metadata?.labels ?? {} },
  }
  return isDeepStrictEqual(template, wanted)
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
