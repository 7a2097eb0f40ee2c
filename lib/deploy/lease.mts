import { DeployError } from '../error.mts'
import type { Cluster, WatchEvent } from '../kube/cluster.mts'
import type { Live, Ref } from '../kube/object.mts'
import type { Lease } from '../kube/schema/types.mts'
import { isAlreadyExists, isConflict, isLostAnswer, isNotFound } from '../kube/status.mts'
import { PROCESS_ANNOTATION, ROLLBACK_ANNOTATION, RUN_ANNOTATION } from '../marks.mts'
import { DURATION, holdLease, microTime, stamp, withoutRollback } from './hold.mts'
import type { Lock } from './hold.mts'
import { isCertainlyDead, processMark, whoami } from './holder.mts'

interface Want {
  namespace: string
  stack: string
  run: string
  signal: AbortSignal
  /** The release that a rollback goes back to. */
  rollbackTo?: number
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
  const { stack, run, signal } = want
  const ref = leaseRef(want)
  for (let since = stamp(); ;) {
    const found = await cluster.get<Lease>(ref, { signal })
    // A lost answer of ours that had landed.
    if (found !== undefined && isOurs(found, want)) return holdLease(cluster, { stack, run, lease: found, since })
    const ground = found === undefined || isFree(found) ? found : await outlast(cluster, ref, found, want)
    if (ground === 'stirred') continue
    since = stamp()
    const lease = await tryTake(cluster, ground, want)
    if (lease !== undefined) return holdLease(cluster, { stack, run, lease, since })
  }
}

const KIND = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const

function leaseRef({ namespace, stack }: Pick<Want, 'namespace' | 'stack'>): Ref {
  return { ...KIND, namespace, name: `landfall-${stack}` }
}

/** The release that a rollback was on its way to when its process died; undefined where none was. */
export async function unfinishedRollback(
  cluster: Cluster,
  { home, stack, signal }: { home: string; stack: string; signal: AbortSignal },
): Promise<number | undefined> {
  const lease = await cluster.get<Lease>(leaseRef({ namespace: home, stack }), { signal })
  const to = lease?.metadata.annotations?.[ROLLBACK_ANNOTATION]
  return to === undefined || (lease?.spec?.holderIdentity ?? '') === '' ? undefined : Number(to)
}

function isFree(lease: Live<Lease>): boolean {
  const holder = lease.spec?.holderIdentity
  return holder === undefined || holder === '' || isCertainlyDead(lease.metadata.annotations?.[PROCESS_ANNOTATION])
}

function isOurs(lease: Live<Lease>, { run }: Want): boolean {
  return lease.metadata.annotations?.[RUN_ANNOTATION] === run && (lease.spec?.holderIdentity ?? '') !== ''
}

/**
 * Watches a held lease for one lease duration and gives it as it stood all that time, `stirred` where it was freed or
 * deleted meanwhile. Any renewal means that the holder lives: `locked`. Expiry is observed, never computed from two clocks.
 */
async function outlast(cluster: Cluster, ref: Ref, seen: Live<Lease>, want: Want): Promise<Live<Lease> | 'stirred'> {
  want.say(`lock held by ${seen.spec?.holderIdentity ?? 'someone'}; watching whether it still renews`)
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), Math.max(DURATION, seen.spec?.leaseDurationSeconds ?? 0) * 1000)
  const until = AbortSignal.any([patience.signal, want.signal])
  const selection = { namespace: want.namespace, fieldSelector: `metadata.name=${ref.name}`, signal: until }
  let last = seen
  try {
    for await (const event of cluster.watch<Lease>(ref, selection)) {
      const lease = leaseIn(event)
      if (lease === undefined || isFree(lease)) return 'stirred'
      if (hasRenewed(seen, lease)) throw locked(lease, want)
      last = lease
    }
  } catch (error) {
    if (!patience.signal.aborted || error instanceof DeployError) throw error
  } finally {
    clearTimeout(timer)
  }
  want.signal.throwIfAborted()
  return last
}

function leaseIn(event: WatchEvent<Lease>): Live<Lease> | undefined {
  if (event.type === 'synced') return event.items[0]
  return event.type === 'applied' ? event.object : undefined
}

function hasRenewed(then: Live<Lease>, now: Live<Lease>): boolean {
  const runOf = ({ metadata }: Live<Lease>) => metadata.annotations?.[RUN_ANNOTATION]
  return now.spec?.renewTime !== then.spec?.renewTime || runOf(now) !== runOf(then)
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

/**
 * One attempt, onto the very lease that was found free or silent: its resourceVersion makes sure that nobody has taken or
 * renewed it since. Undefined: somebody did, or the answer was lost; look again.
 */
async function tryTake(
  cluster: Cluster,
  ground: Live<Lease> | undefined,
  want: Want,
): Promise<Live<Lease> | undefined> {
  const { signal } = want
  try {
    if (ground === undefined) return await cluster.create<Lease>(fresh(want), { signal })
    return await cluster.replace<Lease>(takenOver(ground, want), { signal })
  } catch (error) {
    if (isLostAnswer(error) || isAlreadyExists(error) || isConflict(error)) return undefined
    // Deleted since it was found: the lease, or its whole namespace, which the next look tells.
    if (ground !== undefined && isNotFound(error)) return undefined
    throw error
  }
}

function fresh(want: Want): Lease {
  const at = microTime()
  const { name } = leaseRef(want)
  return {
    ...KIND,
    metadata: { name, namespace: want.namespace, annotations: marks(want) },
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
  const lease = fresh(want)
  return {
    ...lease,
    metadata: {
      ...lease.metadata,
      resourceVersion: found.metadata.resourceVersion,
      annotations: { ...withoutRollback(found.metadata.annotations), ...marks(want) },
      ...(found.metadata.labels === undefined ? {} : { labels: found.metadata.labels }),
    },
    spec: { ...lease.spec, leaseTransitions: (found.spec?.leaseTransitions ?? 0) + 1 },
  }
}

function marks(want: Want): Record<string, string> {
  const back = want.rollbackTo === undefined ? {} : { [ROLLBACK_ANNOTATION]: String(want.rollbackTo) }
  return { [RUN_ANNOTATION]: want.run, [PROCESS_ANNOTATION]: processMark() ?? '', ...back }
}
