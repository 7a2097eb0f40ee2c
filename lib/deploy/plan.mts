import { DeployError } from '../error.mts'
import type { Cluster } from '../kube/cluster.mts'
import { keyOf } from '../kube/object.mts'
import type { Desired } from '../stacks/stack.mts'
import { dryRunAll } from './dryrun.mts'
import { orphansOf } from './orphans.mts'
import { preflight } from './preflight.mts'
import { rollReaders } from './readers.mts'
import { survey } from './survey.mts'
import type { Survey } from './survey.mts'
import type { Plan, Step } from './types.mts'

/** Milliseconds for planning, which has a limit of its own (law 2). */
const LIMIT = 30_000

export interface PlanOptions {
  signal: AbortSignal
  forceConflicts?: boolean
}

/**
 * What a deploy of this desired state would do, by a server-side dry run of every object (law 1): nothing is written.
 * Errors: every refusal of the server under its own code, `foreign-object`, `crd-missing`, `out-of-time`.
 */
export async function makePlan(cluster: Cluster, desired: Desired, options: PlanOptions): Promise<Plan> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(tooSlow()), LIMIT)
  try {
    return await planned(cluster, desired, { ...options, signal: AbortSignal.any([options.signal, late.signal]) })
  } finally {
    clearTimeout(timer)
  }
}

async function planned(cluster: Cluster, desired: Desired, { signal, forceConflicts = false }: PlanOptions) {
  const started = performance.now()
  const found = await survey(cluster, desired, signal)
  const run = { cluster, stack: desired.stack, survey: found, signal, forceConflicts }
  const wanted = desired.components.flatMap(({ name, objects }) =>
    objects.map((object) => ({ component: name, object })),
  )
  const applied = await rollReaders(await dryRunAll(wanted, run), run)
  const superseded = orphansOf(desired.stack, found, applied)
  const steps = [...applied, ...superseded.steps]
  const home = steps.some(isMissingHome(desired)) ? 'missing' : 'here'
  const rows = await preflight(cluster, { desired, survey: found, steps, home, signal })
  const [base] = found.records
  return {
    desired,
    ...(base === undefined ? {} : { base }),
    records: found.records,
    steps,
    pods: found.pods,
    preflight: [...rows, ...superseded.rows],
    home,
    issuesCertificate: issuesCertificate(desired, found),
    forceConflicts,
    elapsed: performance.now() - started,
  } satisfies Plan
}

function tooSlow(): DeployError {
  return new DeployError({
    code: 'out-of-time',
    says: `Cannot plan within ${LIMIT / 1000} s: the API server answers too slowly`,
    next: 'kubectl get --raw /readyz?verbose, then the same command again; nothing was written',
  })
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

function isMissingHome(desired: Desired) {
  return ({ ref, action }: Step): boolean =>
    ref.kind === 'Namespace' && ref.name === desired.home && action === 'create'
}

function issuesCertificate(desired: Desired, found: Survey): boolean {
  return desired.proofs.some((proof) => {
    if (proof.kind !== 'certificate' || desired.tlsTimeout === 0) return false
    return found.configs.get(keyOf(proof.secret))?.state === 'missing'
  })
}
