import { DeployError } from '../error.mts'
import { judge } from '../health/judge.mts'
import { judgeNeed } from '../health/need.mts'
import type { Cause, Health, Snapshot, Subject } from '../health/health.mts'
import type { Cluster } from '../kube/cluster.mts'
import { readsOf, templateOf } from '../kube/containers.mts'
import { formatRef } from '../kube/object.mts'
import type { KubeObject, Live } from '../kube/object.mts'
import { isNotFound } from '../kube/status.mts'
import { managerOf } from '../marks.mts'
import type { Report } from '../report/report.mts'
import type { Component, SecretNeed } from '../stacks/stack.mts'
import type { Clock } from './clock.mts'
import { runGraph } from './graph.mts'
import { startTailing } from './tails.mts'
import type { Plan, Rollout, Step, Timed } from './types.mts'
import { stuckPods } from './unstick.mts'
import { openView } from './view.mts'
import type { View } from './view.mts'

/** Milliseconds between verdicts when nothing changes: some rules turn on time alone (unschedulable for 15 s). */
const TICK = 1_000

export interface RollingOut {
  cluster: Cluster
  plan: Plan
  clock: Clock
  report: Report
  /** Freezes the evidence of a failure and gives the error that is thrown for it. */
  frozen: (failure: { error: DeployError; snapshot: Snapshot }) => Promise<DeployError>
}

/**
 * Applies the plan component by component and waits until each is ready. Watches are open before the first write. Ends
 * at once where something is doomed, with its cause; where the time is up, with what was waited for.
 */
export async function rollOut(work: RollingOut): Promise<Omit<Rollout, 'requests'>> {
  const { cluster, plan, clock, report } = work
  if (plan.steps.every(({ action }) => action === 'unchanged') && isSettled(plan)) return settledRollout(work)
  await using view = await openView(cluster, plan.desired, { signal: clock.signal, say: (text) => report.note(text) })
  const run = new Run(work, view)
  try {
    await runGraph(plan.desired.components, clock.signal, (component, signal) => run.component(component, signal))
    return { timeline: run.timeline, health: run.health, snapshot: view.snapshot() }
  } catch (error) {
    const snapshot = view.snapshot()
    const failure = explained(error, run)
    throw failure instanceof DeployError ? await work.frozen({ error: failure, snapshot }) : failure
  }
}

/** What the plan read is all ready already: then a no-op needs no watch. */
function isSettled(plan: Plan): boolean {
  const snapshot = plannedSnapshot(plan)
  return plan.steps.every(
    ({ live }) => live === undefined || judge({ object: live, since: 0 }, snapshot).state === 'ready',
  )
}

function plannedSnapshot(plan: Plan): Snapshot {
  const objects = plan.steps.flatMap(({ live }) => (live === undefined ? [] : [live]))
  return { at: Date.now(), objects: [...objects, ...plan.pods], events: [], logTails: new Map() }
}

function settledRollout({ plan, report, clock }: RollingOut): Omit<Rollout, 'requests'> {
  const health = new Map<string, Health>()
  for (const { name } of plan.desired.components) {
    health.set(name, { state: 'ready', detail: 'unchanged' })
    report.component(name, { state: 'ready', detail: 'unchanged', since: clock.elapsed() })
  }
  return { timeline: [], health, snapshot: plannedSnapshot(plan) }
}

/** One rollout under way: what was applied, and how each component stands. */
class Run {
  readonly timeline: Timed[] = []
  readonly health = new Map<string, Health>()
  readonly #work: RollingOut
  readonly #view: View
  readonly #tailing: (subjects: readonly Subject[]) => void

  constructor(work: RollingOut, view: View) {
    this.#work = work
    this.#view = view
    this.#tailing = startTailing(work.cluster, view, work.clock.signal)
  }

