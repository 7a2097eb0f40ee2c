import { DeployError } from '../error.mts'
import type { Cluster } from '../kube/cluster.mts'
import { keyOf } from '../kube/object.mts'
import type { Desired } from '../stacks/stack.mts'
import { dryRunAll } from './dryrun.mts'
import { autoscaledIn } from './handover.mts'
import { makesNamespace } from './namespaces.mts'
import { orphansOf } from './orphans.mts'
import { preflight } from './preflight.mts'
import { rollReaders } from './readers.mts'
import { inScope } from './scopes.mts'
import { survey } from './survey.mts'
import type { Survey } from './survey.mts'
import type { Plan } from './types.mts'

/** Milliseconds for planning, which has a limit of its own (law 2). */
const LIMIT = 30_000

export interface PlanOptions {
  signal: AbortSignal
  forceConflicts?: boolean
}

/**
 * What a deploy of this desired state would do, by a server-side dry run of every object (law 1): nothing is written.
 * Errors: every refusal of the server under its own code, `namespace-missing` where the stack does not declare it either,
 * `foreign-object`, `crd-missing`, `out-of-time`.
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

async function planned(cluster: Cluster, rendered: Desired, { signal, forceConflicts = false }: PlanOptions) {
  const started = performance.now()
  const desired = await inScope(cluster, rendered, signal)
  const found = await survey(cluster, desired, signal)
  const autoscaled = autoscaledIn(desired)
  const namespaces = namespacesIn(desired)
  const run = { cluster, stack: desired.stack, survey: found, autoscaled, namespaces, signal, forceConflicts }
  const wanted = desired.components.flatMap(({ name, objects }) =>
    objects.map((object) => ({ component: name, object })),
  )
  const applied = await rollReaders(await dryRunAll(wanted, run), run)
  const superseded = orphansOf(desired.stack, found, applied)
  const steps = [...applied, ...superseded.steps]
  const newNamespaces = steps.filter(makesNamespace).map(({ ref }) => ref.name)
  const rows = await preflight(cluster, { desired, survey: found, steps, newNamespaces, signal })
  const [base] = found.records
  return {
    desired,
    ...(base === undefined ? {} : { base }),
    records: found.records,
    steps,
    pods: found.pods,
    preflight: [...rows, ...superseded.rows],
    newNamespaces,
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
export function refuseBlocked(plan: Pick<Plan, 'preflight'>): void {
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

function namespacesIn({ components }: Desired): Set<string> {
  const objects = components.flatMap((component) => component.objects)
  return new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name))
}

function issuesCertificate(desired: Desired, found: Survey): boolean {
  return desired.proofs.some((proof) => {
    if (proof.kind !== 'certificate' || desired.tlsTimeout === 0) return false
    return found.configs.get(keyOf(proof.secret))?.state === 'missing'
  })
}
