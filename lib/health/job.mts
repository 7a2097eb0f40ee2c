import type { Code } from '../error.mts'
import { refOf } from '../kube/object.mts'
import { causeOf } from './cause.mts'
import { refusedOf } from './creation.mts'
import { warningsOf } from './event.mts'
import { currentOf, type Cause, type Judge, type Snapshot } from './health.mts'
import { isLeaving, podsOf } from './owner.mts'
import { judgePod } from './pod.mts'
import { doomed, progressing, ready } from './say.mts'
import { conditionOf, count, text, timeOf, type Condition, type Job, type Pod } from './seen.mts'
import { oneLine } from './words.mts'

/** Ready when complete. How often its pods may fail is the Job's own to say (backoffLimit), unless no attempt can succeed. */
export const judgeJob: Judge = (subject, snapshot) => {
  const live = currentOf<Job>(subject, snapshot)
  if (isLeaving(live)) return progressing('being deleted')
  if (conditionOf(live, 'Complete')?.status === 'True') return ready('completed')
  const pods = podsOf(snapshot, live.metadata.uid).toSorted((a, b) => createdAt(b) - createdAt(a))
  const healths = pods.map((pod) => judgePod(pod, snapshot, subject.since))
  const failed = conditionOf(live, 'Failed')
  const cause = healths.find((health) => health.state === 'doomed')?.cause
  if (failed?.status === 'True') return doomed(failedCause(live, failed, cause ?? troubleIn(healths), snapshot))
  if (cause !== undefined) return doomed(asOf(live, cause))
  const refused = pods.length === 0 ? refusedOf(live, snapshot, subject.since) : undefined
  if (refused?.grade === 'doomed') return doomed(refused.cause)
  const trouble = refused?.cause ?? troubleIn(healths)
  return progressing(refused?.step ?? stepOf(live, healths[0]), trouble === undefined ? undefined : asOf(live, trouble))
}

type Healths = readonly ReturnType<typeof judgePod>[]

function troubleIn(healths: Healths): Cause | undefined {
  return healths.flatMap((health) => (health.state === 'progressing' && health.trouble ? [health.trouble] : []))[0]
}

function createdAt(pod: Pod): number {
  return timeOf(pod.metadata.creationTimestamp) ?? 0
}

function codeOf(job: Job): Code {
  return /^minio-init-bucket|bucket/.test(job.metadata.name) ? 'bucket-job-failed' : 'job-failed'
}

// What a crash is in a Deployment is a failed attempt here; every other cause keeps its name.
function asOf(job: Job, cause: Cause): Cause {
  return cause.code === 'crash-loop' ? { ...cause, code: codeOf(job) } : cause
}

function failedCause(job: Job, failed: Condition, root: Cause | undefined, snapshot: Snapshot): Cause {
  const facts = { namespace: job.metadata.namespace ?? '', at: refOf(job) }
  const why = `${text(failed.reason)}: ${oneLine(text(failed.message))}`
  const code = root === undefined ? codeOf(job) : asOf(job, root).code
  const says = `Cannot complete job ${job.metadata.name}: ${root === undefined ? why : `${text(failed.reason)}: ${clauseOf(root.says)}`}`
  return causeOf({ code, next: 'job' }, facts, says, [...(root?.evidence ?? []), why, ...warningsOf(snapshot, job)])
}

// "Cannot complete: mc exited 1" says in a longer sentence only its second half.
function clauseOf(says: string): string {
  return says.replace(/^Cannot [^:]+: /, '')
}

function stepOf({ spec, status }: Job, newest: Healths[number] | undefined): string {
  if (spec?.suspend === true) return 'suspended'
  const failed = count(status?.failed)
  const attempt = failed > 0 ? `attempt ${failed + 1} of ${count(spec?.backoffLimit ?? 6) + 1}` : ''
  const step = newest === undefined ? 'waiting for its pod' : newest.state === 'progressing' ? newest.detail : 'running'
  return attempt === '' ? step : `${attempt}, ${step}`
}
