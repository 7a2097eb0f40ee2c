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

/** A clock of the cluster's own, faster than the wall's. */
export interface FastTime extends Time {
  /** How many times faster, from now on. */
  setSpeed(speed: number): void
}

/**
 * A clock that starts with the wall's and then runs `speed` times as fast: a back-off of 10 s is over after 1 s at a
 * speed of 10, and what the cluster writes down says that 10 s have passed. Whoever judges such a cluster has to read
 * its clock. What falls due runs in its order, and the clock waits for it: a busy machine makes the cluster slower, it
 * never makes a deadline pass before what was to come first. Waiting keeps no process alive.
 */
export function fastTime(speed: number): FastTime {
  let base = { wall: Date.now(), at: Date.now(), speed }
  let timer: NodeJS.Timeout | undefined
  let running: number | undefined
  const due = new Set<Due>()
  const scaled = (): number => base.at + (Date.now() - base.wall) * base.speed
  const now = (): number => running ?? Math.max(base.at, Math.min(scaled(), earliest(due, Infinity)?.at ?? Infinity))
  const wake = (): void => {
    clearTimeout(timer)
    const next = earliest(due, Infinity)
    if (next === undefined || running !== undefined) return
    timer = setTimeout(turn, Math.max(0, (next.at - scaled()) / base.speed))
    timer.unref()
  }
  const turn = (): void => {
    for (let next = earliest(due, scaled()); next !== undefined; next = earliest(due, scaled())) {
      due.delete(next)
      running = Math.max(next.at, base.at)
      next.run()
    }
    running = undefined
    wake()
  }
  return {
    now,
    setSpeed: (next) => {
      base = { wall: Date.now(), at: now(), speed: next }
      wake()
    },
    after(ms, run) {
      const one = { at: now() + Math.max(0, ms), run }
      due.add(one)
      wake()
      return () => void due.delete(one)
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

function earliest(due: ReadonlySet<Due>, until: number): Due | undefined {
  let first: Due | undefined
  for (const one of due) if (one.at <= until && (first === undefined || one.at < first.at)) first = one
  return first
}

/** A clock for tests, that starts at this moment (milliseconds since the epoch). */
export function manualTime(start: number): ManualTime {
  let now = start
  const due = new Set<Due>()
  const next = (until: number): Due | undefined => earliest(due, until)
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
