import { story } from '../deploy/story.mts'
import type { Stage } from '../deploy/story.mts'
import type { OpenTarget } from '../deploy/target.mts'
import type { Stack } from '../stacks/stack.mts'

/** Removes what this stack made, or the one that `--stack` names, after showing it, and proves that it is gone. */
export function teardown(stack?: Stack): Promise<void> {
  return story('teardown', tearingDown, { ...(stack && { stack }) })
}

/** The story itself; tests bring a cluster of their own by `open`. */
export async function tearingDown(stage: Stage, open?: OpenTarget) {
  const {
    confirmTeardown,
    endTeardownDryRun,
    openTarget,
    planTeardown,
    refuseBlocked,
    render,
    showTeardown,
    tearDown,
  } = await import('../deploy/phases.mts')
  const { settings, report, signal } = stage
  const desired = render(settings.stack, settings)

  await using target = await (open ?? openTarget)(stage)
  const plan = await planTeardown(target.cluster, desired, { with: settings.with, signal })
  showTeardown(report, plan)
  if (settings.dryRun === 'server') return endTeardownDryRun(report, plan, settings)

  refuseBlocked(plan)
  await confirmTeardown(plan, { report, yes: settings.yes, signal })
  await tearDown({ target, plan, settings, report, signal })
}
