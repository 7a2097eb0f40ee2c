import { DeployError } from '../error.mts'
import type { Applied, Cluster } from '../kube/cluster.mts'
import { changes, sameGround } from '../kube/compare.mts'
import { formatRef, keyOf, refOf } from '../kube/object.mts'
import type { KubeObject, Live } from '../kube/object.mts'
import type { Job } from '../kube/schema/types.mts'
import { isForbidden, isImmutable, isMissingNamespace } from '../kube/status.mts'
import { managerOf, STACK_LABEL } from '../marks.mts'
import { withCount, type Autoscaled } from './handover.mts'
import { mapLimit } from './parallel.mts'
import { refusalOf } from './refusal.mts'
import { rollIfStale } from './roll.mts'
import type { Survey } from './survey.mts'
import type { Step } from './types.mts'

/** Dry runs under way at once: with more of them the server only queues. */
const PARALLEL = 10

/** An object that shall be there, and where it stands in its stack. */
export interface Wanted {
  component: string
  object: KubeObject
  /** Why its pods are to be rolled, where the object bears the mark for it already. */
  because?: string
}

export interface DryRun {
  cluster: Cluster
  stack: string
  survey: Survey
  autoscaled: Autoscaled
  /** Names of the namespaces that the stack declares: what goes into one that is not there yet is dry-run later. */
  namespaces: ReadonlySet<string>
  signal: AbortSignal
  forceConflicts: boolean
}

/** Every object's step; all refusals are gathered, the first one is thrown with the others as evidence. */
export async function dryRunAll(wanted: readonly Wanted[], run: DryRun): Promise<Step[]> {
  const results = await mapLimit(wanted, PARALLEL, async (one) => {
    try {
      return await stepOf(one, run)
    } catch (error) {
      run.signal.throwIfAborted()
      return { refused: refusalOf(error, one.object) }
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

/** Asked against what the lists showed; where that was not the whole truth, once more against the object itself. */
async function stepOf(wanted: Wanted, run: DryRun): Promise<Step> {
  const ref = refOf(wanted.object)
  const first = await attempt(wanted, run.survey.live.get(keyOf(ref)), run)
  if (first.state === 'sure') return first.step
  const live = await run.cluster.get(ref, { signal: run.signal })
  return (await attempt(wanted, live, run)).step
}

type Finding = Pick<Step, 'action' | 'changes' | 'warnings' | 'live'> & {
  /** `unsure`: the object is there without our label, or moved between the list and the dry run. */
  state: 'sure' | 'unsure'
}

async function attempt(
  wanted: Wanted,
  live: Live | undefined,
  run: DryRun,
): Promise<{ state: Finding['state']; step: Step }> {
  if (live !== undefined && isShared(live, wanted.object, run.stack)) return sharedHome(wanted, live)
  if (live !== undefined) refuseForeign(live, run.stack)
  const counted = { ...wanted, object: withCount(wanted.object, live, run) }
  const { object, because } = wanted.because === undefined ? rollIfStale(counted.object, live, run.survey) : counted
  const { state, ...found } = await askServer(object, live, run)
  const { component } = wanted
  const step = { component, ref: refOf(object), object, ...found, ...(because === undefined ? {} : { because }) }
  return { state, step }
}

async function askServer(object: KubeObject, live: Live | undefined, run: DryRun): Promise<Finding> {
  const { cluster, stack, namespaces, signal, forceConflicts } = run
  try {
    const asked = { manager: managerOf(stack), dryRun: true, force: forceConflicts, signal }
    return findingOf(await cluster.apply(object, asked), live)
  } catch (error) {
    const told: Finding = { state: 'sure', action: 'create', changes: [], warnings: [] }
    if (isMissingNamespace(error) && namespaces.has(object.metadata.namespace ?? '')) return told
    // A deployer with a namespaced Role may not see its own Namespace: then it is taken as it is.
    if (object.kind === 'Namespace' && isForbidden(error))
      return { ...told, action: 'unchanged', warnings: [`cannot see ${formatRef(refOf(object))}: no permission`] }
    // What never changes does not matter where the object is made anew.
    if (live !== undefined && isFailedJob(live) && isImmutable(error)) return { ...told, action: 'replace', live }
    throw error
  }
}

function findingOf({ object, outcome, warnings }: Applied<KubeObject>, live: Live | undefined): Finding {
  const told: Finding = { state: 'sure', action: 'create', changes: [], warnings }
  if (outcome === 'created') return told
  if (live === undefined) return { ...told, state: 'unsure' }
  if (isFailedJob(live)) return { ...told, action: 'replace', live }
  const state = sameGround(live, object) ? 'sure' : 'unsure'
  const differences = changes(live, object)
  return { state, action: differences.length === 0 ? 'unchanged' : 'update', live, changes: differences, warnings }
}

/** A namespace that another stack made, and that this one only has to be in. */
function isShared(live: Live, { kind, metadata }: KubeObject, stack: string): boolean {
  const owner = live.metadata.labels?.[STACK_LABEL]
  if (kind !== 'Namespace' || owner === undefined || owner === stack) return false
  return metadata.annotations === undefined && Object.keys(metadata.labels ?? {}).every((key) => key === STACK_LABEL)
}

function sharedHome({ component, object }: Wanted, live: Live): { state: 'sure'; step: Step } {
  const warnings = [`shared with stack ${live.metadata.labels?.[STACK_LABEL] ?? ''}`]
  return {
    state: 'sure',
    step: { component, ref: refOf(object), object, action: 'unchanged', live, changes: [], warnings },
  }
}

function refuseForeign(live: Live, stack: string): void {
  const owner = live.metadata.labels?.[STACK_LABEL]
  if (owner === undefined || owner === stack) return
  throw new DeployError({
    code: 'foreign-object',
    says: `Cannot apply ${formatRef(refOf(live))}: it belongs to stack ${owner}`,
    next: `rename it in stack ${stack}, or give it up in stack ${owner} first`,
  })
}

/** A failed Job never runs again by being applied; it is deleted and made anew. */
function isFailedJob(live: Live): boolean {
  if (live.kind !== 'Job') return false
  const conditions = (live as Live<Job>).status?.conditions ?? []
  return conditions.some(({ type, status }) => type === 'Failed' && status === 'True')
}
