import type { Live } from '../../kube/object.mts'
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../kube/schema/types.mts'
import { momentOf, stamp } from './naming.mts'
import type { Sets } from './rolling.mts'
import { surgeOf } from './surge.mts'

/** The status of a Deployment as its sets are; now in milliseconds since the epoch. */
export function deploymentStatus(live: Live<Deployment>, sets: Sets, now: number): DeploymentStatus {
  const counts = countsOf(live, sets)
  const before = live.status?.conditions ?? []
  const conditions = [availableOf(live, counts), progressOf(live, sets, counts, now), failureOf(sets)].flatMap((one) =>
    one === undefined ? [] : [merged(before, one, now)],
  )
  return { ...withoutZeros(counts), terminatingReplicas: counts.terminatingReplicas, conditions }
}

/** Milliseconds until the progress deadline has to be looked at. */
export function waitsFor(live: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const progress = status.conditions?.find(({ type }) => type === 'Progressing')
  const updated = momentOf(progress?.lastUpdateTime)
  if (updated === undefined || progress?.reason === DONE || progress?.status === 'False') return undefined
  return Math.max(1_000, updated + deadlineOf(live) - now + 1_000)
}

const DONE = 'NewReplicaSetAvailable'

type Counts = Required<
  Pick<
    DeploymentStatus,
    | 'observedGeneration'
    | 'replicas'
    | 'updatedReplicas'
    | 'readyReplicas'
    | 'availableReplicas'
    | 'unavailableReplicas'
    | 'terminatingReplicas'
  >
>

function countsOf({ metadata }: Deployment, { current, old }: Sets): Counts {
  const all = [...(current === undefined ? [] : [current]), ...old]
  const total = (of: (set: ReplicaSet) => number | undefined): number =>
    all.reduce((sum, set) => sum + (of(set) ?? 0), 0)
  const availableReplicas = total(({ status }) => status?.availableReplicas)
  return {
    observedGeneration: metadata.generation ?? 1,
    replicas: total(({ status }) => status?.replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: total(({ status }) => status?.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, total(({ spec }) => spec?.replicas) - availableReplicas),
    terminatingReplicas: total(({ status }) => status?.terminatingReplicas),
  }
}

function withoutZeros(counts: Counts): DeploymentStatus {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))
}

interface Told extends Pick<DeploymentCondition, 'type' | 'status'> {
  reason: string
  message: string
  /** Said anew, though it says the same: the deadline counts from here. */
  moved?: boolean
}

function availableOf(live: Deployment, { availableReplicas }: Counts): Told {
  const replicas = live.spec?.replicas ?? 1
  return availableReplicas >= replicas - surgeOf(live).maxUnavailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }
}

/** kube's pkg/controller/deployment/progress.go: done, moving, overdue, or as it was. */
function progressOf(live: Live<Deployment>, { current }: Sets, counts: Counts, now: number): Told | undefined {
  const before = live.status?.conditions?.find(({ type }) => type === 'Progressing')
  const name = current?.metadata.name
  const told = (reason: string, message: string, more: Partial<Told> = {}): Told => ({
    type: 'Progressing',
    status: 'True',
    reason,
    message,
    ...more,
  })
  const kept = before && told(before.reason ?? '', before.message ?? '', { status: before.status })
  if (name === undefined) return kept
  const isNewSet = before === undefined || !(before.message ?? '').includes(`"${name}"`)
  if (isComplete(live, counts)) return told(DONE, `ReplicaSet "${name}" has successfully progressed.`)
  if (isNewSet) return told('NewReplicaSetCreated', `Created new replica set "${name}"`, { moved: true })
  if (hasMoved(live.status ?? {}, counts)) {
    return told('ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`, { moved: true })
  }
  // Done once is done: pods that fail later are not this rollout's.
  if (before.reason === DONE || before.status === 'False') return kept
  const updated = momentOf(before.lastUpdateTime) ?? now
  if (now - updated < deadlineOf(live)) return kept
  return told('ProgressDeadlineExceeded', `ReplicaSet "${name}" has timed out progressing.`, { status: 'False' })
}

function deadlineOf({ spec }: Deployment): number {
  return (spec?.progressDeadlineSeconds ?? 600) * 1000
}

function isComplete({ spec }: Deployment, counts: Counts): boolean {
  const replicas = spec?.replicas ?? 1
  return [counts.updatedReplicas, counts.replicas, counts.availableReplicas].every((count) => count === replicas)
}

function hasMoved(before: DeploymentStatus, now: Counts): boolean {
  const count = (value: number | undefined): number => value ?? 0
  return (
    now.updatedReplicas > count(before.updatedReplicas) ||
    now.replicas - now.updatedReplicas < count(before.replicas) - count(before.updatedReplicas) ||
    now.readyReplicas > count(before.readyReplicas) ||
    now.availableReplicas > count(before.availableReplicas)
  )
}

function failureOf({ current, old }: Sets): Told | undefined {
  const failures = [current, ...old].map((set) =>
    set?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure'),
  )
  const failure = failures.find((condition) => condition !== undefined)
  if (failure === undefined) return undefined
  const { status, reason = '', message = '' } = failure
  return { type: 'ReplicaFailure', status, reason, message }
}

function merged(before: readonly DeploymentCondition[], told: Told, now: number): DeploymentCondition {
  const { moved = false, ...condition } = told
  const known = before.find(({ type }) => type === told.type)
  const isSame = known?.status === told.status
  if (known !== undefined && isSame && known.reason === told.reason && !moved)
    return { ...known, message: told.message }
  const { type, status, reason, message } = condition
  const lastTransitionTime = (isSame ? known?.lastTransitionTime : undefined) ?? stamp(now)
  return { type, status, lastUpdateTime: stamp(now), lastTransitionTime, reason, message }
}
