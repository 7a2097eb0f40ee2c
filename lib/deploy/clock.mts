import { DeployError } from '../error.mts'

/** The one deadline of a run (law 2), on the monotonic clock. Times are milliseconds. */
export interface Clock extends Disposable {
  /** The whole limit. */
  readonly limit: number
  /** Aborts when the time is up, the lock is lost or the operator interrupts. Its reason is a DeployError. */
  readonly signal: AbortSignal
  elapsed(): number
  remaining(): number
}

/** Starts the clock now. It cannot be restarted or extended; dispose it to let the process end. */
export function startClock(limit: number, ...signals: readonly AbortSignal[]): Clock {
  const started = performance.now()
  const expiry = new AbortController()
  const timer = setTimeout(() => expiry.abort(outOfTime(limit)), limit)
  return {
    limit,
    // Where nobody looked in between, the first one that has aborted gives the reason: the end of time comes last.
    signal: AbortSignal.any([...signals, expiry.signal]),
    elapsed: () => performance.now() - started,
    remaining: () => Math.max(0, limit - (performance.now() - started)),
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

function outOfTime(limit: number): DeployError {
  return new DeployError({
    code: 'out-of-time',
    says: `Cannot prove the release within ${(limit / 1000).toFixed(0)} s: the time is up`,
    next: 'npx zx verify.mts',
  })
}
