import { setTimeout as delay } from 'node:timers/promises'
import { DeployError } from '../error.mts'
import type { Cluster } from '../kube/cluster.mts'
import type { Lease } from '../kube/schema/types.mts'
import type { Live, Ref } from '../kube/object.mts'
import { isAlreadyExists, isConflict, isLostAnswer } from '../kube/status.mts'
import { LIVE_ANNOTATION, PROCESS_ANNOTATION, RUN_ANNOTATION } from '../marks.mts'
import { isCertainlyDead, processMark, whoami } from './holder.mts'

/** Seconds. At least three times the request timeout, so that a slow answer does not lose the lock (facts of 1.35). */
const DURATION = 30
/** Milliseconds between renewals; a living holder is seen to be one within this time. */
const HEARTBEAT = 4_000
/** Milliseconds without a successful renewal after which the holder stops writing, before anyone may take over. */
const LATE = (DURATION * 1000 * 2) / 3

/** The right to write, until disposed or lost. */
export interface Lock extends AsyncDisposable {
  /** Unique to this run; in the lease, in the record. */
  readonly run: string
  /** Aborts when the lease was taken over or could not be renewed in time: then nothing more is written. */
  readonly signal: AbortSignal
  /** Notes the live release's number in the lease. */
  point(release: number): Promise<void>
}

interface Want {
  namespace: string
  stack: string
  run: string
  signal: AbortSignal
  /** What is said while a silent holder is being watched. */
  say: (text: string) => void
}

/**
 * Takes the stack's lock: a Lease in its home namespace, by create, or by update with resourceVersion.
 * A holder that renews is named and the deploy refused (`locked`). One that does not renew for a whole lease duration,
 * or whose process is gone from this very machine, is taken over. Promises that one starts, not that a zombie's last
 * request in flight cannot land.
 */
export async function takeLease(cluster: Cluster, want: Want): Promise<Lock> {
  const ref = leaseRef(want)
  for (;;) {
    const found = await cluster.get<Lease>(ref, { signal: want.signal })
    if (found !== undefined && !isFree(found)) await outwait(cluster, ref, found, want)
    const taken = await tryTake(cluster, ref, want)
    if (taken !== undefined) return holdLease(cluster, taken, want)
  }
}

function leaseRef({ namespace, stack }: Want): Ref {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: `landfall-${stack}` }
}

function isFree(lease: Live<Lease>): boolean {
  const holder = lease.spec?.holderIdentity
  return holder === undefined || holder === '' || isCertainlyDead(lease.metadata.annotations?.[PROCESS_ANNOTATION])
}

/** Watches a held lease for one lease duration. Any renewal means that the holder lives. Expiry is observed, never computed from two clocks. */
async function outwait(cluster: Cluster, ref: Ref, seen: Live<Lease>, want: Want): Promise<void> {
  want.say(`lock held by ${seen.spec?.holderIdentity ?? 'someone'}; watching whether it still renews`)
  const patience = AbortSignal.timeout(Math.max(DURATION, seen.spec?.leaseDurationSeconds ?? 0) * 1000)
  const until = AbortSignal.any([patience, want.signal])
  const selection = { namespace: want.namespace, fieldSelector: `metadata.name=${ref.name}`, signal: until }
  try {
    for await (const event of cluster.watch<Lease>(ref, selection)) {
      const lease = event.type === 'synced' ? event.items[0] : event.type === 'applied' ? event.object : undefined
      if (lease === undefined || isFree(lease)) return
      if (lease.spec?.renewTime !== seen.spec?.renewTime) throw locked(lease, want)
    }
  } catch (error) {
    if (!patience.aborted || error instanceof DeployError) throw error
  }
  want.signal.throwIfAborted()
}

function locked(lease: Live<Lease>, want: Want): DeployError {
  const run = lease.metadata.annotations?.[RUN_ANNOTATION]
  return new DeployError({
    code: 'locked',
    says: `Cannot deploy ${want.stack}: ${lease.spec?.holderIdentity ?? 'someone'} is deploying it since ${lease.spec?.acquireTime ?? '?'}${run === undefined ? '' : ` (run ${run})`}`,
    evidence: [`lease ${want.namespace}/${lease.metadata.name} renewed ${lease.spec?.renewTime ?? '?'}`],
    next: `wait, or look: kubectl -n ${want.namespace} get lease ${lease.metadata.name} -o yaml`,
  })
}

/** One attempt. Undefined: someone was faster; look again. */
async function tryTake(cluster: Cluster, ref: Ref, want: Want): Promise<Live<Lease> | undefined> {
  const found = await cluster.get<Lease>(ref, { signal: want.signal })
  if (found !== undefined && !isFree(found) && found.metadata.annotations?.[RUN_ANNOTATION] === want.run) return found
  try {
    if (found === undefined) return await cluster.create<Lease>(fresh(ref, want), { signal: want.signal })
    return await cluster.replace<Lease>(takenOver(found, want), { signal: want.signal })
  } catch (error) {
    if (isLostAnswer(error)) return readBack(cluster, ref, want)
    if (isAlreadyExists(error) || isConflict(error)) return undefined
    throw error
  }
}

