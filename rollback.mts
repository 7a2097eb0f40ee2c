import { story } from './lib/deploy/story.mts'

await story('rollback', async (stage) => {
  const { endDryRun, findWayBack, land, openTarget, refuseBlocked, refuseSchemaAhead, showPlan } =
    await import('./lib/deploy/phases.mts')
  const { settings, report, signal } = stage
  await using target = await openTarget(stage)
  const { namespace: home, stack, to, forceConflicts } = settings
  const wanted = { home, stack: stack.name, to, signal, forceConflicts }
  const back = await findWayBack(target.cluster, wanted)
  report.note(`back to release ${back.release.number}, proven ${back.release.at} by ${back.release.by}`)
  showPlan(report, back.plan)
  await refuseSchemaAhead(target.proofs(back.plan.desired), back, { ...settings, report, signal })
  refuseBlocked(back.plan)
  if (settings.dryRun === 'server') return endDryRun(report, back.plan, settings)
  await land({ ...stage, target, plan: back.plan })
})
