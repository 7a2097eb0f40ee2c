import { causeOf } from './cause.mts'
import type { Finding } from './finding.mts'
import { eventsOf, warningsOf } from './event.mts'
import type { Noted } from './health.mts'
import { count, timeOf, type Probe } from './seen.mts'
import { factsOf, logOf, type View } from './view.mts'
import { plain, tailOf } from './words.mts'

/** Milliseconds that the kubelet itself may take to say ready of a container without a probe. */
const AT_LEAST = 5_000

/** How often a startup probe has to fail, and how long (milliseconds) its container to run, for more than a slow start. */
const KEEPS_FAILING = { times: 3, after: 10_000 }

/**
 * A container that runs and is not ready although its probes have had all the time they were given, or whose startup
 * probe keeps failing, however long it may: trouble, never certain before the clock ends, since a program may start as
 * slowly as it likes.
 */
export function unreadyOf(view: View): Finding | undefined {
  const startedAt = timeOf(view.status.state?.running?.startedAt)
  if (view.role !== 'main' || view.status.ready === true || startedAt === undefined) return undefined
  const ran = view.snapshot.at - startedAt
  if (ran <= patienceOf(view) && !keepsFailing(view, startedAt)) return undefined
  const seconds = Math.round(ran / 1000)
  const words = plain(failureOf(view, /^(Readiness|Startup) probe/)?.message ?? `not ready after ${seconds} s`)
  const evidence = [...tailOf(logOf(view)), ...warningsOf(view.snapshot, view.pod)]
  const says = `Cannot call container ${view.name} ready: ${words}`
  const cause = causeOf({ code: 'unready', next: 'describe' }, factsOf(view), says, evidence)
  return { grade: 'trouble', cause, step: `${view.name} is not ready yet` }
}

function failureOf({ snapshot, pod }: View, probe: RegExp): Noted | undefined {
  return eventsOf(snapshot, pod).find(({ reason, message }) => reason === 'Unhealthy' && probe.test(message))
}

function keepsFailing(view: View, startedAt: number): boolean {
  const failed = failureOf(view, /^Startup probe/)
  // What was said of the run before a restart is over.
  if (view.status.started === true || failed === undefined || failed.at < startedAt) return false
  return failed.count >= KEEPS_FAILING.times && view.snapshot.at - startedAt >= KEEPS_FAILING.after
}

// kubedog's formula (pkg/tracker/pod/probes.go): from here on a failing probe is no accident of its timing.
function patienceOf(view: View): number {
  const { readinessProbe, startupProbe } = view.spec
  return Math.max(AT_LEAST, (formula(startupProbe) + formula(readinessProbe)) * 1000)
}

function formula(probe: Probe | undefined): number {
  if (probe === undefined || probe === null) return 0
  const period = count(probe.periodSeconds) || 10
  const timeout = count(probe.timeoutSeconds) || 1
  const failures = count(probe.failureThreshold) || 3
  const successes = count(probe.successThreshold) || 1
  const rounds = Math.max(0, failures + successes - 3)
  return count(probe.initialDelaySeconds) + timeout + rounds * period + period / 2 + timeout
}

/** How long a container may take to show that it stays up, in milliseconds: what its liveness probe takes to kill it. */
export function livenessSpan(view: View): number {
  const probe = view.spec.livenessProbe
  if (probe === undefined || probe === null) return 0
  const period = count(probe.periodSeconds) || 10
  return (
    (count(probe.initialDelaySeconds) +
      period * (count(probe.failureThreshold) || 3) +
      (count(probe.timeoutSeconds) || 1)) *
    1000
  )
}
