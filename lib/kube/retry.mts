import { isCertificateTrouble, errnoOf } from './reach.mts'
import { statusOf } from './status.mts'
import type { Outcome } from './http.mts'

/** Milliseconds before the first repetition; doubled for each further one. */
const FIRST = 100
const LONGEST = 2_000
/** Attempts in all, for what a broken server or a refused connection could answer for ever. */
const ATTEMPTS = 5

/** How long to wait before sending a request again; undefined where it must not or need not be. */
export function pauseBefore(outcome: Outcome, repeatable: boolean, attempt: number): number | undefined {
  if (attempt >= ATTEMPTS) return undefined
  return outcome.kind === 'answered'
    ? afterAnswer(outcome.answer, repeatable, attempt)
    : afterBreak(outcome, repeatable, attempt)
}

function afterAnswer(
  { status, headers, body }: Extract<Outcome, { kind: 'answered' }>['answer'],
  repeatable: boolean,
  attempt: number,
): number | undefined {
  const asked = retryAfter(headers['retry-after'])
  // Refused before anything was done, so that any request may come again.
  if (status === 429) return asked ?? backOff(attempt)
  if (status >= 502 && status <= 504 && repeatable) return asked ?? backOff(attempt)
  // The server asks for it by name ("etcdserver: leader changed"); a Status without reason is a refused manifest.
  const retryable = status === 500 && repeatable && statusOf(body.toString())?.reason === 'ServerTimeout'
  return retryable ? (asked ?? backOff(attempt)) : undefined
}

function afterBreak(
  outcome: Extract<Outcome, { kind: 'broken' }>,
  repeatable: boolean,
  attempt: number,
): number | undefined {
  if (isCertificateTrouble(outcome.error)) return undefined
  // Nobody listens: a second look catches a restart, a fifth one only delays the message.
  if (errnoOf(outcome.error) === 'ECONNREFUSED') return attempt < 3 ? backOff(attempt) : undefined
  return repeatable || !outcome.sent ? backOff(attempt) : undefined
}

function backOff(attempt: number): number {
  return Math.min(LONGEST, FIRST * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2)
}

/** Seconds or a date (RFC 9110 10.2.3), as milliseconds from now. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const at = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(at) ? undefined : Math.max(0, at)
}
