import { story } from '../deploy/story.mts'
import type { Stage } from '../deploy/story.mts'
import type { OpenTarget } from '../deploy/target.mts'
import type { Stack } from '../stacks/stack.mts'

/** Brings an earlier proven release of this stack back, or of the one that `--stack` names. As `deploy` otherwise. */
export function rollback(stack?: Stack): Promise<void> {
  return story('rollback', goingBack, { ...(stack && { stack }) })
}

/** The story itself; tests bring a cluster of their own by `open`. */
export async function goingBack(stage: Stage, open?: OpenTarget) {
  const { endDryRun, findWayBack, land, openTarget, refuseBlocked, refuseSchemaAhead, showPlan } =
    await import('../deploy/phases.mts')
  const { settings, report, signal } = stage
  await using target = await (open ?? openTarget)(stage)
  const { namespace: home, stack, to, forceConflicts } = settings
  const wanted = { home, stack: stack.name, to, signal, forceConflicts }
  const back = await findWayBack(target.cluster, wanted)
  report.note(`back to release ${back.release.number}, proven ${back.release.at} by ${back.release.by}`)
  showPlan(report, back.plan)
  await refuseSchemaAhead(target.proofs(back.plan.desired), back, { ...settings, report, signal })
  refuseBlocked(back.plan)
  if (settings.dryRun === 'server') return endDryRun(report, back.plan, settings)
  await land({ ...stage, target, plan: back.plan })
}
