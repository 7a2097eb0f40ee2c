/** kubelet: the first restart is at once, the second after 10 s, each later one after twice as long, up to 5 min. */
const FIRST = 10_000
const LONGEST = 300_000

/** What the kubelet does with a container that has ended: start it again now, or wait. All in milliseconds. */
export type Turn = { state: 'restart'; backoff: number | undefined } | { state: 'wait'; backoff: number; ms: number }

/**
 * The kubelet's doBackOff: it looks at the last end that it has seen. A container that it has just killed itself is in
 * its books as running still, so that the end before counts; without one, nothing is noted at all (recorded:
 * liveness-kill waits only before its third restart).
 */
export function turnAfter(seenEnd: number | undefined, backoff: number | undefined, now: number): Turn {
  if (seenEnd === undefined) return { state: 'restart', backoff }
  if (backoff !== undefined && now - seenEnd < backoff) {
    return { state: 'wait', backoff, ms: seenEnd + backoff - now }
  }
  return { state: 'restart', backoff: doubled(backoff) }
}

/** The next of a row of waits. */
export function doubled(backoff: number | undefined): number {
  return backoff === undefined ? FIRST : Math.min(backoff * 2, LONGEST)
}
