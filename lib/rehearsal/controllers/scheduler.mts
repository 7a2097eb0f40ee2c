import type { Live, Ref } from '../../kube/object.mts'
import type { Node, PersistentVolumeClaim, Pod, StorageClass } from '../../kube/schema/types.mts'
import { stamp } from './naming.mts'
import { isLeaving } from './owning.mts'
import { SELECTED_NODE } from './claim.mts'
import { placeFor } from './placing.mts'
import { at, itself, KINDS, reconcile, type Controller, type World } from './world.mts'

// How long the scheduler lets a pod rest that nothing has changed for.
const RETRY = 10_000

/** Gives pods their nodes. */
export const startScheduler: Controller = (world) => {
  const waiting = (object: Live): readonly Ref[] =>
    world.store
      .list<Pod>(KINDS.Pod, object.metadata.namespace, (pod) => pod.spec?.nodeName === undefined && !isLeaving(pod))
      .flatMap(itself)
  return reconcile(world, {
    watches: [
      { kind: KINDS.Pod, concerns: (pod) => ((pod as Live<Pod>).spec?.nodeName === undefined ? itself(pod) : []) },
      { kind: KINDS.PersistentVolumeClaim, concerns: waiting },
      { kind: KINDS.Node, concerns: waiting },
    ],
    sync: (ref) => sync(world, ref),
    delay: world.stage.delays.schedule,
  })
}

function sync(world: World, ref: Ref): number | undefined {
  const { store } = world
  const pod = store.get<Pod>(ref)
  if (pod === undefined || pod.spec?.nodeName !== undefined || isLeaving(pod)) return undefined
  const claims = store.list<PersistentVolumeClaim>(KINDS.PersistentVolumeClaim, pod.metadata.namespace)
  const place = placeFor(pod, {
    nodes: store.list<Node>(KINDS.Node),
    pods: store.list<Pod>(KINDS.Pod),
    claims,
    classes: store.list<StorageClass>(KINDS.StorageClass),
  })
  if (place.state === 'refused') return refuse(world, pod, place.says)
  if (place.state === 'bind') return select(world, place.claims, place.node)
  assign(world, pod, place.node)
  return undefined
}

function refuse({ store, say, time }: World, pod: Live<Pod>, says: string): number {
  say({ about: pod, type: 'Warning', reason: 'FailedScheduling', message: says, by: 'default-scheduler' })
  const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    lastTransitionTime: (known?.status === 'False' ? known.lastTransitionTime : undefined) ?? stamp(time.now()),
    reason: 'Unschedulable',
    message: says,
  }
  store.put({ ...pod, status: { ...pod.status, phase: 'Pending', conditions: [condition] } })
  return RETRY
}

/** Has the volumes of a pod made where it is to run; it is placed when they are there. */
function select({ store }: World, claims: readonly Live<PersistentVolumeClaim>[], node: string): undefined {
  for (const claim of claims) {
    const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: node }
    store.put({ ...claim, metadata: { ...claim.metadata, annotations } })
  }
}

function assign({ store, say, time }: World, pod: Live<Pod>, node: string): void {
  const { namespace, name } = pod.metadata
  const spec = { ...(pod.spec ?? { containers: [] }), nodeName: node }
  const condition = { type: 'PodScheduled', status: 'True', lastTransitionTime: stamp(time.now()) }
  const message = `Successfully assigned ${namespace}/${name} to ${node}`
  say({ about: pod, reason: 'Scheduled', message, by: 'default-scheduler' })
  const known = store.get<Pod>(at(KINDS.Pod, namespace, name)) ?? pod
  store.put({ ...known, spec, status: { ...known.status, phase: 'Pending', conditions: [condition] } })
}
