import { randomUUID } from 'node:crypto'
import { DeployError } from '../../error.mts'
import { templateOf } from '../../kube/containers.mts'
import type { Cluster } from '../../kube/cluster.mts'
import { formatRef, keyOf, refOf } from '../../kube/object.mts'
import type { Lease } from '../../kube/schema/types.mts'
import { API_VERSION } from '../../report/document.mts'
import type { Report } from '../../report/report.mts'
import type { Settings } from '../../settings/settings.mts'
import { startClock } from '../clock.mts'
import type { Clock } from '../clock.mts'
import type { Lock } from '../hold.mts'
import { takeLease } from '../lease.mts'
import type { Target } from '../target.mts'
import { isGone, planTeardown } from './plan.mts'
import { removeAll } from './remove.mts'
import type { TeardownPlan } from './types.mts'
import { allOf } from './types.mts'

interface Teardown {
  target: Pick<Target, 'cluster'>
  plan: TeardownPlan
  settings: Pick<Settings, 'with' | 'within' | 'output'>
  report: Report
  signal: AbortSignal
}

/**
 * Removes what the plan shows and proves that it is gone: under the lock and within a clock, components in reverse order,
 * then the release records, then the lock itself, then namespaces that were named. Killed anywhere, the next run goes on.
 * Errors: `locked`, `ground-moved`, `out-of-time`, `unproven`.
 */
export async function tearDown(teardown: Teardown): Promise<void> {
  const { target, plan, settings, report, signal } = teardown
  if (isGone(plan)) return report.note(`nothing to remove: ${plan.desired.stack} is not here`)
  const { cluster } = target
  await using lock = await lockFor(cluster, plan, { report, signal })
  using clock = startClock(limitOf(plan, settings), signal)
  const until = lock === undefined ? clock.signal : AbortSignal.any([clock.signal, lock.signal])
  const again = (): Promise<TeardownPlan> => planTeardown(cluster, plan.desired, { with: settings.with, signal: until })
  const { stack } = plan.desired
  const settled = lock === undefined ? plan : refuseMoved(plan, await again())
  await removeAll(cluster, { ...settled, stack, clock, signal: until, report })
  refuseLeft(settled, await again())
  for (const record of settled.records) await cluster.remove(refOf(record), { ...uidOf(record), signal: until })
  await removeLease(cluster, plan, lock, until)
  const namespaces = settled.namespaces.map((live) => ({ component: 'namespaces', live }))
  await removeAll(cluster, { stack, graph: [], objects: namespaces, clock, signal: clock.signal, report })
  tell(teardown, settled, clock)
}

function uidOf({ metadata }: { metadata: { uid: string } }): { uid: string } {
  return { uid: metadata.uid }
}

/** A namespace that is missing or on its way out takes no lock; nor could a deploy take one there. */
async function lockFor(
  cluster: Cluster,
  { desired, home }: TeardownPlan,
  { report, signal }: Pick<Teardown, 'report' | 'signal'>,
): Promise<Lock | undefined> {
  if (home !== 'here') return undefined
  const say = (text: string): void => report.note(text)
  return takeLease(cluster, { namespace: desired.home, stack: desired.stack, run: randomUUID(), signal, say })
}

/** The stack's own limit, and the longest grace that its pods have: Kubernetes waits for it. */
function limitOf({ desired, objects }: TeardownPlan, { within }: Pick<Settings, 'within'>): number {
  const graces = objects.map(({ live }) => templateOf(live)?.spec?.terminationGracePeriodSeconds ?? 0)
  return within ?? desired.slo + Math.max(0, ...graces) * 1000
}

/** What came after the plan was shown has not been confirmed. */
function refuseMoved(shown: TeardownPlan, now: TeardownPlan): TeardownPlan {
  const known = new Set(allOf(shown).map((live) => keyOf(refOf(live))))
  const lease = now.lease === undefined ? undefined : keyOf(refOf(now.lease))
  const fresh = allOf(now).find((live) => !known.has(keyOf(refOf(live))) && keyOf(refOf(live)) !== lease)
  if (fresh === undefined) return now
  throw new DeployError({
    code: 'ground-moved',
    says: `Cannot tear down ${shown.desired.stack}: ${formatRef(refOf(fresh))} came after the plan was shown`,
    next: 'the same command again: nothing was removed',
  })
}

/** Watches saw every object go; a second look tells whether something makes them anew. */
function refuseLeft(before: TeardownPlan, { objects }: TeardownPlan): void {
  const [first] = objects
  if (first === undefined) return
  const ref = formatRef(refOf(first.live))
  throw new DeployError({
    code: 'unproven',
    says: `Cannot prove that ${before.desired.stack} is gone: ${ref} is there again; something makes it anew`,
    evidence: objects.map(({ live }) => formatRef(refOf(live))),
    next: `kubectl get ${first.live.kind.toLowerCase()} ${first.live.metadata.name} --show-managed-fields -o yaml tells who; stop that, then the same command again`,
  })
}

/** The lock is the last trace; while it is held it is ours, so that its uid cannot be another run's. */
async function removeLease(
  cluster: Cluster,
  { desired: { home: namespace, stack }, lease: former }: TeardownPlan,
  lock: Lock | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (lock === undefined && former === undefined) return
  const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: `landfall-${stack}` }
  const lease = await cluster.get<Lease>(ref, { signal })
  if (lease === undefined) return
  await cluster.remove(ref, { ...uidOf(lease), signal })
}

function tell({ report, settings, target }: Teardown, plan: TeardownPlan, clock: Clock): void {
  const removed = allOf(plan).map((live) => formatRef(refOf(live)))
  const stays = plan.stays.map(formatRef)
  const seconds = (clock.elapsed() / 1000).toFixed(1)
  report.note(
    `${plan.desired.stack} is gone: ${removed.length} objects removed in ${seconds} s, ${stays.length} stay; ${target.cluster.sent.writes} writes`,
  )
  if (settings.output !== 'text') report.data({ apiVersion: API_VERSION, kind: 'Teardown', removed, stays })
}
