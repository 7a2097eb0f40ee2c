import type { Live } from '../../kube/object.mts'
import type { Job, JobCondition, JobStatus, Pod } from '../../kube/schema/types.mts'
import { momentOf, stamp } from './naming.mts'
import { isFinished, isLeaving, isReady } from './owning.mts'

// The job controller's DefaultJobPodFailureBackOff and MaxJobPodFailureBackOff.
const FIRST_WAIT = 10_000
const LONGEST_WAIT = 600_000

/** How a Job stands. */
export interface Attempts {
  active: readonly Live<Pod>[]
  succeeded: number
  failed: number
  /** Pods that are to be made. */
  missing: number
  /** Milliseconds until they may be. */
  waits: number
}

/** How a Job ends. */
export type End = { reason: string; message: string } & { state: 'complete' | 'failed' }

/** Counts the pods of a Job; a failed one makes the next wait, each time twice as long. */
export function attemptsOf({ spec }: Job, pods: readonly Live<Pod>[], now: number): Attempts {
  const active = pods.filter((pod) => !isFinished(pod) && !isLeaving(pod))
  const succeeded = pods.filter(({ status }) => status?.phase === 'Succeeded').length
  const failures = pods.filter(({ status }) => status?.phase === 'Failed')
  const wanted = Math.min(spec?.parallelism ?? 1, (spec?.completions ?? 1) - succeeded)
  const wait = Math.min(FIRST_WAIT * 2 ** (failures.length - 1), LONGEST_WAIT)
  const last = Math.max(0, ...failures.map(endedAt))
  return {
    active,
    succeeded,
    failed: failures.length,
    missing: Math.max(0, wanted - active.length),
    waits: failures.length === 0 ? 0 : last + wait - now,
  }
}

function endedAt({ status, metadata }: Pod): number {
  const ends = (status?.containerStatuses ?? []).map(({ state }) => momentOf(state?.terminated?.finishedAt) ?? 0)
  return Math.max(momentOf(metadata.creationTimestamp) ?? 0, ...ends)
}

/** The end of a Job, once it has one. */
export function endOf(live: Job, { succeeded, failed, active }: Attempts, now: number): End | undefined {
  if (succeeded >= (live.spec?.completions ?? 1)) {
    return { state: 'complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
  }
  const restarts = active
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .reduce((sum, one) => sum + one.restartCount, 0)
  const most = live.spec?.backoffLimit ?? 6
  if (failed > most || (restarts > 0 && restarts > most)) {
    const message = 'Job has reached the specified backoff limit'
    return { state: 'failed', reason: 'BackoffLimitExceeded', message }
  }
  const began = momentOf(live.status?.startTime)
  const deadline = live.spec?.activeDeadlineSeconds
  if (began !== undefined && deadline !== undefined && now - began >= deadline * 1000) {
    return { state: 'failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' }
  }
  return undefined
}

/** The status of a Job with these attempts and, once it is over, this end. */
export function jobStatus(live: Job, attempts: Attempts, end: End | undefined, now: number): JobStatus {
  const { active, succeeded, failed } = attempts
  const time = stamp(now)
  return {
    ...(end === undefined ? {} : { conditions: conditionsFor(end, time) }),
    startTime: live.status?.startTime ?? time,
    ...(end?.state === 'complete' ? { completionTime: time } : {}),
    ...(active.length === 0 ? {} : { active: active.length }),
    ...(succeeded === 0 ? {} : { succeeded }),
    ...(failed === 0 ? {} : { failed }),
    terminating: 0,
    uncountedTerminatedPods: {},
    ready: active.filter(isReady).length,
  }
}

function conditionsFor({ state, reason, message }: End, time: string): JobCondition[] {
  const types = state === 'complete' ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed']
  return types.map((type) => ({
    type,
    status: 'True',
    lastProbeTime: time,
    lastTransitionTime: time,
    reason,
    message,
  }))
}
