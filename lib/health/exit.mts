import { ruleFor, type Rule } from './cause.mts'
import { ENDED_BY, ENDED_OTHERWISE, LAST_WORDS } from './endings.mts'
import { eventsOf } from './event.mts'
import { count, text, timeOf, type Terminated } from './seen.mts'
import { lastWords, type View } from './view.mts'
import { oneLine, plain } from './words.mts'

/** What an ended container's end means. */
export interface Ending {
  rule: Rule
  /** In one clause: `exited 1: sqlalchemy.exc.ProgrammingError: …`. */
  says: string
  /** The end of its log. */
  words: readonly string[]
}

/** Reads the end of a container: the kubelet's reason first, then its last words, then the bare exit code. */
export function endingOf(view: View, ended: Terminated): Ending {
  const words = lastWords(view, ended)
  const code = count(ended.exitCode)
  const reason = `${text(ended.reason)} ${isEarly(ended) || code < 126 || code > 127 ? code : ''}`.trim()
  const killed = killedBy(view, ended)
  const byReason = ruleFor(ENDED_BY, { role: view.role, reason: text(ended.reason) })
  if (byReason !== undefined) return { rule: byReason, says: howItEnded(view, ended), words }
  if (killed !== undefined) return { rule: KILLED, says: `was killed (exit ${code}): ${killed}`, words }
  const telling = tellingOf(view, words)
  if (telling !== undefined) return { rule: telling.rule, says: `${howItEnded(view, ended)}: ${telling.line}`, words }
  const rule = ruleFor(ENDED_OTHERWISE, { role: view.role, reason }) ?? KILLED
  const last = oneLine(words.at(-1) ?? '')
  return { rule, says: `${howItEnded(view, ended)}${last === '' ? '' : `: ${last}`}`, words }
}

/** A probe that killed it twice gave it all its time twice. */
export const KILLED: Rule = { code: 'crash-loop', patience: { exits: 2 }, next: 'logs' }

// Statements, parameters and links below an error repeat words of the user's own data.
const QUOTED = /^\[SQL:|^\[parameters:|^LINE \d|^\(Background on this error/

/** The lowest line that a row of the table knows: a program's last words say why, those above how it came there. */
function tellingOf(view: View, words: readonly string[]): { rule: Rule; line: string } | undefined {
  for (const word of words.toReversed()) {
    const line = word.trim()
    if (QUOTED.test(line)) continue
    const rule = ruleFor(LAST_WORDS, { role: view.role, words: line })
    if (rule !== undefined) return { rule, line: plain(line) }
  }
  return backgroundOf(view, words)
}

// The kubelet keeps 2 KiB of a log: a long statement pushes the error itself out, but not SQLAlchemy's link, whose
// letters name the error's class (e3q8 is the operational one: the database may be away).
function backgroundOf(view: View, words: readonly string[]): { rule: Rule; line: string } | undefined {
  const link = words.findLast((word) => /sqlalche\.me\/e\/\d+\/(f405|gkpj|9h9h|2j85|tw8g)/.test(word))
  if (link === undefined) return undefined
  const rule = ruleFor(LAST_WORDS, { role: view.role, words: 'ProgrammingError' })
  return rule === undefined ? undefined : { rule, line: oneLine(link) }
}

function howItEnded(view: View, ended: Terminated): string {
  const code = count(ended.exitCode)
  if (ended.reason === 'OOMKilled') {
    const limit = view.spec.resources?.limits?.['memory']
    return `was killed for using more memory than it may (OOMKilled, exit ${code}${limit === undefined ? '' : `, limit ${String(limit)}`})`
  }
  if (ended.reason === 'StartError' || ended.reason === 'ContainerCannotRun') return 'did not start'
  return code === 0 ? 'ended with exit 0' : `exited ${code}`
}

/** The probe that made the kubelet kill this container in this rollout, in its own words. */
function killedBy(view: View, ended: Terminated): string | undefined {
  const events = eventsOf(view.snapshot, view.pod).filter(({ at }) => at >= view.since)
  const killing = events.find(
    ({ reason, message, at }) =>
      reason === 'Killing' &&
      message.includes(view.name) &&
      /failed (liveness|startup) probe/.test(message) &&
      isEndOf(view, ended, at),
  )
  if (killing === undefined) return undefined
  const probe = /failed (liveness|startup) probe/.exec(killing.message)?.[1] ?? 'liveness'
  const failed = events.find(({ reason, message }) => reason === 'Unhealthy' && message.toLowerCase().startsWith(probe))
  return failed === undefined ? `its ${probe} probe failed` : plain(failed.message)
}

// Events of an earlier kill linger; this end came within the grace period after the kill.
function isEndOf({ pod }: View, { finishedAt }: Terminated, killedAt: number): boolean {
  const end = timeOf(finishedAt)
  const grace = (count(pod.spec?.terminationGracePeriodSeconds) + 5) * 1000
  return end !== undefined && end >= killedAt - 1000 && end - killedAt <= grace
}

// A shell that says 127 after a minute of work lacks a tool, not its command.
function isEarly({ startedAt, finishedAt }: Terminated): boolean {
  const from = timeOf(startedAt)
  const to = timeOf(finishedAt)
  return from === undefined || to === undefined || to - from <= 10_000
}

/** How often the container has ended so far. */
export function exitsOf(view: View): number {
  const { state, restartCount } = view.status
  return count(restartCount) + (state?.running == null ? 1 : 0)
}
