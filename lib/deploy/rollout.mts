import { DeployError } from '../error.mts'
import { judge } from '../health/judge.mts'
import { judgeNeed } from '../health/need.mts'
import { judgeReplaced } from '../health/replaced.mts'
import type { Health, Snapshot, Subject } from '../health/health.mts'
import type { Cluster } from '../kube/cluster.mts'
import { readsOf, templateOf } from '../kube/containers.mts'
import { formatRef, keyOf, refOf } from '../kube/object.mts'
import type { KubeObject, Live } from '../kube/object.mts'
import type { Job } from '../kube/schema/types.mts'
import { managerOf } from '../marks.mts'
import type { Report } from '../report/report.mts'
import type { Component, Desired, SecretNeed } from '../stacks/stack.mts'
import type { Clock } from './clock.mts'
import { Failed } from './failure.mts'
import { runGraph } from './graph.mts'
import { aboutComponent, explained, together } from './outcome.mts'
import { refusalOf } from './refusal.mts'
import { startTailing } from './tails.mts'
import type { Plan, Rollout, Step, Timed } from './types.mts'
import { isEmpty } from './types.mts'
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
    const failure = explained(error, run.health)
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
  readonly #byPods: ReadonlySet<string>
  readonly #unstuck = new Set<string>()
  /** Subjects that a snapshot has held. */
  readonly #seen = new Set<string>()

  constructor(work: RollingOut, view: View) {
    this.#work = work
    this.#view = view
    this.#byPods = shownByPods(work.plan.desired)
    this.#tailing = startTailing(work.cluster, view, work.clock.signal)
  }

  async component(component: Component, signal: AbortSignal): Promise<void> {
    const { name } = component
    const steps = this.#work.plan.steps.filter((step) => step.component === name && step.action !== 'delete')
    try {
      await this.#untilFed(component, signal)
      const subjects: Subject[] = []
      for (const step of steps) subjects.push(...(await this.#apply(step, signal)))
      await this.#untilReady(name, subjects, signal)
    } catch (error) {
      throw signal.aborted ? error : aboutComponent(name, error)
    }
    this.timeline.push({ component: name, ms: Math.round(this.#work.clock.elapsed()) })
  }

  /** Pods never start before the Secrets that something else fills have every key they read (RB-11). */
  async #untilFed(component: Component, signal: AbortSignal): Promise<void> {
    // What may not be watched is left to the kubelet, which holds such pods back as well.
    const needs = needsOf(component, this.#work.plan.desired.secrets).filter((need) => this.#view.sees(need))
    for (;;) {
      const { version } = this.#view
      const snapshot = this.#view.snapshot()
      const health = together(needs.map((need) => judgeNeed(need, snapshot)))
      if (health.state === 'ready') return
      this.#tell(component.name, health)
      await this.#view.changed(version, TICK, signal)
    }
  }

  async #apply(step: Step, signal: AbortSignal): Promise<Subject[]> {
    if (step.object === undefined) return []
    if (step.action === 'unchanged') return step.live === undefined ? [] : [{ object: step.live, since: 0 }]
    if (step.action === 'replace') await this.#remove(step, signal)
    const started = (this.#work.cluster.clock ?? Date.now)()
    const object = await this.#send(step, step.object, signal)
    const at = changedAt(object, step, managerOf(this.#work.plan.desired.stack))
    this.#view.took(object, at)
    // Times of the API server are whole seconds and lie up to one before ours.
    return [{ object, since: at ?? started - 1_000 }]
  }

  async #send(step: Step, object: KubeObject, signal: AbortSignal): Promise<Live> {
    const { cluster, plan } = this.#work
    const uid = step.action === 'update' ? step.live?.metadata.uid : undefined
    const options = { manager: managerOf(plan.desired.stack), force: plan.forceConflicts, signal }
    try {
      const applied = await cluster.apply(object, uid === undefined ? options : { ...options, uid })
      return applied.object
    } catch (error) {
      throw refusalOf(error, object)
    }
  }

  /** Deletes this very object and returns when it is gone. */
  async #remove({ ref, live }: Step, signal: AbortSignal): Promise<void> {
    if (live === undefined) return
    const { cluster } = this.#work
    await cluster.remove(ref, { uid: live.metadata.uid, propagation: 'Background', signal })
    for (;;) {
      const { version } = this.#view
      const now = await cluster.get(ref, { signal })
      if (now?.metadata.uid !== live.metadata.uid) return
      await this.#view.changed(version, TICK, signal)
    }
  }

  async #untilReady(name: string, subjects: readonly Subject[], signal: AbortSignal): Promise<void> {
    for (;;) {
      const { version } = this.#view
      const snapshot = this.#view.snapshot()
      this.#tailing(subjects)
      const health = together(subjects.map((subject) => this.#judge(subject, snapshot)))
      this.#tell(name, health)
      if (health.state === 'ready') return
      await this.#refuseGone(subjects, snapshot, signal)
      await this.#unstick(subjects, snapshot, signal)
      await this.#view.changed(version, TICK, signal)
    }
  }

  #judge(subject: Subject, snapshot: Snapshot): Health {
    const health = judge(subject, snapshot)
    const isKnownByPods = this.#byPods.has(keyOf(refOf(subject.object)))
    return health.state === 'ready' && isKnownByPods ? judgeReplaced(subject, snapshot, health) : health
  }

  /** What somebody deletes meanwhile would be waited for to the end. A list that is older than an apply may not show it yet. */
  async #refuseGone(subjects: readonly Subject[], { objects }: Snapshot, signal: AbortSignal): Promise<void> {
    const here = new Set(objects.map(({ metadata }) => metadata.uid))
    for (const { object } of subjects.filter(staysBy)) {
      const { uid } = object.metadata
      if (here.has(uid)) this.#seen.add(uid)
      // What is not watched is in no snapshot.
      else if (this.#seen.has(uid)) {
        const now = await this.#work.cluster.get(refOf(object), { signal })
        if (now?.metadata.uid !== uid) throw goneMeanwhile(object)
      }
    }
  }

  /** Notes and reports how a component stands; throws its cause where it is doomed. */
  #tell(name: string, health: Health): void {
    this.health.set(name, health)
    if (health.state === 'doomed') throw new Failed(name, health.cause)
    const { trouble } = health.state === 'progressing' ? health : {}
    const detail = trouble === undefined ? health.detail : `${health.detail} (${trouble.code}: ${trouble.says})`
    this.#work.report.component(name, { state: health.state, detail, since: this.#work.clock.elapsed() })
  }

  /** A pod of an earlier StatefulSet revision that cannot start is never replaced by the controller (kubernetes#67250). */
  async #unstick(subjects: readonly Subject[], snapshot: Snapshot, signal: AbortSignal): Promise<void> {
    const { cluster, plan, report } = this.#work
    // An empty plan holds no lock, so it may not write.
    if (isEmpty(plan)) return
    for (const { ref, uid } of stuckPods(subjects, snapshot).filter((pod) => !this.#unstuck.has(pod.uid))) {
      this.#unstuck.add(uid)
      report.note(`replacing ${formatRef(ref)}: it is broken at the old revision and would block the new one`)
      await cluster.remove(ref, { uid, propagation: 'Background', signal })
    }
  }
}

/** The workloads whose answers do not tell which version gave them: that their pods are the new ones is all the proof there is. */
function shownByPods({ proofs, home }: Desired): Set<string> {
  const workloads = proofs.flatMap((proof) => {
    if (proof.kind === 'backed') return [proof.workload]
    return proof.kind === 'serves' && proof.fields === undefined && proof.backedBy !== undefined
      ? [proof.backedBy.workload]
      : []
  })
  return new Set(workloads.map((ref) => keyOf({ ...ref, namespace: ref.namespace ?? home })))
}

/** A finished Job may be taken away by its own time to live. */
function staysBy({ object }: Subject): boolean {
  return (object as Live<Job>).spec?.ttlSecondsAfterFinished === undefined
}

function goneMeanwhile(object: Live): DeployError {
  return new DeployError({
    code: 'ground-moved',
    says: `Cannot go on: ${formatRef(refOf(object))} was deleted by somebody else while it was rolled out`,
    next: 'deploy again: it makes what is missing anew',
  })
}

/** The declared Secrets that this component's pods read. */
function needsOf({ objects }: Component, secrets: readonly SecretNeed[]): SecretNeed[] {
  const read = objects.flatMap((object) =>
    readsOf(templateOf(object)?.spec).map(({ kind, name }) => `${kind}/${object.metadata.namespace ?? ''}/${name}`),
  )
  return secrets.filter(({ namespace, name }) => read.includes(`Secret/${namespace}/${name}`))
}

/** When the server wrote what an apply changed, by its own clock in whole seconds; undefined where it changed nothing. */
function changedAt({ metadata }: Live, { live }: Step, manager: string): number | undefined {
  if (live?.metadata.resourceVersion === metadata.resourceVersion) return undefined
  const own = metadata.managedFields?.find(
    (entry) => entry.manager === manager && entry.operation === 'Apply' && entry.subresource === undefined,
  )
  const at = Date.parse(own?.time ?? '')
  return Number.isNaN(at) ? undefined : at
}
