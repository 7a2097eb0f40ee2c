import { refOf, type Live, type Ref } from '../../kube/object.mts'
import type { Deployment, Pod, ReplicaSet } from '../../kube/schema/types.mts'
import { controllerIn, isFinished, isLeaving, ownedBy, remove } from './owning.mts'
import { deploymentStatus, waitsFor } from './progress.mts'
import { newestRevision, newSet, REVISION, sameTemplate, withRevision } from './revision.mts'
import { scaling, type Sets } from './rolling.mts'
import { itself, KINDS, reconcile, type Controller, type World } from './world.mts'

/** Rolls Deployments out by their ReplicaSets. */
export const startDeployments: Controller = (world) =>
  reconcile(world, {
    watches: [
      { kind: KINDS.Deployment, concerns: itself },
      { kind: KINDS.ReplicaSet, concerns: controllerIn(KINDS.Deployment) },
      { kind: KINDS.Pod, concerns: (pod) => ofPod(world, pod) },
    ],
    sync: (ref) => sync(world, ref),
  })

// Recreate waits for old pods, of which a ReplicaSet's status does not tell the last one.
function ofPod({ store }: World, pod: Live): readonly Ref[] {
  const [set] = controllerIn(KINDS.ReplicaSet)(pod)
  const owner = set === undefined ? undefined : store.get<ReplicaSet>(set)
  return owner === undefined ? [] : controllerIn(KINDS.Deployment)(owner)
}

function sync(world: World, ref: Ref): number | undefined {
  const live = world.store.get<Deployment>(ref)
  if (live === undefined || isLeaving(live)) return undefined
  const sets = setsOf(world, live)
  const current = sets.current ?? create(world, live, sets)
  const rolled = current === undefined ? sets : { ...sets, current }
  const scaled = scale(world, live, rolled)
  const status = deploymentStatus(live, scaled, world.time.now())
  const known = world.store.get<Deployment>(ref) ?? live
  world.store.put({ ...known, status })
  prune(world, live, scaled)
  return waitsFor(live, status, world.time.now())
}

function setsOf(world: World, live: Live<Deployment>): Sets {
  const all = ownedBy<ReplicaSet>(world, KINDS.ReplicaSet, live).filter((set) => !isLeaving(set))
  const byAge = all.toSorted((a, b) => revisionOf(a) - revisionOf(b))
  const current = byAge.find((set) => sameTemplate(set, live))
  return { current, old: byAge.filter((set) => set !== current) }
}

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[REVISION] ?? 0)
}

/** The ReplicaSet of a template that is new; Recreate makes it once the last old pod is gone. */
function create(world: World, live: Live<Deployment>, sets: Sets): Live<ReplicaSet> | undefined {
  if (live.spec?.paused === true) return undefined
  if (live.spec?.strategy?.type === 'Recreate' && hasPods(world, sets)) return undefined
  const made = newSet(live, sets)
  const set = world.store.put<ReplicaSet>(made)
  const count = made.spec?.replicas ?? 0
  if (count > 0) sayScaled(world, live, set, 0, count)
  return set
}

function hasPods(world: World, { old }: Sets): boolean {
  return old.some((set) => ownedBy<Pod>(world, KINDS.Pod, set).some((pod) => !isFinished(pod)))
}

/** Writes what the strategy asks of each set, and the revision that the newest one bears. */
function scale(world: World, live: Live<Deployment>, sets: Sets): Sets {
  const wanted = live.spec?.paused === true ? new Map<string, number>() : scaling(live, sets)
  const put = (set: Live<ReplicaSet>): Live<ReplicaSet> => scaleOne(world, live, set, wanted.get(set.metadata.uid))
  const old = sets.old.map(put)
  if (sets.current === undefined) return { current: undefined, old }
  const newest = withRevision(sets.current, newestRevision(old) + 1)
  const current = put(newest === sets.current ? newest : world.store.put(newest))
  const revision = current.metadata.annotations?.[REVISION] ?? '1'
  const known = world.store.get<Deployment>(refOf(live)) ?? live
  const annotations = { ...known.metadata.annotations, [REVISION]: revision }
  world.store.put({ ...known, metadata: { ...known.metadata, annotations } })
  return { current, old }
}

function scaleOne(
  world: World,
  live: Live<Deployment>,
  set: Live<ReplicaSet>,
  to: number | undefined,
): Live<ReplicaSet> {
  const from = set.spec?.replicas ?? 0
  if (to === undefined || to === from || set.spec === undefined) return set
  const generation = (set.metadata.generation ?? 1) + 1
  sayScaled(world, live, set, from, to)
  return world.store.put({ ...set, metadata: { ...set.metadata, generation }, spec: { ...set.spec, replicas: to } })
}

function sayScaled({ say }: World, about: Live<Deployment>, set: ReplicaSet, from: number, to: number): void {
  const way = to > from ? 'up' : 'down'
  const message = `Scaled ${way} replica set ${set.metadata.name} from ${from} to ${to}`
  say({ about, reason: 'ScalingReplicaSet', message, by: 'deployment-controller' })
}

/** Old sets beyond the history that is to be kept, once nothing runs in them. */
function prune(world: World, live: Live<Deployment>, { old, current }: Sets): void {
  if ((current?.status?.availableReplicas ?? 0) < (live.spec?.replicas ?? 1)) return
  const empty = old.filter((set) => set.spec?.replicas === 0 && (set.status?.replicas ?? 0) === 0)
  const most = live.spec?.revisionHistoryLimit ?? 10
  for (const set of empty.slice(0, Math.max(0, old.length - most))) remove(world, set)
}
