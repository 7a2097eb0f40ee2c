import { DeployError } from '../error.mts'
import type { Cluster } from '../kube/cluster.mts'
import { changes } from '../kube/compare.mts'
import { formatRef, keyOf } from '../kube/object.mts'
import type { Live } from '../kube/object.mts'
import { withEvidence } from './failure.mts'
import { makeNamespace } from './namespaces.mts'
import { mapLimit } from './parallel.mts'
import { makePlan, refuseBlocked } from './plan.mts'
import { listReleases } from './release.mts'
import { look } from './survey.mts'
import type { Found } from './survey.mts'
import type { Plan, Release, Step } from './types.mts'
import { isEmpty } from './types.mts'

const PARALLEL = 10

/**
 * The plan as it may be carried out now that the lock is held. Its ground is checked once more: a run that failed before
 * this one got the lock may have changed anything. Where namespaces of the stack are missing, they are made, and everything
 * is dry-run now. Errors: `ground-moved`, or what the dry run refuses.
 */
export async function settle(cluster: Cluster, plan: Plan, signal: AbortSignal): Promise<Plan> {
  if (isEmpty(plan)) return plan
  const { newNamespaces, desired } = plan
  if (newNamespaces.length === 0) return standOn(cluster, plan, signal)
  // A new home was made together with the lock in it: the plan knows of neither.
  if (!newNamespaces.includes(desired.home)) await standOn(cluster, plan, signal)
  return planInNew(cluster, plan, signal)
}

async function planInNew(cluster: Cluster, plan: Plan, signal: AbortSignal): Promise<Plan> {
  const { desired, forceConflicts, newNamespaces } = plan
  const made = newNamespaces.filter((name) => name === desired.home)
  try {
    for (const name of newNamespaces.filter((one) => one !== desired.home)) {
      await makeNamespace(cluster, plan, name, signal)
      made.push(name)
    }
    const again = await makePlan(cluster, desired, { signal, forceConflicts })
    refuseBlocked(again)
    return again
  } catch (error) {
    if (!(error instanceof DeployError)) throw error
    throw withEvidence(error, made.map(staying(desired.home)))
  }
}

function staying(home: string) {
  return (name: string): string =>
    `namespace ${name} was made for this and stays, empty${name === home ? ' but for the lock' : ''}`
}

async function standOn(cluster: Cluster, plan: Plan, signal: AbortSignal): Promise<Plan> {
  const [records, now] = await Promise.all([
    listReleases(cluster, plan.desired, signal),
    mapLimit(plan.steps.filter(hasGround), PARALLEL, async ({ ref }) => {
      return [keyOf(ref), await look(cluster, ref, signal)] as const
    }),
  ])
  const [first, ...others] = movedGround(plan, records, new Map(now))
  if (first === undefined) return plan
  throw new DeployError({
    code: 'ground-moved',
    says: `Cannot carry the plan out: ${first} changed after it was planned`,
    evidence: others,
    next: 'deploy again: it plans anew',
  })
}

/** Only what the plan has seen, or found missing, can have moved. */
function hasGround({ live, action }: Step): boolean {
  return live !== undefined || action === 'create'
}

/** What changed between planning and holding the lock, in words; empty where the plan's ground still holds. */
export function movedGround(plan: Plan, records: readonly Release[], now: ReadonlyMap<string, Found>): string[] {
  const [newest] = records
  const stale = newest?.number === plan.base?.number ? [] : [`the live release (${newest?.number ?? 'none is left'})`]
  const moved = plan.steps.filter((step) => hasGround(step) && hasMoved(step.live, now.get(keyOf(step.ref))))
  return [...stale, ...moved.map(({ ref }) => formatRef(ref))]
}

/**
 * Status may move at any time. What was planned against is identity and spec (its generation), or everything but the
 * status where a kind has none.
 */
function hasMoved(then: Live | undefined, found: Found | undefined): boolean {
  if (found?.state === 'forbidden') return false
  const now = found?.state === 'there' ? found.object : undefined
  if (then === undefined || now === undefined) return then !== now
  if (now.metadata.uid !== then.metadata.uid) return true
  if (then.metadata.generation !== undefined) return now.metadata.generation !== then.metadata.generation
  return changes(then, now).length > 0
}
