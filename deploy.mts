import { story } from './lib/deploy/story.mts'

await story('deploy', async (stage) => {
  const { endDryRun, land, makePlan, objectsOf, openTarget, recover, refuseBlocked, render, showPlan } =
    await import('./lib/deploy/phases.mts')
  const { settings, report, signal } = stage
  const desired = render(settings.stack, settings)
  if (settings.dryRun === 'client') return report.data(objectsOf(desired))

  await using target = await openTarget(stage)
  const plan = await makePlan(target.cluster, desired, { signal, forceConflicts: settings.forceConflicts })
  showPlan(report, plan)
  refuseBlocked(plan)
  if (settings.dryRun === 'server') return endDryRun(report, plan, settings)

  try {
    await land({ ...stage, target, plan })
  } catch (error) {
    if (settings.onFailure === 'hold') throw error
    throw await recover(error, { ...stage, target, plan })
  }
})
