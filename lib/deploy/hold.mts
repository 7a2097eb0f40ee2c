import { DeployError } from '../error.mts'
import type { Cluster } from '../kube/cluster.mts'
import { refOf } from '../kube/object.mts'
import type { Live } from '../kube/object.mts'
import type { Lease } from '../kube/schema/types.mts'
import { isConflict, isLostAnswer, isNotFound } from '../kube/status.mts'
import { LIVE_ANNOTATION, ROLLBACK_ANNOTATION, RUN_ANNOTATION } from '../marks.mts'

/** Seconds. At least three times the request timeout, so that a slow answer does not lose the lock (facts of 1.35). */
export const DURATION = 30
/** Milliseconds between renewals; a living holder is seen to be one within this time. */
const HEARTBEAT = 4_000
/** Milliseconds without a successful renewal after which the holder stops writing, before anyone may take over. */
const LATE = (DURATION * 1000 * 2) / 3
/** Milliseconds between looks at the clocks: a renewal that hangs must not hide that it is late. */
const LOOK = 500
const ATTEMPTS = 3

/** The right to write, until disposed or lost. */
export interface Lock extends AsyncDisposable {
  /** Unique to this run; in the lease, in the record. */
  readonly run: string
  /** Aborts with `lock-lost` when the lease was taken over or could not be renewed in time: then nothing more is written. */
  readonly signal: AbortSignal
  /** Notes the live release's number in the lease. Errors: `lock-lost`. */
  point(release: number): Promise<void>
}

/** A moment on both clocks: Linux's monotonic one stands still while a laptop sleeps, the wall clock may be set. */
export interface Stamp {
  monotonic: number
  wall: number
}

export function stamp(): Stamp {
  return { monotonic: performance.now(), wall: Date.now() }
}

interface Held {
  stack: string
  run: string
  lease: Live<Lease>
  /** When the request that took it was sent: others count from its arrival, which is later. */
  since: Stamp
}

type Change = (lease: Live<Lease>) => Lease

/** Renews a lease that was just taken until it is disposed, and then gives it up. */
export function holdLease(cluster: Cluster, { stack, run, lease: taken, since }: Held): Lock {
  const lost = new AbortController()
  const lose = (why: string): void => lost.abort(lockLost(stack, why))
  let lease = taken
  let renewed = since
  // One writer at a time: a renewal and `point` must not race each other's resourceVersion.
  let queue: Promise<unknown> = Promise.resolve()
  let beat: Promise<void> | undefined

  const write = (change: Change): Promise<void> => {
    const next = queue.then(async () => {
      lost.signal.throwIfAborted()
      const sent = stamp()
      lease = await update(cluster, lease, change, run).catch((error: unknown) => {
        if (!(error instanceof TakenOver)) throw error
        lose(error.message)
        throw lost.signal.reason
      })
      renewed = sent
    })
    queue = next.catch(() => undefined)
    return next
  }
  const renew = (): void => {
    beat ??= write(renewing)
      .catch(() => undefined)
      .finally(() => (beat = undefined))
  }
  const look = (): void => {
    if (lateness(renewed) > LATE) lose('it could not be renewed in time')
  }
  const timers = [setInterval(renew, HEARTBEAT), setInterval(look, LOOK)]
  for (const timer of timers) timer.unref()
  return {
    run,
    signal: lost.signal,
    point: (release) => write((at) => annotated(renewing(at), { [LIVE_ANNOTATION]: String(release) })),
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearInterval(timer)
      await write(released).catch(() => undefined)
    },
  }
}

function lateness(since: Stamp): number {
  return Math.max(performance.now() - since.monotonic, Date.now() - since.wall)
}

class TakenOver extends Error {}

/** Writes a change; after a conflict or a lost answer only onto a lease that is still this run's. */
async function update(cluster: Cluster, lease: Live<Lease>, change: Change, run: string): Promise<Live<Lease>> {
  let current = lease
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await cluster.replace<Lease>(change(current))
    } catch (error) {
      if (isNotFound(error)) throw new TakenOver('it was deleted')
      if (attempt === ATTEMPTS || (!isConflict(error) && !isLostAnswer(error))) throw error
      current = await stillOurs(cluster, lease, run)
    }
  }
}

async function stillOurs(cluster: Cluster, lease: Live<Lease>, run: string): Promise<Live<Lease>> {
  const now = await cluster.get<Lease>(refOf(lease))
  if (now === undefined) throw new TakenOver('it was deleted')
  const holder = now.spec?.holderIdentity ?? ''
  if (now.metadata.annotations?.[RUN_ANNOTATION] === run && holder !== '') return now
  throw new TakenOver(`${holder === '' ? 'nobody' : holder} holds it now`)
}

function renewing(lease: Live<Lease>): Lease {
  return { ...lease, spec: { ...lease.spec, renewTime: microTime() } }
}

function released(lease: Live<Lease>): Lease {
  const annotations = withoutRollback(lease.metadata.annotations)
  const spec = { ...lease.spec, holderIdentity: '', renewTime: microTime() }
  return { ...lease, metadata: { ...lease.metadata, annotations }, spec }
}

/** The mark of a rollback is its holder's alone. */
export function withoutRollback(annotations: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== ROLLBACK_ANNOTATION))
}

function annotated(lease: Lease, more: Record<string, string>): Lease {
  return { ...lease, metadata: { ...lease.metadata, annotations: { ...lease.metadata.annotations, ...more } } }
}

/** MicroTime, as Lease wants it. */
export function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}

function lockLost(stack: string, why: string): DeployError {
  return new DeployError({
    code: 'lock-lost',
    says: `Cannot go on: the lock of ${stack} was lost, ${why}`,
    next: 'npx zx verify.mts, then deploy again',
  })
}
