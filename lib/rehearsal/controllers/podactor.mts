import { refOf, type Live } from '../../kube/object.mts'
import type { Pod } from '../../kube/schema/types.mts'
import type { Actor, Ended } from './actor.mts'
import { endContainer } from './ending.mts'
import { volumeLack } from './lacks.mts'
import { momentOf, stamp } from './naming.mts'
import { isFinished, isLeaving, type Meta } from './owning.mts'
import { podStatus } from './podstatus.mts'
import { probe } from './probing.mts'
import { cancelPending, newRun, type Run } from './run.mts'
import type { VolumeTrouble } from '../stage/stage.mts'
import { startContainer } from './starting.mts'
import type { World } from './world.mts'

// How often a volume that cannot be mounted is tried again: doubling, up to two minutes (volume manager's backoff).
const FIRST_MOUNT = 500
const LONGEST_MOUNT = 122_000
const KILLED = 137

/** Where a pod runs. */
export interface Place {
  pulled: Set<string>
  hostIP: string
  podIP: string
}

/** One pod from its arrival on a node to its removal. */
export class PodActor implements Actor {
  readonly world: World
  readonly pulled: Set<string>
  readonly runs: readonly Run[]
  readonly #ref
  readonly #uid: string
  readonly #place: Place
  readonly #startTime: string
  #pending = new Set<() => void>()
  #hasSandbox = false
  #stopping = false

  constructor(world: World, pod: Live<Pod>, place: Place) {
    this.world = world
    this.pulled = place.pulled
    this.#ref = refOf(pod)
    this.#uid = pod.metadata.uid
    this.#place = place
    this.#startTime = stamp(world.time.now())
    const { initContainers = [], containers = [] } = pod.spec ?? {}
    this.runs = [...initContainers.map((one) => newRun(one, 'init')), ...containers.map((one) => newRun(one, 'main'))]
    const reason = initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating'
    for (const run of this.runs) run.state = { waiting: { reason } }
  }

  /** Takes the pod on. */
  begin(): void {
    this.publish()
    this.#mount(FIRST_MOUNT)
  }

  pod(): Live<Pod> | undefined {
    const pod = this.world.store.get<Pod>(this.#ref)
    return pod?.metadata.uid === this.#uid ? pod : undefined
  }

  podIP(): string {
    return this.#place.podIP
  }

  isStopping(): boolean {
    return this.#stopping
  }

  publish(): void {
    const pod = this.pod()
    if (pod === undefined) return
    const known = {
      containers: this.runs,
      hasSandbox: this.#hasSandbox,
      hostIP: this.#place.hostIP,
      startTime: this.#startTime,
      ...(this.#hasSandbox ? { podIP: this.#place.podIP } : {}),
    }
    this.world.store.put({ ...pod, status: podStatus(pod, known, this.world.time.now()) })
  }

  say(run: Run | undefined, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const about = this.pod()
    if (about === undefined) return
    const list = run?.role === 'init' ? 'initContainers' : 'containers'
    const field = run === undefined ? {} : { field: `spec.${list}{${run.name}}` }
    this.world.say({ about, type, reason, message, by: 'kubelet', ...field })
  }

  later(ms: number, act: () => void, run?: Run): void {
    const cancel = this.world.time.after(ms, () => {
      this.#pending.delete(cancel)
      act()
    })
    this.#pending.add(cancel)
    run?.pending.push(cancel)
  }

  start(run: Run): void {
    cancelPending(run)
    startContainer(this, run)
  }

  started(run: Run): void {
    if (run.role === 'main') probe(this, run)
  }

  end(run: Run, ended: Ended): void {
    endContainer(this, run, ended)
  }

  next(): void {
    const pod = this.pod()
    if (pod === undefined || this.#stopping || isFinished(pod)) return
    const isDone = ({ state }: Run): boolean => state.terminated?.exitCode === 0
    const init = this.runs.find((run) => run.role === 'init' && !isDone(run))
    if (init !== undefined) return init.runs === 0 ? this.start(init) : undefined
    for (const run of this.runs) if (run.role === 'main' && run.runs === 0) this.start(run)
    this.publish()
  }

  /** Ends the containers as a deletion does: preStop, SIGTERM, and SIGKILL when the grace period is over. */
  stop(): void {
    const pod = this.pod()
    if (pod === undefined || this.#stopping) return
    this.#stopping = true
    for (const cancel of this.#pending) cancel()
    const { deletionGracePeriodSeconds: seconds = 30 } = pod.metadata as Meta
    const until = momentOf(pod.metadata.deletionTimestamp) ?? 0
    const grace = Math.max(0, Math.min(seconds * 1000, until - this.world.time.now() + 1000))
    const running = this.runs.filter((run) => run.state.running !== undefined)
    for (const run of running) {
      this.say(run, 'Normal', 'Killing', `Stopping container ${run.name}`)
      const { takes, code } = leaveOf(run, grace)
      this.later(takes, () => this.#ended(run, code))
    }
    if (running.length === 0) this.later(this.world.stage.delays.remove, () => this.#remove())
  }

  [Symbol.dispose](): void {
    this.#stopping = true
    for (const cancel of this.#pending) cancel()
  }

  #ended(run: Run, code: number): void {
    this.end(run, { code })
    if (this.runs.some(({ state }) => state.running !== undefined)) return
    this.later(this.world.stage.delays.remove, () => this.#remove())
  }

  #remove(): void {
    if (this.pod() !== undefined) this.world.store.drop(this.#ref)
  }

  #mount(next: number): void {
    const pod = this.pod()
    if (pod === undefined || isLeaving(pod)) return
    const staged = unmountable(pod, this.world.stage.volumes)
    const lack = staged?.says ?? volumeLack(pod, this.world.store)
    if (lack === undefined) return this.later(this.world.stage.delays.sandbox, () => this.#connect())
    this.say(undefined, 'Warning', staged?.reason ?? 'FailedMount', lack)
    this.later(next, () => this.#mount(Math.min(next * 2, LONGEST_MOUNT)))
  }

  #connect(): void {
    this.#hasSandbox = true
    this.publish()
    this.next()
  }
}

function unmountable({ spec }: Pod, troubles: readonly VolumeTrouble[]): VolumeTrouble | undefined {
  const claims = (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])
  return troubles.find(({ claim }) => claims.some((name) => claim?.test(name) ?? true))
}

function leaveOf({ spec, script }: Run, grace: number): { takes: number; code: number } {
  const { preStop } = spec.lifecycle ?? {}
  const slept = /\bsleep (\d+)/.exec(preStop?.exec?.command?.join(' ') ?? '')?.[1]
  const before = (preStop?.sleep?.seconds ?? Number(slept ?? 0)) * 1000
  const stop = script.stop ?? { takes: 100 }
  if (stop === 'ignores' || before + stop.takes >= grace) return { takes: grace, code: KILLED }
  return { takes: before + stop.takes, code: stop.code ?? 0 }
}
