import type { Exit } from '../../error.mts'
import { EXIT } from '../../error.mts'
import { formatRef, refOf } from '../../kube/object.mts'
import { API_VERSION } from '../../report/document.mts'
import type { PlanView, Report } from '../../report/report.mts'
import type { Settings } from '../../settings/settings.mts'
import { isGone } from './plan.mts'
import type { TeardownPlan } from './types.mts'
import { allOf } from './types.mts'

/** What would go, in its order, and what stays. */
export function showTeardown(report: Report, plan: TeardownPlan): void {
  report.plan(viewOf(plan))
  report.preflight(plan.preflight)
}

/** The end of a dry run: the plan as data where a format was asked for, exit 6 where something would go and that was asked. */
export function endTeardownDryRun(report: Report, plan: TeardownPlan, { output, exitCode }: Settings): Exit {
  if (output !== 'text')
    report.data({ apiVersion: API_VERSION, kind: 'TeardownPlan', ...viewOf(plan), stays: plan.stays.map(formatRef) })
  return exitCode && !isGone(plan) ? EXIT.differences : EXIT.proven
}

function viewOf(plan: TeardownPlan): PlanView {
  const objects = allOf(plan).map((live) => ({
    ref: formatRef(refOf(live)),
    action: 'delete' as const,
    changes: [],
    warnings: [],
  }))
  const [base] = plan.records.slice(-1)
  const number = Number(base?.metadata.name.split('-').at(-1))
  return { objects, elapsed: plan.elapsed, ...(Number.isInteger(number) ? { base: number } : {}) }
}
