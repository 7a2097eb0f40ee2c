import type { Live, Ref } from '../../kube/object.mts'
import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '../../kube/schema/types.mts'
import { refusalOf } from './admission.mts'
import { momentOf, stamp } from './naming.mts'
import {
  controllerIn,
  isActive,
  isAvailable,
  isFinished,
  isLeaving,
  isReady,
  ownedBy,
  ownerOf,
  remove,
} from './owning.mts'
import { podFrom } from './template.mts'
import { itself, KINDS, reconcile, type Controller, type World } from './world.mts'

const BY = 'replicaset-controller'
// client-go's rate limiter of failed syncs doubles from here.
const FIRST_RETRY = 5
const LONGEST_RETRY = 1_000_000

/** Keeps as many pods as each ReplicaSet asks for. */
export const startReplicaSets: Controller = (world) => {
  const failures = new Map<string, number>()
  return reconcile(world, {
    watches: [
      { kind: KINDS.ReplicaSet, concerns: itself },
      { kind: KINDS.Pod, concerns: controllerIn(KINDS.ReplicaSet) },
    ],
    sync: (ref) => sync(world, ref, failures),
  })
}

function sync(world: World, ref: Ref, failures: Map<string, number>): number | undefined {
  const live = world.store.get<ReplicaSet>(ref)
  if (live === undefined || isLeaving(live)) return undefined
  const want = live.spec?.replicas ?? 0
  const active = ownedBy<Pod>(world, KINDS.Pod, live).filter(isActive)
  const refused = active.length < want ? create(world, live, want - active.length) : undefined
  for (const pod of leastWorth(active).slice(0, Math.max(0, active.length - want))) shed(world, live, pod)
  const pods = ownedBy<Pod>(world, KINDS.Pod, live)
  const status = statusOf(live, pods, refused, world.time.now())
  const known = world.store.get<ReplicaSet>(ref) ?? live
  world.store.put({ ...known, status })
  const times = refused === undefined ? 0 : (failures.get(live.metadata.uid) ?? 0) + 1
  failures.set(live.metadata.uid, times)
  return times === 0
    ? becomesAvailable(live, pods, world.time.now())
    : Math.min(FIRST_RETRY * 2 ** (times - 1), LONGEST_RETRY)
}

/** Makes pods until one is refused; the refusal's words. */
function create({ store, say, suffix, stage }: World, live: Live<ReplicaSet>, count: number): string | undefined {
  for (let made = 0; made < count; made += 1) {
    const base = `${live.metadata.name}-`
    const pod = podFrom(live.spec?.template, {
      name: `${base}${suffix()}`,
      generateName: base,
      namespace: live.metadata.namespace ?? '',
      ownerReferences: [ownerOf(live)],
    })
    const refused = refusalOf(pod, store, stage)
    if (refused !== undefined) {
      say({ about: live, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${refused}`, by: BY })
      return refused
    }
    store.put(pod)
    say({ about: live, reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}`, by: BY })
  }
  return undefined
}

function shed(world: World, live: Live<ReplicaSet>, pod: Live<Pod>): void {
  remove(world, pod)
  const message = `Deleted pod: ${pod.metadata.name}`
  world.say({ about: live, reason: 'SuccessfulDelete', message, by: BY })
}

/** Which pods go first: unplaced, pending, not ready, then the youngest (controller.ActivePods). */
function leastWorth(pods: readonly Live<Pod>[]): Live<Pod>[] {
  const worth = (pod: Pod): number =>
    (pod.spec?.nodeName === undefined ? 0 : 4) + (pod.status?.phase === 'Running' ? 2 : 0) + (isReady(pod) ? 1 : 0)
  const age = (pod: Pod): number => momentOf(pod.metadata.creationTimestamp) ?? 0
  return pods.toSorted((a, b) => worth(a) - worth(b) || age(b) - age(a))
}

function statusOf(
  live: Live<ReplicaSet>,
  pods: readonly Live<Pod>[],
  refused: string | undefined,
  now: number,
): ReplicaSetStatus {
  const active = pods.filter(isActive)
  const ready = active.filter(isReady).length
  const available = active.filter((pod) => isAvailable(pod, live.spec?.minReadySeconds ?? 0, now)).length
  const failure = failureOf(live, refused, now)
  return {
    replicas: active.length,
    ...(active.length === 0 ? {} : { fullyLabeledReplicas: active.length }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    terminatingReplicas: pods.filter((pod) => isLeaving(pod) && !isFinished(pod)).length,
    observedGeneration: live.metadata.generation ?? 1,
    ...(failure === undefined ? {} : { conditions: [failure] }),
  }
}

// The first refusal's words stay: the condition is only set anew where it was not there.
function failureOf(live: Live<ReplicaSet>, refused: string | undefined, now: number): ReplicaSetCondition | undefined {
  if (refused === undefined) return undefined
  const known = live.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
  if (known !== undefined) return known
  const time = stamp(now)
  return { type: 'ReplicaFailure', status: 'True', lastTransitionTime: time, reason: 'FailedCreate', message: refused }
}

function becomesAvailable(live: ReplicaSet, pods: readonly Pod[], now: number): number | undefined {
  const least = live.spec?.minReadySeconds ?? 0
  const waits = least > 0 && pods.some((pod) => isReady(pod) && !isAvailable(pod, least, now))
  return waits ? 1_000 : undefined
}
