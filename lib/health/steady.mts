import { refOf } from '../kube/object.mts'
import { causeOf } from './cause.mts'
import { eventsOf, warningsOf } from './event.mts'
import { endingOf } from './exit.mts'
import type { Cause, Health } from './health.mts'
import { livenessSpan } from './readiness.mts'
import { progressing, ready } from './say.mts'
import { timeOf, type Terminated } from './seen.mts'
import { factsOf, type View } from './view.mts'
import { oneLine } from './words.mts'

/** Milliseconds that a container without a readiness probe has to run before it counts as up. */
const UNPROBED = 5_000
/** Milliseconds beyond its last run, after a crash, and the longest that this may take. */
const LONGER = 2_000
const LONGEST = 30_000

/**
 * Whether a pod that calls itself ready is believed. A readiness probe that passes is; without one the kubelet says
 * ready while the program is still reading its settings, and between two crashes again and again (recorded:
 * crash-silent), so such a container has to run for 5 s and longer than the run that crashed. One that its liveness
 * probe killed in this rollout has to outlive the time in which it was killed: ready, killed, ready again is how a
 * broken probe looks.
 */
export function steadyOf(views: readonly View[]): Health {
  const mains = views.filter(({ role }) => role === 'main')
  for (const view of mains) {
    const killed = livenessKill(view)
    if (killed !== undefined) return progressing(`${view.name} was killed by its liveness probe, started again`, killed)
    if (!hasStayedUp(view)) return progressing(`${view.name} runs, seeing whether it stays up`, crashOf(view))
  }
  return ready('ready')
}

function hasStayedUp(view: View): boolean {
  const ran = ranFor(view)
  if (view.spec.readinessProbe != null || view.isAttempt || ran === undefined) return true
  return ran >= Math.max(UNPROBED, longerThanLast(view))
}

function ranFor(view: View): number | undefined {
  const startedAt = timeOf(view.status.state?.running?.startedAt)
  return startedAt === undefined ? undefined : view.snapshot.at - startedAt
}

/** How long a run has to be to show more than the last one did. */
function longerThanLast(view: View): number {
  const lastRun = lengthOf(crashIn(view))
  return lastRun === undefined ? 0 : Math.min(lastRun + LONGER, LONGEST)
}

/** The crash before this run, if it belongs to this rollout. */
function crashIn(view: View): Terminated | undefined {
  const ended = view.status.lastState?.terminated
  return ended != null && (timeOf(ended.finishedAt) ?? 0) >= view.since ? ended : undefined
}

function lengthOf(ended: Terminated | undefined): number | undefined {
  const from = timeOf(ended?.startedAt)
  const to = timeOf(ended?.finishedAt)
  return from === undefined || to === undefined ? undefined : to - from
}

function crashOf(view: View): Cause | undefined {
  const ended = crashIn(view)
  if (ended === undefined) return undefined
  const { rule, says, words } = endingOf(view, ended)
  return causeOf(rule, factsOf(view), `Cannot trust container ${view.name} yet: it ${says}`, words)
}

function livenessKill(view: View): Cause | undefined {
  const killed = eventsOf(view.snapshot, view.pod).find(
    ({ reason, message, at }) =>
      reason === 'Killing' && message.includes(view.name) && /failed liveness probe/.test(message) && at >= view.since,
  )
  if (killed === undefined || hasOutlived(view, killed.at)) return undefined
  const facts = { namespace: view.pod.metadata.namespace ?? '', at: refOf(view.pod), container: view.name }
  const says = `Cannot trust container ${view.name} yet: ${oneLine(killed.message)}`
  return causeOf({ code: 'crash-loop', next: 'logs' }, facts, says, warningsOf(view.snapshot, view.pod))
}

// Until it has started again, the ready container is the one that is being killed.
function hasOutlived(view: View, killedAt: number): boolean {
  const startedAt = timeOf(view.status.state?.running?.startedAt)
  const span = Math.max(livenessSpan(view), longerThanLast(view))
  return startedAt !== undefined && startedAt >= killedAt && view.snapshot.at - startedAt > span
}
