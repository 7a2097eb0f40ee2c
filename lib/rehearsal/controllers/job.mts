import type { Live, Ref } from '../../kube/object.mts'
import type { Job, Pod } from '../../kube/schema/types.mts'
import { refusalOf } from './admission.mts'
import { attemptsOf, endOf, jobStatus, type Attempts } from './attempts.mts'
import { controllerIn, isLeaving, ownedBy, ownerOf, remove } from './owning.mts'
import { podFrom } from './template.mts'
import { itself, KINDS, reconcile, type Controller, type World } from './world.mts'

const BY = 'job-controller'
const FIRST_RETRY = 1_000

/** Runs Jobs until they have succeeded, or failed too often. */
export const startJobs: Controller = (world) => {
  const failures = new Map<string, number>()
  return reconcile(world, {
    watches: [
      { kind: KINDS.Job, concerns: itself },
      { kind: KINDS.Pod, concerns: controllerIn(KINDS.Job) },
    ],
    sync: (ref) => sync(world, ref, failures),
    // The job controller gathers what pods say for a second.
    delay: world.stage.delays.create,
  })
}

function sync(world: World, ref: Ref, failures: Map<string, number>): number | undefined {
  const { store, time } = world
  const live = store.get<Job>(ref)
  if (live === undefined || isLeaving(live) || isOver(live) || live.spec?.suspend === true) return undefined
  const attempts = attemptsOf(live, ownedBy<Pod>(world, KINDS.Pod, live), time.now())
  const end = endOf(live, attempts, time.now())
  if (end !== undefined) return finish(world, live, attempts, end)
  const refused = attempts.missing > 0 && attempts.waits <= 0 ? create(world, live, attempts.missing) : false
  const now = attemptsOf(live, ownedBy<Pod>(world, KINDS.Pod, live), time.now())
  store.put({ ...(store.get<Job>(ref) ?? live), status: jobStatus(live, now, undefined, time.now()) })
  const times = refused ? (failures.get(live.metadata.uid) ?? 0) + 1 : 0
  failures.set(live.metadata.uid, times)
  if (times > 0) return FIRST_RETRY * 2 ** (times - 1)
  return soonest([attempts.missing > 0 ? attempts.waits : 0, deadlineIn(live, time.now())])
}

function isOver({ status }: Job): boolean {
  return status?.conditions?.some((one) => /^(Complete|Failed)$/.test(one.type) && one.status === 'True') ?? false
}

function soonest(waits: readonly number[]): number | undefined {
  const ahead = waits.filter((ms) => ms > 0)
  return ahead.length === 0 ? undefined : Math.min(...ahead)
}

function deadlineIn({ spec, status }: Job, now: number): number {
  if (spec?.activeDeadlineSeconds === undefined) return 0
  const began = status?.startTime === undefined ? now : Date.parse(status.startTime)
  return Math.max(1, began + spec.activeDeadlineSeconds * 1000 - now)
}

/** Makes the pods that are missing; whether the API server refused one. */
function create({ store, say, suffix, stage }: World, live: Live<Job>, count: number): boolean {
  const { name, namespace = '', uid } = live.metadata
  for (let made = 0; made < count; made += 1) {
    const pod = podFrom(live.spec?.template, {
      name: `${name}-${suffix()}`,
      generateName: `${name}-`,
      namespace,
      labels: {
        'batch.kubernetes.io/controller-uid': uid,
        'batch.kubernetes.io/job-name': name,
        'controller-uid': uid,
        'job-name': name,
      },
      ownerReferences: [ownerOf(live)],
    })
    const refused = refusalOf(pod, store, stage)
    if (refused !== undefined) {
      say({ about: live, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${refused}`, by: BY })
      return true
    }
    store.put(pod)
    say({ about: live, reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}`, by: BY })
  }
  return false
}

function finish(
  world: World,
  live: Live<Job>,
  attempts: Attempts,
  end: NonNullable<ReturnType<typeof endOf>>,
): undefined {
  for (const pod of attempts.active) remove(world, pod)
  const { store, say, time } = world
  store.put({ ...live, status: jobStatus(live, { ...attempts, active: [] }, end, time.now()) })
  if (end.state === 'complete') say({ about: live, reason: 'Completed', message: 'Job completed', by: BY })
  else say({ about: live, type: 'Warning', reason: end.reason, message: end.message, by: BY })
}
