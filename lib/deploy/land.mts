import { DeployError } from '../error.mts'
import type { Redactor } from '../report/redact.mts'
import type { Report } from '../report/report.mts'
import type { Settings } from '../settings/settings.mts'
import { startClock } from './clock.mts'
import { freeze } from './evidence.mts'
import { finishRelease } from './finish.mts'
import { takeLock } from './lock.mts'
import { proveAll } from './proving.mts'
import { rollOut } from './rollout.mts'
import { migratedTo } from './schema.mts'
import { settle } from './settle.mts'
import type { Target } from './target.mts'
import { watchUsers } from './traffic.mts'
import type { Plan, Release } from './types.mts'
import { isEmpty } from './types.mts'

export interface Landing {
  target: Target
  plan: Plan
  settings: Settings
  report: Report
  redactor: Redactor
  signal: AbortSignal
}

/**
 * Carries a plan out and ends with proof: lock, clock, rollout, proof, record. The clock starts when the lock is held
 * and is fixed before the first write (law 2). Throws what went wrong, with its evidence frozen in a file.
 */
export async function land(landing: Landing): Promise<Release> {
  const { target, plan, settings, report, signal } = landing
  const { cluster } = target
  await using lock = await takeLock(cluster, plan, { report, signal })
  using clock = startClock(limitOf(plan, settings), lock.signal, signal)
  const settled = await settle(cluster, plan, clock.signal)
  const proofs = target.proofs(plan.desired)
  await using users = watchUsers(proofs, settled)
  const rollout = await rollOut({
    cluster,
    plan: settled,
    clock,
    report,
    frozen: (failure) => bundle(landing, lock.run, failure),
  })
  const ready = clock.elapsed()
  const { proof, told } = await proveAll(proofs, plan.desired, { clock, report })
  const requests = await users.end(report)
  const schema = told.revision ?? migratedTo(rollout.snapshot)
  const whole = { ...rollout, requests, ...(schema === undefined ? {} : { schema }) }
  const release = await finishRelease(cluster, { plan: settled, lock, clock, rollout: whole, proof, settings })
  const slo = settings.within ?? plan.desired.slo
  report.release({
    number: release.number,
    elapsed: clock.elapsed(),
    slo,
    ...(clock.limit > slo ? { certificate: clock.limit - slo } : {}),
    held: clock.elapsed() <= slo,
    shares: [
      ...rollout.timeline.map(({ component, ms }) => ({ name: component, ms })),
      { name: 'proof', ms: clock.elapsed() - ready },
    ],
    requests: cluster.sent,
  })
  if (isEmpty(plan)) report.note('nothing to change: 0 writes, the same proof')
  return release
}

function limitOf(plan: Plan, { within }: Settings): number {
  return (within ?? plan.desired.slo) + (plan.issuesCertificate ? plan.desired.tlsTimeout : 0)
}

type Failure = Parameters<Parameters<typeof rollOut>[0]['frozen']>[0]

/** The failure with where its evidence was frozen, and with what goes on in the cluster meanwhile. */
async function bundle({ plan, redactor }: Landing, run: string, { error, snapshot }: Failure): Promise<DeployError> {
  const path = await freeze({ plan, snapshot, error, run }, redactor)
  const { code, message, next, evidence } = error
  const still =
    plan.base === undefined
      ? []
      : [
          `release ${plan.base.number} was live before; Kubernetes keeps trying the new version: npx zx rollback.mts takes it away`,
        ]
  const file = path === undefined ? [] : [`evidence: ${path}`]
  return new DeployError({ code, says: message, next, evidence: [...evidence, ...still, ...file], cause: error })
}
