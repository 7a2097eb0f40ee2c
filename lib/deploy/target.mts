import { DeployError } from '../error.mts'
import { endedBy } from '../kube/abort.mts'
import { connect } from '../kube/connect.mts'
import type { Connection } from '../kube/connect.mts'
import type { Where } from '../kube/cluster.mts'
import type { EdgeSettings } from '../proof/edge.mts'
import type { ProofTarget } from '../proof/target.mts'
import type { Settings } from '../settings/settings.mts'
import type { Desired } from '../stacks/stack.mts'
import { proofTarget } from './proving.mts'
import type { Rehearsed } from './rehearse.mts'
import type { Stage } from './story.mts'

/** A cluster to act on, and the way to its ingress from here. */
export interface Target extends AsyncDisposable {
  cluster: Connection
  /** What proofs of this desired state are asked of. */
  proofs(desired: Desired): ProofTarget
}

/** Where a story gets its target from. */
export type OpenTarget = (stage: Stage) => Promise<Target>

/** Opens the kubeconfig's cluster and says where this run acts. Errors: `no-cluster` and its like, `wrong-cluster`. */
export async function openTarget(stage: Stage): Promise<Target> {
  const { settings, report, signal, redactor } = stage
  await using made = new AsyncDisposableStack()
  const rehearsal = made.use(await rehearsalFor(stage))
  const { kubeconfig, context } = rehearsal ?? settings.cluster
  const onRequest = settings.verbose ? (line: string) => report.note(line) : undefined
  // Not the operator's signal: requests carry that one, and giving the lock back is a request that follows it.
  const closing = new AbortController()
  const onSecret = (value: string): void => redactor.learn(value)
  const place = rehearsal === undefined ? {} : { clock: rehearsal.clock, env: { HOME: rehearsal.home } }
  const opening = connect({ kubeconfig, context, signal: closing.signal, onSecret, onRequest, ...place })
  const cluster = await endedBy(opening, signal).catch((error: unknown) => {
    closing.abort(error)
    throw error
  })
  made.use(cluster)
  refuseOther(cluster.where, settings)
  const { context: named, server, user } = cluster.where
  report.where({ stack: settings.stack.name, context: named, server, user, namespace: settings.namespace })
  const open = made.move()
  return {
    cluster,
    proofs: (desired) => proofTarget(cluster, desired, rehearsal?.edge ?? defined(settings.common.edge)),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** The cluster inside the process, where one was asked for; a cluster's name beside it would be a contradiction. */
async function rehearsalFor(stage: Stage): Promise<Rehearsed | undefined> {
  const { rehearse: asked, cluster } = stage.settings
  if (asked === undefined) return undefined
  const named = cluster.context ?? cluster.kubeconfig
  if (named !== undefined) throw contradiction(named)
  const { rehearse } = await import('./rehearse.mts')
  return rehearse(stage)
}

/** An environment may pin its cluster: a mismatch refuses, whatever the flags say. */
function refuseOther({ context, server }: Where, { cluster: { expect }, environment, stack }: Settings): void {
  const wrong =
    expect?.context !== undefined && expect.context !== context
      ? `context ${context}, not ${expect.context}`
      : undefined
  const elsewhere =
    expect?.server !== undefined && expect.server !== server ? `server ${server}, not ${expect.server}` : undefined
  const what = wrong ?? elsewhere
  if (what === undefined) return
  throw new DeployError({
    code: 'wrong-cluster',
    says: `Cannot act on ${stack.name} ${environment}: this is ${what}`,
    next: expect?.context === undefined ? 'kubectl config get-contexts' : `add --context ${expect.context}`,
  })
}

/** Optional settings come as undefined from their schema; here left out is left out. */
function defined({ address, httpAddress, caFile }: Settings['common']['edge']): EdgeSettings {
  return {
    ...(address === undefined ? {} : { address }),
    ...(httpAddress === undefined ? {} : { httpAddress }),
    ...(caFile === undefined ? {} : { caFile }),
  }
}

function contradiction(named: string): DeployError {
  return new DeployError({
    code: 'usage',
    says: `Cannot rehearse on ${named}: a rehearsal has a cluster of its own, inside the process`,
    next: 'leave --context and --kubeconfig out, or --rehearse',
  })
}
