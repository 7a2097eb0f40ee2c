import { findWayBack, refuseSchemaAhead } from './lib/deploy/earlier.mts'
import { land } from './lib/deploy/land.mts'
import { refuseBlocked } from './lib/deploy/plan.mts'
import { endDryRun, showPlan } from './lib/deploy/show.mts'
import { story } from './lib/deploy/story.mts'
import { openTarget } from './lib/deploy/target.mts'

await story('rollback', async (stage) => {
  const { settings, report, signal } = stage
  await using target = await openTarget(stage)
  const wanted = { home: settings.namespace, stack: settings.stack.name, to: settings.to, signal }
  const back = await findWayBack(target.cluster, wanted)
  report.note(`back to release ${back.release.number}, proven ${back.release.at} by ${back.release.by}`)
  showPlan(report, back.plan)
  await refuseSchemaAhead(target.proofs(back.plan.desired), back, { ...settings, report, signal })
  refuseBlocked(back.plan)
  if (settings.dryRun === 'server') return endDryRun(report, back.plan, settings)
  await land({ ...stage, target, plan: back.plan })
})
