import { CODES, DeployError, EXIT } from '../error.mts'
import { findWayBack, refuseSchemaAhead } from './earlier.mts'
import { land } from './land.mts'
import type { Landing } from './land.mts'

/**
 * `--on-failure rollback`: brings the last proven release back, on a clock of its own. Gives the first failure again, with
 * what became of the rollback as evidence: a failed rollback must never hide what it was for.
 */
export async function recover(error: unknown, landing: Landing): Promise<unknown> {
  if (!(error instanceof DeployError) || !isFailure(error) || landing.plan.base === undefined) return error
  const { settings, report, target, signal } = landing
  report.failure(error)
  try {
    const { home, stack } = landing.plan.desired
    const back = await findWayBack(target.cluster, { home, stack, to: landing.plan.base.number, signal })
    await refuseSchemaAhead(target.proofs(back.plan.desired), back, { ...settings, report, signal })
    await land({ ...landing, plan: back.plan })
    return withEvidence(error, `rolled back to release ${back.release.number}, proven again`)
  } catch (second) {
    return withEvidence(error, `the rollback failed too: ${second instanceof Error ? second.message : String(second)}`)
  }
}

/** Refusals wrote nothing, and an interrupt is the operator's: neither is rolled back. */
function isFailure({ code }: DeployError): boolean {
  return CODES[code] === EXIT.failed || CODES[code] === EXIT.outOfTime
}

function withEvidence({ code, message, next, evidence, cause }: DeployError, line: string): DeployError {
  return new DeployError({ code, says: message, next, evidence: [...evidence, line], cause })
}
