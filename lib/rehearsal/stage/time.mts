import type { Time } from '../store.mts'

/**
 * The wall clock, with waits that end `speed` times sooner: what the cluster writes down stays comparable with the
 * clock of whoever watches it, and a back-off of 10 s takes 1 s at a speed of 10. Waiting keeps no process alive.
 */
export function realTime(speed = 1): Time {
  return {
    now: () => Date.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms / speed)
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}

/** A clock that stands until it is told to go on. */
export interface ManualTime extends Time {
  /** Lets so many milliseconds pass; what falls due in them runs in its order, each at its own moment. */
  advance(ms: number): void
}

interface Due {
  at: number
  run: () => void
}

/** A clock for tests, that starts at this moment (milliseconds since the epoch). */
export function manualTime(start: number): ManualTime {
  let now = start
  const due = new Set<Due>()
  const next = (until: number): Due | undefined => {
    let first: Due | undefined
    for (const one of due) if (one.at <= until && (first === undefined || one.at < first.at)) first = one
    return first
  }
  return {
    now: () => now,
    after(ms, run) {
      const one = { at: now + Math.max(0, ms), run }
      due.add(one)
      return () => void due.delete(one)
    },
    advance(ms) {
      const until = now + ms
      for (let one = next(until); one !== undefined; one = next(until)) {
        due.delete(one)
        now = one.at
        one.run()
      }
      now = until
    },
  }
}
