import { DeployError } from '../error.mts'
import { endedBy } from '../kube/abort.mts'
import { connect } from '../kube/connect.mts'
import type { Connection } from '../kube/connect.mts'
import type { Where } from '../kube/cluster.mts'
import type { EdgeSettings } from '../proof/edge.mts'
import type { ProofTarget } from '../proof/target.mts'
import type { Rehearsal } from '../rehearsal/open.mts'
import type { Settings } from '../settings/settings.mts'
import type { Desired } from '../stacks/stack.mts'
import type { Stage } from './story.mts'

/** A cluster to act on, and the way to its ingress from here. */
export interface Target extends AsyncDisposable {
  cluster: Connection
  /** What proofs of this desired state are asked of. */
  proofs(desired: Desired): ProofTarget
}

/** Opens the kubeconfig's cluster and says where this run acts. Errors: `no-cluster` and its like, `wrong-cluster`. */
export async function openTarget({ settings, report, signal, redactor }: Stage): Promise<Target> {
  const rehearsal = await rehearsalFor(settings)
  const { kubeconfig, context } = rehearsal ?? settings.cluster
  const onRequest = settings.verbose ? (line: string) => report.note(line) : undefined
  // Not the operator's signal: requests carry that one, and giving the lock back is a request that follows it.
  const closing = new AbortController()
  const onSecret = (value: string): void => redactor.learn(value)
  const opening = connect({ kubeconfig, context, signal: closing.signal, onSecret, onRequest })
  const cluster = await endedBy(opening, signal).catch((error: unknown) => {
    closing.abort(error)
    throw error
  })
  refuseOther(cluster.where, settings)
  const { context: named, server, user } = cluster.where
  report.where({ stack: settings.stack.name, context: named, server, user, namespace: settings.namespace })
  return {
    cluster,
    proofs: (desired) => ({
      cluster,
      home: desired.home,
      edge: rehearsal?.edge ?? defined(settings.common.edge),
      desiredObjects: desired.components.flatMap(({ objects }) => objects),
    }),
    [Symbol.asyncDispose]: async () => {
      await cluster[Symbol.asyncDispose]()
      await rehearsal?.[Symbol.asyncDispose]()
    },
  }
}

/** The cluster inside the process, where one was asked for; a cluster's name beside it would be a contradiction. */
async function rehearsalFor({ rehearse, cluster }: Settings): Promise<Rehearsal | undefined> {
  if (rehearse === undefined) return undefined
  const named = cluster.context ?? cluster.kubeconfig
  if (named !== undefined) throw contradiction(named)
  if (rehearse !== '') throw noDrill(rehearse)
  const { openRehearsal } = await import('../rehearsal/open.mts')
  return openRehearsal()
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

function noDrill(drill: string): DeployError {
  return new DeployError({
    code: 'usage',
    says: `Cannot rehearse the drill ${drill}: there are no drills yet; tags bad, nope, bare and slow each play something`,
    next: 'npx zx deploy.mts --tag bad --rehearse',
  })
}
