import { DeployError } from '../error.mts'
import { dataChangedAt } from '../health/fresh.mts'
import type { Cluster } from '../kube/cluster.mts'
import { keyOf } from '../kube/object.mts'
import type { Ref } from '../kube/object.mts'
import type { ProofTarget } from '../proof/target.mts'
import type { Report } from '../report/report.mts'
import { unfinishedRollback } from './lease.mts'
import { mapLimit } from './parallel.mts'
import { makePlan } from './plan.mts'
import type { PlanOptions } from './plan.mts'
import { listReleases, withoutSecrets } from './release.mts'
import { askHealth } from './schema.mts'
import { configRefs, look } from './survey.mts'
import type { Plan, Release, Row, Step } from './types.mts'

const PARALLEL = 8

interface Wanted extends PlanOptions {
  home: string
  stack: string
  /** The operator's choice; else the newest proven release that is not what is applied now. */
  to?: number | undefined
}

/** A plan that brings an earlier proven release back. */
export interface WayBack {
  release: Release
  plan: Plan
}

/**
 * After a failed deploy this is the release that served; after a good one, the one before. Secrets are left alone: their
 * data is not in the record; those that changed since are named. A rollback whose process died is gone on with. Errors: `no-release`.
 */
export async function findWayBack(cluster: Cluster, wanted: Wanted): Promise<WayBack> {
  const records = await listReleases(cluster, wanted, wanted.signal)
  if (wanted.to !== undefined) return planFor(cluster, chosen(records, wanted.to, wanted), wanted)
  // What is applied now is half of what that one wanted: it must not be taken for a deploy that failed.
  const unfinished = await unfinishedRollback(cluster, wanted)
  const cut = records.find(({ number }) => number === unfinished)
  if (cut !== undefined) return goingOn(await planFor(cluster, cut, wanted))
  const [newest] = records
  // A release that was rolled back to is recorded again: what differs counts, not the number.
  const before = records.find(({ digest }) => digest !== newest?.digest)
  if (newest === undefined) throw noRelease(wanted, 'none was ever proven')
  const back = await planFor(cluster, newest, wanted)
  if (back.plan.steps.some(isDifferent)) return back
  if (before === undefined)
    throw noRelease(wanted, `nothing but release ${newest.number} is recorded, and it is what is applied`)
  return planFor(cluster, before, wanted)
}

function goingOn({ release, plan }: WayBack): WayBack {
  return { release, plan: { ...plan, rollback: { to: release.number, goesOn: true } } }
}

/** Pods that are only to be rolled, because a Secret changed under them, run the release all the same. */
function isDifferent({ action, because, changes }: Step): boolean {
  if (action === 'unchanged') return false
  const byMark = changes.every(
    ({ path }) => path.startsWith('spec.template.metadata.annotations') || path.startsWith('metadata.managedFields'),
  )
  return because === undefined || !byMark
}

async function planFor(cluster: Cluster, release: Release, wanted: Wanted): Promise<WayBack> {
  const desired = withoutSecrets(release.desired)
  const [plan, rows] = await Promise.all([
    makePlan(cluster, desired, wanted),
    changedSecrets(cluster, release, wanted.signal),
  ])
  const rollback = { to: release.number, goesOn: false }
  return { release, plan: { ...plan, rollback, preflight: [...plan.preflight, ...rows] } }
}

/** Secrets that got other data after the release was proven: they stay as they are. */
async function changedSecrets(cluster: Cluster, { desired, number, at }: Release, signal: AbortSignal): Promise<Row[]> {
  const secrets = new Map(
    configRefs(desired).flatMap((ref) => (ref.kind === 'Secret' ? [[keyOf(ref), ref] as [string, Ref]] : [])),
  )
  const found = await mapLimit([...secrets.values()], PARALLEL, (ref) => look(cluster, ref, signal))
  return found.flatMap((one): Row[] => {
    const changed = one.state === 'there' ? dataChangedAt(one.object) : undefined
    if (one.state !== 'there' || changed === undefined || Date.parse(changed) <= Date.parse(at)) return []
    const { name } = one.object.metadata
    const says = `got new data at ${changed}, after release ${number} was proven; a rollback leaves Secrets as they are`
    return [{ name: `Secret ${name}`, state: 'warning', says }]
  })
}

function chosen(records: readonly Release[], number: number, wanted: Wanted): Release {
  const found = records.find((release) => release.number === number)
  if (found !== undefined) return found
  const there = records.map((release) => String(release.number)).join(', ')
  throw noRelease(wanted, `release ${number} is not recorded${there === '' ? '' : `; there are ${there}`}`)
}

function noRelease({ stack, home }: Wanted, why: string): DeployError {
  return new DeployError({
    code: 'no-release',
    says: `Cannot roll ${stack} back: ${why}`,
    next: `kubectl -n ${home} get configmaps -l landfall.dev/record=${stack}`,
  })
}

interface SchemaCheck {
  /** The operator says that the release can run on the newer schema. */
  schemaCompatible: boolean
  signal: AbortSignal
  report: Report
}

/**
 * Refuses (`schema-ahead`) where the database is at another schema revision than the release knows: the app on screen is
 * asked, else the newest record tells. Migrations are never run backwards.
 */
export async function refuseSchemaAhead(
  target: ProofTarget,
  { release, plan }: WayBack,
  check: SchemaCheck,
): Promise<void> {
  const told = await askHealth(target, plan.desired, check.signal)
  const now = told.revision ?? plan.base?.schema
  if (release.schema === undefined || now === undefined)
    return check.report.note('the schema revision is not known: nothing to compare')
  if (told.revision === undefined)
    check.report.note(`the app does not tell its schema revision; release ${plan.base?.number ?? '?'} was at ${now}`)
  if (release.schema === now) return
  const differs = `the database is at schema revision ${now}, release ${release.number} knows ${release.schema}`
  if (release.schemaCompatible || check.schemaCompatible) return check.report.note(`${differs}; taken as compatible`)
  throw new DeployError({
    code: 'schema-ahead',
    says: `Cannot roll back to release ${release.number}: ${differs}`,
    evidence: [
      `stay: the live release keeps serving, nothing was written`,
      `fix forward: npx zx deploy.mts --tag …`,
      `if release ${release.number} runs on the newer schema as well: npx zx rollback.mts --to ${release.number} --schema-compatible`,
    ],
    next: 'npx zx deploy.mts --tag … (forward), or one of the choices above',
  })
}
