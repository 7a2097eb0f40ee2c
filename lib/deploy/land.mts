import type { DeployError } from '../error.mts'
import type { Snapshot } from '../health/health.mts'
import type { Redactor } from '../report/redact.mts'
import type { Report } from '../report/report.mts'
import type { Settings } from '../settings/settings.mts'
import { startClock } from './clock.mts'
import type { Clock } from './clock.mts'
import { freeze } from './evidence.mts'
import { withEvidence, withoutSecrets } from './failure.mts'
import { finishRelease } from './finish.mts'
import { takeLock } from './lock.mts'
import { proveAll } from './proving.mts'
import { rollOut } from './rollout.mts'
import { migratedTo, readMigrations } from './schema.mts'
import { settle } from './settle.mts'
import type { Target } from './target.mts'
import { watchUsers } from './traffic.mts'
import type { Plan, Release, Rollout } from './types.mts'
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
 * Carries a plan out and ends with proof: lock, clock, rollout, proof, record. The clock starts when the lock is held,
 * is fixed before the first write (law 2) and ends at the proof. Throws what went wrong, with its evidence frozen in a file.
 */
export async function land(landing: Landing): Promise<Release> {
  const { target, plan, settings, report, redactor, signal } = landing
  const { cluster } = target
  await using lock = await takeLock(cluster, plan, { report, signal })
  using clock = startClock(limitOf(plan, settings), lock.signal, signal)
  const settled = await settle(cluster, plan, clock.signal)
  const frozen = (failure: Failure): Promise<DeployError> => bundle({ ...landing, plan: settled }, lock.run, failure)
  const proofs = target.proofs(settled.desired)
  await using users = watchUsers(proofs, settled)
  const rollout = await rollOut({ cluster, plan: settled, clock, report, frozen })
  const ready = clock.elapsed()
  const { snapshot } = rollout
  const { proof, told } = await proveAll(proofs, settled.desired, { clock, report, snapshot, frozen })
  const proven = clock.elapsed()
  const requests = await users.end(report)
  // What is proven in time is recorded although the clock ends meanwhile.
  const until = AbortSignal.any([lock.signal, signal])
  const schema = told.revision ?? migratedTo(snapshot) ?? (await migratedBefore(landing, settled, snapshot))
  const whole = { ...rollout, requests, ...(schema === undefined ? {} : { schema }) }
  const finished = { plan: settled, lock, rollout: whole, proof, settings, redactor, signal: until }
  const release = await finishRelease(cluster, finished)
  tell(landing, { release, rollout: whole, clock, ready, proven })
  return release
}

/** A run that died before it could record its release may have migrated; an empty plan is recorded already. */
async function migratedBefore(
  { target, signal }: Landing,
  plan: Plan,
  snapshot: Snapshot,
): Promise<string | undefined> {
  return isEmpty(plan) ? undefined : readMigrations(target.cluster, { desired: plan.desired, snapshot, signal })
}

function limitOf(plan: Plan, { within }: Settings): number {
  return (within ?? plan.desired.slo) + (plan.issuesCertificate ? plan.desired.tlsTimeout : 0)
}

interface Landed {
  release: Release
  rollout: Rollout
  clock: Clock
  /** Milliseconds from the lock until everything was ready, and until it was proven. */
  ready: number
  proven: number
}

function tell({ target, plan, settings, report }: Landing, { release, rollout, clock, ready, proven }: Landed): void {
  const slo = settings.within ?? plan.desired.slo
  report.release({
    number: release.number,
    elapsed: proven,
    slo,
    ...(clock.limit > slo ? { certificate: clock.limit - slo } : {}),
    held: proven <= slo,
    shares: [
      ...rollout.timeline.map(({ component, ms }) => ({ name: component, ms })),
      { name: 'proof', ms: proven - ready },
    ],
    requests: target.cluster.sent,
  })
  if (plan.desired.proofs.length === 0)
    report.note(`${plan.desired.stack} declares no proof: that its objects became ready is all that is known`)
  if (!isEmpty(plan)) return
  report.note('nothing to change: 0 writes, the same proof')
  if (settings.schemaCompatible && !release.schemaCompatible)
    report.note(
      `--schema-compatible is not noted: release ${release.number} is recorded already; name it when rolling back`,
    )
}

interface Failure {
  error: DeployError
  snapshot: Snapshot
}

/** The failure with where its evidence was frozen, and with what goes on in the cluster meanwhile. */
async function bundle({ plan, redactor }: Landing, run: string, { error, snapshot }: Failure): Promise<DeployError> {
  const path = await freeze({ plan, snapshot, error, run }, redactor)
  const file = path === undefined ? [] : [`evidence: ${path}`]
  const told = withEvidence(error, [...stillGoing(plan, error), ...file])
  return withoutSecrets(told, (text) => redactor.scrub(text))
}

function stillGoing(plan: Plan, { code }: DeployError): string[] {
  if (plan.base === undefined || isEmpty(plan) || code === 'lock-lost') return []
  const { number } = plan.base
  return [
    `release ${number} was live before; Kubernetes keeps trying the new version: npx zx rollback.mts takes it away`,
  ]
}
