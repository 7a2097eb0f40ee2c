import { story } from '../deploy/story.mts'
import type { Stage } from '../deploy/story.mts'
import type { OpenTarget } from '../deploy/target.mts'
import type { Stack } from '../stacks/stack.mts'

/**
 * Deploys this stack, or the one that `--stack` names, and ends with proof that the new version serves. Told by the
 * command line; sets `process.exitCode` and never throws.
 */
export function deploy(stack?: Stack): Promise<void> {
  return story('deploy', deploying, { ...(stack && { stack }) })
}

/** The story itself; tests bring a cluster of their own by `open`. */
export async function deploying(stage: Stage, open?: OpenTarget) {
  const { endDryRun, fillSecrets, land, makePlan, objectsOf, openTarget, recover, refuseBlocked, render, showPlan } =
    await import('../deploy/phases.mts')
  const { settings, report, signal } = stage
  const desired = render(settings.stack, settings)
  if (settings.dryRun === 'client') return report.data(objectsOf(desired))

  const filled = fillSecrets(desired, stage)
  await using target = await (open ?? openTarget)(stage)
  const plan = await makePlan(target.cluster, filled, { signal, forceConflicts: settings.forceConflicts })
  showPlan(report, plan)
  refuseBlocked(plan)
  if (settings.dryRun === 'server') return endDryRun(report, plan, settings)

  try {
    await land({ ...stage, target, plan })
  } catch (error) {
    if (settings.onFailure === 'hold') throw error
    throw await recover(error, { ...stage, target, plan })
  }
}
