import { DeployError } from '../error.mts'
import type { Cluster } from '../kube/cluster.mts'
import { changes, sameGround } from '../kube/compare.mts'
import { formatRef, keyOf, refOf } from '../kube/object.mts'
import type { KubeObject, Live, Ref } from '../kube/object.mts'
import type { Job } from '../kube/schema/types.mts'
import { isForbidden, isMissingNamespace } from '../kube/status.mts'
import { managerOf, STACK_LABEL } from '../marks.mts'
import type { Desired } from '../stacks/stack.mts'
import { mapLimit } from './parallel.mts'
import { preflight } from './preflight.mts'
import { refusalOf } from './refusal.mts'
import { rollIfStale } from './roll.mts'
import { survey } from './survey.mts'
import type { Survey } from './survey.mts'
import type { Plan, Release, Step } from './types.mts'

const PARALLEL = 6

export interface PlanOptions {
  signal: AbortSignal
  forceConflicts?: boolean
}

/**
 * What a deploy of this desired state would do, by a server-side dry run of every object (law 1): nothing is written.
 * Errors: every refusal of the server under its own code, `foreign-object`, `crd-missing`.
 */
export async function makePlan(cluster: Cluster, desired: Desired, options: PlanOptions): Promise<Plan> {
  const started = performance.now()
  const found = await survey(cluster, desired, options.signal)
  const steps = await dryRunAll(cluster, desired, found, options)
  const planned = [...steps, ...orphans(desired, found, steps)]
  const home = steps.some(isMissingHome(desired)) ? 'missing' : 'here'
  const rows = await preflight(cluster, { desired, survey: found, steps: planned, home, signal: options.signal })
  const [base] = found.records
  return {
    desired,
    ...(base === undefined ? {} : { base }),
    records: found.records,
    steps: planned,
    pods: found.pods,
    preflight: rows,
    home,
    issuesCertificate: issuesCertificate(desired, found),
    forceConflicts: options.forceConflicts ?? false,
    elapsed: performance.now() - started,
  }
}

/** Throws `blocked`, or the row's own code, where a preflight row says that the deploy cannot succeed. */
export function refuseBlocked(plan: Plan): void {
  const blocking = plan.preflight.filter((row) => row.state === 'blocking')
  const [first] = blocking
  if (first === undefined) return
  throw new DeployError({
    code: first.code ?? 'blocked',
    says: first.says,
    evidence: blocking
      .slice(1)
      .map((row) => `${row.name}: ${row.says}${row.next === undefined ? '' : ` → ${row.next}`}`),
    next: first.next ?? 'npx zx deploy.mts --dry-run=server',
  })
}

/** What could not be dry-run because its namespace was missing is dry-run now; a refusal says that the namespace stays. */
export async function planAgain(cluster: Cluster, plan: Plan, signal: AbortSignal): Promise<Plan> {
  return makePlan(cluster, plan.desired, { signal, forceConflicts: plan.forceConflicts })
}

function isMissingHome(desired: Desired) {
  return ({ ref, action }: Step): boolean =>
    ref.kind === 'Namespace' && ref.name === desired.home && action === 'create'
}

/** Every object's step; all refusals are gathered, the first one is thrown with the others as evidence. */
async function dryRunAll(cluster: Cluster, desired: Desired, found: Survey, options: PlanOptions): Promise<Step[]> {
  const wanted = desired.components.flatMap(({ name, objects }) => objects.map((object) => ({ name, object })))
  const results = await mapLimit(wanted, PARALLEL, async ({ name, object }) => {
    try {
      return await dryRun(cluster, { component: name, object, desired, found }, options)
    } catch (error) {
      return { refused: refusalOf(error, object) }
    }
  })
  const [first, ...others] = results.flatMap((result) => ('refused' in result ? [result.refused] : []))
  if (first !== undefined) throw withOthers(first, others)
  return results.flatMap((result) => ('refused' in result ? [] : [result]))
}

function withOthers(first: DeployError, others: readonly DeployError[]): DeployError {
  if (others.length === 0) return first
  const { code, message, next } = first
  return new DeployError({
    code,
    says: message,
    next,
    cause: first,
    evidence: [...first.evidence, ...others.map((other) => other.message)],
  })
}

interface Wanted {
  component: string
  object: KubeObject
  desired: Desired
  found: Survey
}

