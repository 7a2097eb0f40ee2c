import type { Kind, KubeObject, Live, ObjectMeta, Ref } from '../../kube/object.mts'
import type { Pod } from '../../kube/schema/types.mts'
import { momentOf, stamp } from './naming.mts'
import { at, KINDS, type World } from './world.mts'

/** What the API knows of an object beyond what this project sends. */
export type Meta = ObjectMeta & { generateName?: string; deletionGracePeriodSeconds?: number }

type Owner = NonNullable<ObjectMeta['ownerReferences']>[number]

/** The reference by which a controller owns what it makes. */
export function ownerOf(object: Live): Owner {
  const { apiVersion, kind, metadata } = object
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true }
  return owner
}

/** The controller that owns this object, if it is of this kind. */
export function controllerIn(kind: Kind): (object: KubeObject) => readonly Ref[] {
  return ({ metadata }) =>
    (metadata.ownerReferences ?? [])
      .filter((owner) => owner.kind === kind.kind)
      .map((owner) => at(kind, metadata.namespace, owner.name))
}

/** The objects of a kind that this one made. */
export function ownedBy<T extends KubeObject>({ store }: World, kind: Kind, owner: Live): Live<T>[] {
  const { uid, namespace } = owner.metadata
  return store.list<T>(
    kind,
    namespace,
    ({ metadata }) => metadata.ownerReferences?.some((one) => one.uid === uid) ?? false,
  )
}

export function isLeaving({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined
}

export function isFinished({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

/** A pod that counts: it neither leaves nor has ended. */
export function isActive(pod: Pod): boolean {
  return !isLeaving(pod) && !isFinished(pod)
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

/** Whether a pod has been ready for so many seconds. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status !== 'True') return false
  return minReadySeconds === 0 || now - (momentOf(ready.lastTransitionTime) ?? now) >= minReadySeconds * 1000
}

/** Deletes as the API server does on request: a pod on a node is asked to leave, what has finalizers waits for them. */
export function remove({ store, time }: World, object: Live): void {
  if (isLeaving(object)) return
  const grace = graceOf(object)
  if (grace === 0 && (object.metadata.finalizers ?? []).length === 0)
    return store.drop(at(object, object.metadata.namespace, object.metadata.name))
  const metadata: Meta = {
    ...object.metadata,
    deletionTimestamp: stamp(time.now() + grace * 1000),
    deletionGracePeriodSeconds: grace,
    generation: (object.metadata.generation ?? 1) + 1,
  }
  store.put({ ...object, metadata })
}

function graceOf(object: Live): number {
  if (object.kind !== KINDS.Pod.kind) return 0
  const pod = object as Live<Pod>
  if (pod.spec?.nodeName === undefined || isFinished(pod)) return 0
  return pod.spec.terminationGracePeriodSeconds ?? 30
}
