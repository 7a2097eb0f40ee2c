import { CODES, DeployError, EXIT } from '../error.mts'
import { findWayBack, refuseSchemaAhead } from './earlier.mts'
import { withEvidence } from './failure.mts'
import { land } from './land.mts'
import type { Landing } from './land.mts'
import { isEmpty } from './types.mts'

/**
 * `--on-failure rollback`: brings the last proven release back, on a clock of its own. Gives the first failure again, with
 * what became of the rollback as evidence: a failed rollback must never hide what it was for.
 */
export async function recover(error: unknown, landing: Landing): Promise<unknown> {
  const { base } = landing.plan
  if (!(error instanceof DeployError) || !isFailure(error) || base === undefined || isEmpty(landing.plan)) return error
  const { settings, report, target, signal } = landing
  report.failure(error)
  try {
    const { home, stack } = landing.plan.desired
    const { forceConflicts } = settings
    const back = await findWayBack(target.cluster, { home, stack, to: base.number, signal, forceConflicts })
    await refuseSchemaAhead(target.proofs(back.plan.desired), back, { ...settings, report, signal })
    await land({ ...landing, plan: back.plan })
    return withEvidence(error, [`rolled back to release ${back.release.number}, proven again`])
  } catch (second) {
    const says = second instanceof Error ? second.message : String(second)
    return withEvidence(error, [`the rollback failed too: ${says}`])
  }
}

/**
 * Refusals wrote nothing, an interrupt is the operator's, and where the lock was lost another run decides what is applied:
 * none of them is rolled back.
 */
function isFailure({ code }: DeployError): boolean {
  if (code === 'lock-lost') return false
  return CODES[code] === EXIT.failed || CODES[code] === EXIT.outOfTime
}