  async component(component: Component, signal: AbortSignal): Promise<void> {
    const steps = this.#work.plan.steps.filter((step) => step.component === component.name && step.action !== 'delete')
    await this.#untilFed(component, signal)
    const subjects: Subject[] = []
    for (const step of steps) subjects.push(...(await this.#apply(step, signal)))
    await this.#untilReady(component.name, subjects, signal)
    this.timeline.push({ component: component.name, ms: Math.round(this.#work.clock.elapsed()) })
  }

  /** Pods never start before the Secrets that something else fills have every key they read (RB-11). */
  async #untilFed(component: Component, signal: AbortSignal): Promise<void> {
    const needs = needsOf(component, this.#work.plan.desired.secrets)
    for (;;) {
      const snapshot = this.#view.snapshot()
      const health = together(needs.map((need) => judgeNeed(need, snapshot)))
      if (health.state === 'ready') return
      this.health.set(component.name, health)
      this.#tell(component.name, health)
      if (health.state === 'doomed') throw new Doomed(component.name, health.cause)
      await this.#view.changed(TICK, signal)
    }
  }

  async #apply(step: Step, signal: AbortSignal): Promise<Subject[]> {
    if (step.object === undefined) return []
    if (step.action === 'unchanged') return step.live === undefined ? [] : [{ object: step.live, since: 0 }]
    if (step.action === 'replace') await this.#remove(step, signal)
    // The API server's whole seconds lie up to one second before ours.
    const since = Date.now() - 1_000
    const object = await this.#send(step, step.object, signal)
    this.#view.took(object)
    return [{ object, since }]
  }

  async #send(step: Step, object: KubeObject, signal: AbortSignal): Promise<Live> {
    const { cluster, plan } = this.#work
    const uid = step.action === 'update' ? step.live?.metadata.uid : undefined
    const options = { manager: managerOf(plan.desired.stack), force: plan.forceConflicts, signal }
    const applied = await cluster.apply(object, uid === undefined ? options : { ...options, uid })
    return applied.object
  }

  /** Deletes this very object and returns when it is gone. */
  async #remove({ ref, live }: Step, signal: AbortSignal): Promise<void> {
    if (live === undefined) return
    await this.#work.cluster.remove(ref, { uid: live.metadata.uid, propagation: 'Background', signal })
    const isThere = async (): Promise<boolean> => {
      const now = await this.#work.cluster.get(ref, { signal })
      return now?.metadata.uid === live.metadata.uid
    }
    while (await isThere()) await this.#view.changed(TICK, signal)
  }

  async #untilReady(name: string, subjects: readonly Subject[], signal: AbortSignal): Promise<void> {
    for (;;) {
      const snapshot = this.#view.snapshot()
      this.#tailing(subjects)
      const health = together(subjects.map((subject) => judge(subject, snapshot)))
      this.health.set(name, health)
      this.#tell(name, health)
      if (health.state === 'ready') return
      if (health.state === 'doomed') throw new Doomed(name, health.cause)
      await this.#unstick(subjects, snapshot, signal)
      await this.#view.changed(TICK, signal)
    }
  }

  #tell(name: string, health: Health): void {
    const since = this.#work.clock.elapsed()
    if (health.state === 'doomed') return
    const trouble =
      health.state === 'progressing' && health.trouble !== undefined
        ? ` (${health.trouble.code}: ${health.trouble.says})`
        : ''
    this.#work.report.component(name, { state: health.state, detail: `${health.detail}${trouble}`, since })
  }

  /** A pod of an earlier StatefulSet revision that cannot start is never replaced by the controller (kubernetes#67250). */
  async #unstick(subjects: readonly Subject[], snapshot: Snapshot, signal: AbortSignal): Promise<void> {
    for (const pod of stuckPods(subjects, snapshot)) {
      this.#work.report.note(
        `replacing ${formatRef(pod.ref)}: it is broken at the old revision and would block the new one`,
      )
      await this.#work.cluster
        .remove(pod.ref, { uid: pod.uid, propagation: 'Background', signal })
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
    }
  }
}

/** The declared Secrets that this component's pods read. */
function needsOf({ objects }: Component, secrets: readonly SecretNeed[]): SecretNeed[] {
  const read = objects.flatMap((object) =>
    readsOf(templateOf(object)?.spec).map(({ kind, name }) => `${kind}/${object.metadata.namespace ?? ''}/${name}`),
  )
  return secrets.filter(({ namespace, name }) => read.includes(`Secret/${namespace}/${name}`))
}

/** A component that will not become ready. */
export class Doomed extends DeployError {
  readonly component: string

  constructor(component: string, { code, says, evidence, next }: Cause) {
    super({ code, says, evidence, next })
    this.component = component
  }
}

/** A component stands as its worst object: doomed, then the first that is not ready, then ready with the most telling detail. */
export function together(healths: readonly Health[]): Health {
  const doomed = healths.find(({ state }) => state === 'doomed')
  if (doomed !== undefined) return doomed
  const open = healths.filter((health) => health.state === 'progressing')
  const telling = open.find(({ trouble }) => trouble !== undefined) ?? open[0]
  if (telling !== undefined) return telling
  const details = healths.flatMap((health) => (health.state === 'ready' && health.detail !== '' ? [health.detail] : []))
  // A Service is only ever "there"; a count says more.
  return { state: 'ready', detail: details.find((detail) => detail !== 'there') ?? 'there' }
}

/** When the time is up, what was waited for is the news: the trouble that was seen, else the steps. */
function explained(error: unknown, run: Run): unknown {
  if (!(error instanceof DeployError) || error.code !== 'out-of-time') return error
  const open = [...run.health].flatMap(([name, health]) => (health.state === 'progressing' ? [{ name, health }] : []))
  const waiting = open.map(({ name, health }) => `${name}: ${health.detail}`)
  const troubled = open.find(({ health }) => health.trouble !== undefined)
  const trouble = troubled?.health.trouble
  if (trouble === undefined) {
    const says = open.length === 0 ? error.message : `${error.message}; waiting for ${waiting.join(', ')}`
    return new DeployError({ code: 'out-of-time', says, next: error.next, evidence: waiting, cause: error })
  }
  const code = trouble.code === 'database-unreachable' || trouble.code === 'unready' ? trouble.code : 'out-of-time'
  return new DeployError({
    code,
    says: `${error.message}: ${trouble.code}: ${trouble.says}`,
    evidence: [...waiting, ...trouble.evidence],
    next: trouble.next,
    cause: error,
  })
}
