import type { Code } from '../error.mts'
import type { Cause, Health, Snapshot } from './health.mts'
import { judgePod } from './pod.mts'
import { progressing } from './say.mts'
import type { Pod } from './seen.mts'

/** How the pods of one revision stand together. */
export interface Together {
  /** What they die of, where that is certain for the whole. */
  cause?: Cause
  trouble?: Cause
  /** The step of the pod that is furthest behind. */
  step?: string
}

// What may be one pod's own bad luck (a node, a neighbour). Everything else that is certain of one is certain of all.
const OWN: ReadonlySet<Code> = new Set<Code>(['crash-loop', 'out-of-memory'])

/** One doomed pod speaks for all where there are at most two (krane asks all, others any); of more, all must agree. */
export function togetherOf(pods: readonly Pod[], want: number, snapshot: Snapshot, since: number): Together {
  const healths = pods.map((pod) => judgePod(pod, snapshot, since))
  const causes = healths.flatMap((health) => (health.state === 'doomed' ? [health.cause] : []))
  const open = healths.filter((health) => health.state === 'progressing')
  const [cause] = causes
  const shared = causes.find(({ code }) => !OWN.has(code))
  const isCertain = cause !== undefined && (shared !== undefined || want <= 2 || causes.length === pods.length)
  if (isCertain) return { cause: shared ?? cause }
  const trouble = cause ?? open.find((health) => health.trouble !== undefined)?.trouble
  const step = stepOf(open)
  return { ...(trouble === undefined ? {} : { trouble }), ...(step === undefined ? {} : { step }) }
}

/**
 * Pods that their controller counts as available and that are not believed yet. It never dooms: what the controller
 * counts and what a pod says reach us by two watches. Pods that a node gave up linger; another one serves for them.
 */
export function shakyOf(pods: readonly Pod[], want: number, snapshot: Snapshot, since: number): Health | undefined {
  const kept = pods.filter(({ status }) => status?.phase !== 'Failed' && status?.phase !== 'Succeeded')
  const { cause, trouble = cause, step } = togetherOf(kept, want, snapshot, since)
  if (trouble === undefined && step === undefined) return undefined
  return progressing(step ?? 'seeing whether it stays up', trouble)
}

function stepOf(open: readonly Extract<Health, { state: 'progressing' }>[]): string | undefined {
  return (open.find((health) => health.trouble !== undefined) ?? open[0])?.detail
}
