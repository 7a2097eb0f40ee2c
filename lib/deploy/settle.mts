import { DeployError } from '../error.mts'
import type { Cluster } from '../kube/cluster.mts'
import { formatRef, keyOf } from '../kube/object.mts'
import type { Live } from '../kube/object.mts'
import { mapLimit } from './parallel.mts'
import { makePlan, movedGround, refuseBlocked } from './plan.mts'
import { listReleases } from './release.mts'
import type { Plan } from './types.mts'

/**
 * The plan as it may be carried out now that the lock is held. Where its home was missing, everything is dry-run now;
 * else its ground is checked once more. Errors: `ground-moved`, or what the dry run refuses.
 */
export async function settle(cluster: Cluster, plan: Plan, signal: AbortSignal): Promise<Plan> {
  if (plan.steps.every(({ action }) => action === 'unchanged')) return plan
  return plan.home === 'missing' ? planInNewHome(cluster, plan, signal) : standOn(cluster, plan, signal)
}

async function planInNewHome(cluster: Cluster, plan: Plan, signal: AbortSignal): Promise<Plan> {
  try {
    const again = await makePlan(cluster, plan.desired, { signal, forceConflicts: plan.forceConflicts })
    refuseBlocked(again)
    return again
  } catch (error) {
    if (!(error instanceof DeployError)) throw error
    const { code, message, next, evidence } = error
    const stays = `namespace ${plan.desired.home} was made for this and stays, empty but for the lock`
    throw new DeployError({ code, says: message, next, evidence: [...evidence, stays], cause: error })
  }
}

async function standOn(cluster: Cluster, plan: Plan, signal: AbortSignal): Promise<Plan> {
  const planned = plan.steps.filter(({ action, live }) => action !== 'unchanged' && live !== undefined)
  const [records, now] = await Promise.all([
    listReleases(cluster, plan.desired, signal),
    mapLimit(planned, 8, async ({ ref }) => [keyOf(ref), await cluster.get(ref, { signal })] as const),
  ])
  const there = new Map(now.flatMap(([key, live]): [string, Live][] => (live === undefined ? [] : [[key, live]])))
  const moved = movedGround({ ...plan, steps: planned }, records, there)
  const [first] = moved
  if (first === undefined) return plan
  throw new DeployError({
    code: 'ground-moved',
    says: `Cannot carry the plan out: ${formatRef(first)} changed after it was planned`,
    evidence: moved.slice(1).map(formatRef),
    next: 'deploy again: it plans anew',
  })
}
