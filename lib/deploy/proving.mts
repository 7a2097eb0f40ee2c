import { DeployError } from '../error.mts'
import type { Snapshot } from '../health/health.mts'
import type { EdgeSettings } from '../proof/edge.mts'
import { prove } from '../proof/prove.mts'
import type { ProofTarget } from '../proof/prove.mts'
import type { Proven } from '../proof/spec.mts'
import type { Report } from '../report/report.mts'
import type { Desired } from '../stacks/stack.mts'
import type { Clock } from './clock.mts'
import { askHealth } from './schema.mts'
import type { Told } from './schema.mts'

/** Milliseconds for which a proof is asked again during a deploy: an ingress controller takes a moment to see new pods. */
const PATIENCE = 20_000
/** Milliseconds kept of the time that is left, so that a proof that says no is the news, and not the end of time. */
const LAST_WORD = 1_000

interface Proving {
  clock: Clock
  report: Report
  /** What the rollout saw last, for the evidence of a proof that fails. */
  snapshot: Snapshot
  frozen: (failure: { error: DeployError; snapshot: Snapshot }) => Promise<DeployError>
}

/**
 * Runs every proof as the last gate of a deploy. Errors: `proof-failed`; `unproven` where one could not be checked
 * (law 9); the clock's reason where the time is up.
 */
export async function proveAll(
  target: ProofTarget,
  desired: Desired,
  { clock, report, snapshot, frozen }: Proving,
): Promise<{ proof: Proven[]; told: Told }> {
  const { signal } = clock
  const patience = Math.min(PATIENCE, clock.remaining() - LAST_WORD)
  const options = { signal, patience, onProven: (proven: Proven) => report.proof(proven) }
  const proof = await prove(target, desired.proofs, options)
  try {
    refuseUnproven(proof, signal)
  } catch (error) {
    throw error instanceof DeployError ? await frozen({ error, snapshot }) : error
  }
  return { proof, told: await askHealth(target, desired, signal) }
}

/** What the proofs of this desired state are asked of. */
export function proofTarget(cluster: ProofTarget['cluster'], desired: Desired, edge: EdgeSettings): ProofTarget {
  const desiredObjects = desired.components.flatMap(({ objects }) => objects)
  return { cluster, home: desired.home, edge, desiredObjects }
}

/** Throws unless every proof passed; advice never counts. */
export function refuseUnproven(proof: readonly Proven[], signal: AbortSignal): void {
  const failed = proof.filter(({ state }) => state === 'failed')
  const open = proof.filter(({ state }) => state === 'unchecked')
  const [first = open[0]] = failed
  if (first === undefined) return
  if (failed.length === 0) signal.throwIfAborted()
  const others = [...failed, ...open].filter((proven) => proven !== first)
  throw new DeployError({
    code: failed.length > 0 ? 'proof-failed' : 'unproven',
    says: `Cannot call it proven: ${first.spec.name}: ${first.says}`,
    evidence: others.map(({ spec, state, says }) => `${spec.name} ${state}: ${says}`),
    next: first.repeat,
  })
}