async function dryRun(cluster: Cluster, wanted: Wanted, options: PlanOptions): Promise<Step> {
  const { component, desired, found } = wanted
  const ref = refOf(wanted.object)
  const listed = found.live.get(keyOf(ref))
  const { object, because } = rollIfStale(wanted.object, listed, found)
  const base = { component, ref, object, ...(because === undefined ? {} : { because }) }
  if (listed !== undefined && isFailedJob(listed))
    return { ...base, action: 'replace', live: listed, changes: [], warnings: [] }
  const answer = await askServer(cluster, object, desired.stack, options)
  if (answer === 'unseen')
    return { ...base, action: 'unchanged', changes: [], warnings: [`cannot see ${formatRef(ref)}: no permission`] }
  if (answer === 'no-namespace') return { ...base, action: 'create', changes: [], warnings: [] }
  if (answer.outcome === 'created') return { ...base, action: 'create', changes: [], warnings: answer.warnings }
  const live = listed ?? (await cluster.get(ref, { signal: options.signal }))
  if (live === undefined) return { ...base, action: 'create', changes: [], warnings: answer.warnings }
  refuseForeign(live, desired.stack)
  if (!sameGround(live, answer.object)) return dryRun(cluster, await lookedAgain(cluster, wanted, options), options)
  const differences = changes(live, answer.object)
  const action = differences.length === 0 ? 'unchanged' : 'update'
  return { ...base, action, live, changes: differences, warnings: answer.warnings }
}

/** A controller wrote between the list and the dry run: what it wrote must not look like a change of ours. */
async function lookedAgain(cluster: Cluster, wanted: Wanted, { signal }: PlanOptions): Promise<Wanted> {
  const key = keyOf(refOf(wanted.object))
  const live = new Map(wanted.found.live)
  const now = await cluster.get(refOf(wanted.object), { signal })
  if (now === undefined) live.delete(key)
  else live.set(key, now)
  return { ...wanted, found: { ...wanted.found, live } }
}

/** A deployer with a namespaced Role may not see its own Namespace: then it is taken as it is. */
async function askServer(
  cluster: Cluster,
  object: KubeObject,
  stack: string,
  { signal, forceConflicts = false }: PlanOptions,
) {
  try {
    return await cluster.apply(object, { manager: managerOf(stack), dryRun: true, force: forceConflicts, signal })
  } catch (error) {
    if (object.kind === 'Namespace' && isForbidden(error)) return 'unseen'
    if (isMissingNamespace(error)) return 'no-namespace'
    throw error
  }
}

function refuseForeign(live: Live, stack: string): void {
  const owner = live.metadata.labels?.[STACK_LABEL]
  if (owner === undefined || owner === stack) return
  const ref = formatRef(refOf(live))
  throw new DeployError({
    code: 'foreign-object',
    says: `Cannot apply ${ref}: it belongs to stack ${owner}`,
    next: `rename it in stack ${stack}, or give it up in stack ${owner} first`,
  })
}

/** A failed Job never runs again by being applied; it is deleted and made anew. */
function isFailedJob(live: Live): boolean {
  if (live.kind !== 'Job') return false
  return (
    (live as Live<Job>).status?.conditions?.some(({ type, status }) => type === 'Failed' && status === 'True') ?? false
  )
}

/** Kinds that hold data or other people's things: never removed because a later release does not name them. */
const KEPT_KINDS = new Set([
  'Namespace',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Secret',
  'CustomResourceDefinition',
])

/** What the last release had and this one has not, deleted after the proof. A superseded bucket Job is one of these. */
function orphans(desired: Desired, found: Survey, steps: readonly Step[]): Step[] {
  const wanted = new Set(steps.map(({ ref }) => keyOf(ref)))
  return [...found.live.values()]
    .filter((live) => !wanted.has(keyOf(refOf(live))) && !KEPT_KINDS.has(live.kind))
    .filter(
      (live) => live.metadata.labels?.[STACK_LABEL] === desired.stack && live.metadata.ownerReferences === undefined,
    )
    .filter((live) => live.metadata.deletionTimestamp === undefined)
    .map((live) => ({ component: 'prune', ref: refOf(live), action: 'delete', live, changes: [], warnings: [] }))
}

function issuesCertificate(desired: Desired, found: Survey): boolean {
  return desired.proofs.some((proof) => {
    if (proof.kind !== 'certificate' || desired.tlsTimeout === 0) return false
    return found.configs.get(keyOf(proof.secret))?.state === 'missing'
  })
}

/** The steps that write, for one component. */
export function writesOf(plan: Plan, component: string): Step[] {
  return plan.steps.filter((step) => step.component === component && step.action !== 'unchanged')
}

/** What changed between planning and holding the lock; empty where the plan's ground still holds. */
export function movedGround(plan: Plan, records: readonly Release[], now: ReadonlyMap<string, Live>): Ref[] {
  const [newest] = records
  const moved = plan.steps.filter(({ ref, live }) => live !== undefined && hasMoved(live, now.get(keyOf(ref))))
  const stale =
    newest?.number === plan.base?.number
      ? []
      : [{ apiVersion: 'v1', kind: 'ConfigMap', name: `release ${newest?.number ?? 'gone'}` }]
  return [...stale, ...moved.map(({ ref }) => ref)]
}

/** Status may move at any time; what was planned against is identity and spec (generation), or everything where there is none. */
function hasMoved(then: Live, now: Live | undefined): boolean {
  if (now === undefined || now.metadata.uid !== then.metadata.uid) return true
  if (then.metadata.generation !== undefined) return now.metadata.generation !== then.metadata.generation
  return now.metadata.resourceVersion !== then.metadata.resourceVersion
}
