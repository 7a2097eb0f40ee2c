import type { ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from '../../kube/schema/types.mts'
import { stamp } from './naming.mts'

/** A container as the kubelet knows it. */
export interface Seen {
  name: string
  image: string
  role: 'init' | 'main'
  state: ContainerState
  lastState: ContainerState
  restartCount: number
  ready: boolean
  started: boolean
  containerID?: string | undefined
}

export interface Known {
  containers: readonly Seen[]
  /** The pod's network stands. */
  hasSandbox: boolean
  podIP?: string | undefined
  hostIP: string
  startTime: string
}

type Phase = NonNullable<PodStatus['phase']>

/** A pod's status as the kubelet publishes it; a condition that says the same keeps its time. */
export function podStatus(pod: Pod, known: Known, now: number): PodStatus {
  const { containers, podIP, hostIP, startTime } = known
  const phase = phaseOf(pod, containers)
  const inits = containers.filter(({ role }) => role === 'init')
  const generation = pod.metadata.generation ?? 1
  const told = conditionsOf(known, phase)
  const before = pod.status?.conditions ?? []
  return {
    observedGeneration: generation,
    phase,
    conditions: told.map((condition) => timed(condition, before, generation, now)),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP === undefined ? {} : { podIP, podIPs: [{ ip: podIP }] }),
    startTime,
    ...(inits.length === 0 ? {} : { initContainerStatuses: inits.map(statusOf) }),
    containerStatuses: containers.filter(({ role }) => role === 'main').map(statusOf),
  }
}

function statusOf(seen: Seen): ContainerStatus {
  const { name, state, lastState, ready, restartCount, image, containerID, started } = seen
  return {
    name,
    state,
    lastState,
    ready,
    restartCount,
    image,
    imageID: containerID === undefined ? '' : image,
    ...(containerID === undefined ? {} : { containerID }),
    started,
  }
}

const hasRun = ({ state, lastState }: Seen): boolean =>
  state.running !== undefined || state.terminated !== undefined || lastState.terminated !== undefined

const isDone = ({ state }: Seen): boolean => state.terminated?.exitCode === 0

function phaseOf(pod: Pod, containers: readonly Seen[]): Phase {
  const inits = containers.filter(({ role }) => role === 'init')
  const mains = containers.filter(({ role }) => role === 'main')
  const policy = pod.spec?.restartPolicy ?? 'Always'
  const hasFailed = (seen: Seen): boolean => seen.state.terminated !== undefined && !isDone(seen)
  if (policy === 'Never' && inits.some(hasFailed)) return 'Failed'
  if (!inits.every(isDone) || !mains.every(hasRun)) return 'Pending'
  if (!mains.every(({ state }) => state.terminated !== undefined) || policy === 'Always') return 'Running'
  if (mains.every(isDone)) return 'Succeeded'
  return policy === 'Never' ? 'Failed' : 'Running'
}

type Told = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>

function conditionsOf({ containers, hasSandbox }: Known, phase: Phase): Told[] {
  const isOver = phase === 'Succeeded' || phase === 'Failed'
  const waiting = containers.filter((seen) => seen.role === 'init' && !isDone(seen))
  const unready = containers.filter(({ role, ready }) => role === 'main' && !ready)
  const readiness = (type: string): Told => {
    if (isOver) return { type, status: 'False', reason: phase === 'Failed' ? 'PodFailed' : 'PodCompleted' }
    return unready.length === 0
      ? { type, status: 'True' }
      : { type, status: 'False', reason: 'ContainersNotReady', message: withNames('unready', unready) }
  }
  const initialized: Told =
    waiting.length === 0
      ? { type: 'Initialized', status: 'True', ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) }
      : {
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: withNames('incomplete', waiting),
        }
  return [
    { type: 'PodReadyToStartContainers', status: hasSandbox && !isOver ? 'True' : 'False' },
    initialized,
    readiness('Ready'),
    readiness('ContainersReady'),
    { type: 'PodScheduled', status: 'True' },
  ]
}

function withNames(what: string, containers: readonly Seen[]): string {
  return `containers with ${what} status: [${containers.map(({ name }) => name).join(' ')}]`
}

function timed(told: Told, before: readonly PodCondition[], observedGeneration: number, now: number): PodCondition {
  const known = before.find(({ type }) => type === told.type)
  const { type, status, reason, message } = told
  const since = known?.status === status ? known.lastTransitionTime : undefined
  return {
    type,
    observedGeneration,
    status,
    lastTransitionTime: since ?? stamp(now),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  }
}
