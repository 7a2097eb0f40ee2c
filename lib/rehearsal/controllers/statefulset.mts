import type { Live, Ref } from '../../kube/object.mts'
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../kube/schema/types.mts'
import { refusalOf } from './admission.mts'
import { controllerIn, isFinished, isLeaving, ownedBy, remove } from './owning.mts'
import { claimsFor, newPod, ordinalOf, type Ordinal } from './ordinal.mts'
import { nextOf, setStatus, type Members } from './ordered.mts'
import { revisionsOf, templateOf, type Revisions } from './setrevision.mts'
import { at, itself, KINDS, reconcile, type Controller, type World } from './world.mts'

const BY = 'statefulset-controller'
const FIRST_RETRY = 5

/** Keeps the pods of StatefulSets, one after another, each with its claims. */
export const startStatefulSets: Controller = (world) => {
  const failures = new Map<string, number>()
  return reconcile(world, {
    watches: [
      { kind: KINDS.StatefulSet, concerns: itself },
      { kind: KINDS.Pod, concerns: controllerIn(KINDS.StatefulSet) },
    ],
    sync: (ref) => sync(world, ref, failures),
  })
}

function sync(world: World, ref: Ref, failures: Map<string, number>): number | undefined {
  const live = world.store.get<StatefulSet>(ref)
  if (live === undefined || isLeaving(live)) return undefined
  const revisions = revisionsOf(world, live)
  const next = nextOf(live, membersOf(world, live), revisions, world.time.now())
  const refused = act(world, live, next, revisions)
  const known = world.store.get<StatefulSet>(ref) ?? live
  const status = setStatus(known, membersOf(world, live), revisions, world.time.now())
  world.store.put({ ...known, status })
  const times = refused ? (failures.get(live.metadata.uid) ?? 0) + 1 : 0
  failures.set(live.metadata.uid, times)
  return times === 0 ? undefined : Math.min(FIRST_RETRY * 2 ** (times - 1), 1_000_000)
}

function membersOf(world: World, live: Live<StatefulSet>): Members {
  const pods = ownedBy<Pod>(world, KINDS.Pod, live)
  return new Map(pods.map((pod) => [ordinalOf(pod), pod]))
}

/** Does what is next; whether the API server refused it. */
function act(
  world: World,
  live: Live<StatefulSet>,
  { create, removes }: ReturnType<typeof nextOf>,
  revisions: Revisions,
): boolean {
  for (const pod of removes) shed(world, live, pod)
  return create.map((ordinal) => made(world, live, ordinal, revisions)).includes(false)
}

function shed(world: World, live: Live<StatefulSet>, pod: Live<Pod>): void {
  remove(world, pod)
  if (isFinished(pod)) return
  const message = `Delete Pod ${pod.metadata.name} in StatefulSet ${live.metadata.name} successful`
  world.say({ about: live, reason: 'SuccessfulDelete', message, by: BY })
}

function made(world: World, live: Live<StatefulSet>, { ordinal, revision }: Ordinal, revisions: Revisions): boolean {
  const { store, say, stage } = world
  const template = templateOf(revisions, revision)
  const pod = newPod(live, { ordinal, revision }, template)
  const { name } = pod.metadata
  makeClaims(world, live, pod)
  const refused = refusalOf(pod, store, stage)
  const whose = `Pod ${name} in StatefulSet ${live.metadata.name}`
  if (refused !== undefined) {
    const message = `Create ${whose} failed error: ${refused}`
    say({ about: live, type: 'Warning', reason: 'FailedCreate', message, by: BY })
    return false
  }
  store.put(pod)
  say({ about: live, reason: 'SuccessfulCreate', message: `Create ${whose} successful`, by: BY })
  return true
}

/** Claims outlive their pods, and their set. */
function makeClaims({ store, say }: World, live: Live<StatefulSet>, pod: Pod): void {
  for (const claim of claimsFor(live, pod)) {
    const { namespace, name } = claim.metadata
    if (store.get<PersistentVolumeClaim>(at(KINDS.PersistentVolumeClaim, namespace, name)) !== undefined) continue
    store.put(claim)
    const message = `Create Claim ${name} Pod ${pod.metadata.name} in StatefulSet ${live.metadata.name} success`
    say({ about: live, reason: 'SuccessfulCreate', message, by: BY })
  }
}
