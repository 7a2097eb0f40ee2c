import { hostname } from 'node:os'
import type { Cluster } from '../kube/cluster.mts'
import type { Proven } from '../proof/spec.mts'
import type { Redactor } from '../report/redact.mts'
import type { Settings } from '../settings/settings.mts'
import { whoami } from './holder.mts'
import type { Lock } from './hold.mts'
import { prune } from './prune.mts'
import { nextNumber, recordRelease, withoutSecretData } from './release.mts'
import type { Plan, Release, Rollout } from './types.mts'
import { isEmpty } from './types.mts'

interface Finished {
  plan: Plan
  lock: Lock
  rollout: Rollout
  proof: readonly Proven[]
  settings: Settings
  redactor: Redactor
  /** Ends with the lock or the operator, not with the clock: what was proven in time is a release. */
  signal: AbortSignal
}

/**
 * Makes a proven deployment a release: recorded, pointed to by the lock, and only then rid of what it superseded. An
 * empty plan is the release that is there already.
 */
export async function finishRelease(cluster: Cluster, finished: Finished): Promise<Release> {
  const { plan, lock, signal } = finished
  if (isEmpty(plan) && plan.base !== undefined) return plan.base
  const release = await recordRelease(cluster, releaseOf(finished), { records: plan.records, signal })
  await lock.point(release.number)
  await prune(cluster, plan, signal)
  return release
}

function releaseOf({ plan, lock, rollout, proof, settings, redactor }: Finished): Release {
  const schema = rollout.schema ?? plan.base?.schema
  return {
    number: nextNumber(plan.records),
    desired: withoutSecretData(plan.desired),
    digest: plan.desired.digest,
    ...(schema === undefined ? {} : { schema }),
    schemaCompatible: settings.schemaCompatible,
    timeline: rollout.timeline,
    proof: scrubbed(proof, redactor),
    by: whoami(),
    from: settings.githubRun === undefined ? hostname() : `GitHub run ${settings.githubRun}`,
    at: new Date().toISOString(),
    run: lock.run,
  }
}

/** What a proof heard may quote a secret; the manifests stay as they are, since a rollback applies them. */
function scrubbed(proof: readonly Proven[], redactor: Redactor): Proven[] {
  return proof.map((proven) => ({ ...proven, says: redactor.scrub(proven.says) }))
}