/** The answer was lost: the lease itself says whose it is. */
async function readBack(cluster: Cluster, ref: Ref, want: Want): Promise<Live<Lease> | undefined> {
  const found = await cluster.get<Lease>(ref, { signal: want.signal })
  return found?.metadata.annotations?.[RUN_ANNOTATION] === want.run ? found : undefined
}

function fresh(ref: Ref, want: Want): Lease {
  const at = microTime()
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: ref.name, namespace: want.namespace, annotations: marks(want) },
    spec: {
      holderIdentity: whoami(),
      leaseDurationSeconds: DURATION,
      acquireTime: at,
      renewTime: at,
      leaseTransitions: 0,
    },
  }
}

function takenOver(found: Live<Lease>, want: Want): Lease {
  const lease = fresh(leaseRef(want), want)
  return {
    ...lease,
    metadata: {
      ...lease.metadata,
      resourceVersion: found.metadata.resourceVersion,
      annotations: { ...found.metadata.annotations, ...marks(want) },
      ...(found.metadata.labels === undefined ? {} : { labels: found.metadata.labels }),
    },
    spec: { ...lease.spec, leaseTransitions: (found.spec?.leaseTransitions ?? 0) + 1 },
  }
}

function marks(want: Want): Record<string, string> {
  const mark = processMark()
  return { [RUN_ANNOTATION]: want.run, [PROCESS_ANNOTATION]: mark ?? '' }
}

/** MicroTime, as Lease wants it. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}

function holdLease(cluster: Cluster, taken: Live<Lease>, want: Want): Lock {
  const lost = new AbortController()
  const ended = new AbortController()
  let lease = taken
  let renewed = stamp()
  // One writer at a time: a renewal and `point` must not race each other's resourceVersion.
  let queue: Promise<unknown> = Promise.resolve()

  const write = (change: (lease: Live<Lease>) => Lease): Promise<void> => {
    const next = queue.then(async () => {
      lease = await update(cluster, lease, change, want)
      renewed = stamp()
    })
    queue = next.catch(() => undefined)
    return next
  }

  const beating = beat(write, () => renewed, lost, ended.signal, want)
  return {
    run: want.run,
    signal: lost.signal,
    point: (release) => write((at) => annotated(renewing(at), { [LIVE_ANNOTATION]: String(release) })),
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await beating
      if (!lost.signal.aborted) await write(released).catch(() => undefined)
    },
  }
}

interface Stamp {
  monotonic: number
  wall: number
}

function stamp(): Stamp {
  return { monotonic: performance.now(), wall: Date.now() }
}

/** Late by either clock: Linux's monotonic one stands still while a laptop sleeps, the wall clock may be set. */
function lateness(since: Stamp): number {
  return Math.max(performance.now() - since.monotonic, Date.now() - since.wall)
}

async function beat(
  write: (change: (lease: Live<Lease>) => Lease) => Promise<void>,
  renewed: () => Stamp,
  lost: AbortController,
  ended: AbortSignal,
  want: Want,
): Promise<void> {
  while (!ended.aborted && !lost.signal.aborted) {
    await delay(HEARTBEAT, undefined, { signal: ended, ref: false }).catch(() => undefined)
    if (ended.aborted) return
    // Checked before writing too: after a sleep the lease may be another's already.
    if (lateness(renewed()) > LATE) return lost.abort(lockLost(want, 'it could not be renewed in time'))
    try {
      await write(renewing)
    } catch (error) {
      if (error instanceof TakenOver) return lost.abort(lockLost(want, error.message))
    }
  }
}

class TakenOver extends Error {}

async function update(
  cluster: Cluster,
  lease: Live<Lease>,
  change: (lease: Live<Lease>) => Lease,
  want: Want,
): Promise<Live<Lease>> {
  try {
    return await cluster.replace<Lease>(change(lease), { signal: AbortSignal.timeout(10_000) })
  } catch (error) {
    if (!isConflict(error) && !isLostAnswer(error)) throw error
    const now = await cluster.get<Lease>(leaseRef(want), { signal: AbortSignal.timeout(10_000) })
    if (now?.metadata.annotations?.[RUN_ANNOTATION] !== want.run || now.spec?.holderIdentity === '') {
      throw new TakenOver(`${now?.spec?.holderIdentity ?? 'nobody'} holds it now`)
    }
    return cluster.replace<Lease>(change(now), { signal: AbortSignal.timeout(10_000) })
  }
}

function renewing(lease: Live<Lease>): Lease {
  return { ...lease, spec: { ...lease.spec, renewTime: microTime() } }
}

function released(lease: Live<Lease>): Lease {
  return { ...lease, spec: { ...lease.spec, holderIdentity: '', renewTime: microTime() } }
}

function annotated(lease: Lease, more: Record<string, string>): Lease {
  return { ...lease, metadata: { ...lease.metadata, annotations: { ...lease.metadata.annotations, ...more } } }
}

function lockLost(want: Want, why: string): DeployError {
  return new DeployError({
    code: 'lock-lost',
    says: `Cannot go on: the lock of ${want.stack} was lost, ${why}`,
    next: 'npx zx verify.mts, then deploy again',
  })
}
