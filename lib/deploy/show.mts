import type { PlanView, Report } from '../report/report.mts'
import { EXIT } from '../error.mts'
import type { Exit } from '../error.mts'
import { formatRef } from '../kube/object.mts'
import type { KubeObject } from '../kube/object.mts'
import type { Settings } from '../settings/settings.mts'
import type { Desired } from '../stacks/stack.mts'
import type { Change, Plan, Step } from './types.mts'

/** The plan and its preflight, as people read them. */
export function showPlan(report: Report, plan: Plan): void {
  report.plan(viewOf(plan))
  report.preflight(plan.preflight)
}

/** The end of a server dry run: the plan as data where a format was asked for, exit 6 where differences shall end so. */
export function endDryRun(report: Report, plan: Plan, { output, exitCode }: Settings): Exit {
  if (output !== 'text') report.data({ apiVersion: 'landfall.dev/v1', kind: 'Plan', ...viewOf(plan) })
  const differs = plan.steps.some(({ action }) => action !== 'unchanged')
  return differs && exitCode ? EXIT.differences : EXIT.proven
}

function viewOf(plan: Plan): PlanView {
  return {
    objects: plan.steps.map(objectView),
    elapsed: plan.elapsed,
    ...(plan.base === undefined ? {} : { base: plan.base.number }),
  }
}

function objectView({ ref, action, changes, warnings, because }: Step): PlanView['objects'][number] {
  return {
    ref: formatRef(ref),
    action: because === undefined ? action : 'roll',
    changes: changes.map(changeView),
    warnings: because === undefined ? warnings : [because, ...warnings],
  }
}

function changeView({ path, from, to }: Change): PlanView['objects'][number]['changes'][number] {
  return { path, ...(from === undefined ? {} : { from: short(from) }), ...(to === undefined ? {} : { to: short(to) }) }
}

const LONGEST = 120

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** The objects in the order in which they are applied: what `--dry-run=client` prints. */
export function objectsOf(desired: Desired): KubeObject[] {
  return desired.components.flatMap(({ objects }) => objects)
}
