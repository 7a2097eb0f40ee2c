import { hostname } from 'node:os'
import type { Cluster } from '../kube/cluster.mts'
import type { Proven } from '../proof/spec.mts'
import type { Settings } from '../settings/settings.mts'
import type { Clock } from './clock.mts'
import { whoami } from './holder.mts'
import type { Lock } from './hold.mts'
import { prune } from './prune.mts'
import { nextNumber, recordRelease, withoutSecretData } from './release.mts'
import type { Plan, Release, Rollout } from './types.mts'
import { isEmpty } from './types.mts'

interface Finished {
  plan: Plan
  lock: Lock
  clock: Clock
  rollout: Rollout
  proof: readonly Proven[]
  settings: Settings
}

/**
 * Makes a proven deployment a release: recorded, pointed to by the lock, and only then rid of what it superseded. An
 * empty plan is the release that is there already.
 */
export async function finishRelease(cluster: Cluster, finished: Finished): Promise<Release> {
  const { plan, lock, clock } = finished
  if (isEmpty(plan) && plan.base !== undefined) return plan.base
  const release = releaseOf(finished)
  await recordRelease(cluster, release, { records: plan.records, signal: clock.signal })
  await lock.point(release.number)
  await prune(cluster, plan, clock.signal)
  return release
}

function releaseOf({ plan, lock, rollout, proof, settings }: Finished): Release {
  const schema = rollout.schema ?? plan.base?.schema
  return {
    number: nextNumber(plan.records),
    desired: withoutSecretData(plan.desired),
    digest: plan.desired.digest,
    ...(schema === undefined ? {} : { schema }),
    schemaCompatible: settings.schemaCompatible,
    timeline: rollout.timeline,
    proof,
    by: whoami(),
    from: process.env['GITHUB_RUN_ID'] === undefined ? hostname() : `GitHub run ${process.env['GITHUB_RUN_ID']}`,
    at: new Date().toISOString(),
    run: lock.run,
  }
}
