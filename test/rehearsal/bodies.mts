import {
  confirmTeardown,
  endDryRun,
  endTeardownDryRun,
  fillSecrets,
  findWayBack,
  land,
  makePlan,
  planTeardown,
  recover,
  refuseBlocked,
  refuseSchemaAhead,
  render,
  showPlan,
  showTeardown,
  tearDown,
} from '../../lib/deploy/phases.mts'
import type { Stage } from '../../lib/deploy/story.mts'
import type { Target } from '../../lib/deploy/target.mts'

export type ActingScript = 'deploy' | 'rollback' | 'teardown'

type Acting = Stage & { target: Target }

/** What deploy.mts and rollback.mts do once their target is open. */
export const bodies: Readonly<Record<ActingScript, (acting: Acting) => Promise<unknown>>> = {
  deploy,
  rollback,
  teardown,
}

async function deploy(acting: Acting): Promise<unknown> {
  const { settings, report, signal, target } = acting
  const desired = fillSecrets(render(settings.stack, settings), acting)
  const plan = await makePlan(target.cluster, desired, { signal, forceConflicts: settings.forceConflicts })
  showPlan(report, plan)
  refuseBlocked(plan)
  if (settings.dryRun === 'server') return endDryRun(report, plan, settings)
  try {
    return await land({ ...acting, plan })
  } catch (error) {
    if (settings.onFailure === 'hold') throw error
    throw await recover(error, { ...acting, plan })
  }
}

async function rollback(acting: Acting): Promise<unknown> {
  const { settings, report, signal, target } = acting
  const { namespace: home, stack, to, forceConflicts } = settings
  const back = await findWayBack(target.cluster, { home, stack: stack.name, to, signal, forceConflicts })
  showPlan(report, back.plan)
  await refuseSchemaAhead(target.proofs(back.plan.desired), back, { ...settings, report, signal })
  refuseBlocked(back.plan)
  return land({ ...acting, plan: back.plan })
}

async function teardown(acting: Acting): Promise<unknown> {
  const { settings, report, signal, target } = acting
  const plan = await planTeardown(target.cluster, render(settings.stack, settings), { with: settings.with, signal })
  showTeardown(report, plan)
  if (settings.dryRun === 'server') return endTeardownDryRun(report, plan, settings)
  refuseBlocked(plan)
  await confirmTeardown(plan, { report, yes: settings.yes, signal })
  return tearDown({ target, plan, settings, report, signal })
}
