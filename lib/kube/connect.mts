import https from 'node:https'
import { createSecureContext } from 'node:tls'
import type { Agent, OutgoingHttpHeaders } from 'node:http'
import type { KubeConfig } from '@kubernetes/client-node'
import { DeployError } from '../error.mts'
import { endedBy } from './abort.mts'
import type { Cluster } from './cluster.mts'
import type { Access, Credentials } from './http.mts'
import type { Identity } from './identity.mts'
import type { Target } from './kubeconfig.mts'

export interface ConnectOptions {
  /** One file instead of those of KUBECONFIG. */
  kubeconfig?: string | undefined
  context?: string | undefined
  namespace?: string | undefined
  /** Ends every request of this connection. */
  signal: AbortSignal
  env?: NodeJS.ProcessEnv
  /** A line for each request, for a verbose log; no header and no body in it. */
  onRequest?: ((line: string) => void) | undefined
  /** Told every value of every Secret that is read, before the caller sees it. */
  onSecret?: ((value: string) => void) | undefined
  /** By what the server's times are judged; this machine's clock as it stood at the start, running steadily, unless given. */
  clock?: (() => number) | undefined
  /** Milliseconds for one request, its repetitions included; 10 000 unless given. */
  requestTimeout?: number
}

/** A cluster to ask, until disposed. `read` is any other path, as `kubectl get --raw`. */
export interface Connection extends Cluster, AsyncDisposable {
  read(path: string): Promise<unknown>
}

// A third of the lock's lease: a late answer must not cost the lock.
const REQUEST_TIMEOUT = 10_000

/**
 * Opens the cluster that kubectl would take; asks it nothing yet. Only here is client-node loaded, for kubeconfig
 * users, exec plugins, tokens, client certificates and proxies.
 * Throws `no-cluster`, `bad-kubeconfig`, `unknown-context`; `unauthorized` where a plugin gives no credentials.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const env = options.env ?? process.env
  const [{ resolveTarget }, { identityOf }, { Wire }, { Requests }] = await Promise.all([
    import('./kubeconfig.mts'),
    import('./identity.mts'),
    import('./http.mts'),
    import('./requests.mts'),
  ])
  const target = resolveTarget({ ...options, env })
  const identity = identityOf(target, env)
  const { KubeConfig } = await import('@kubernetes/client-node')
  const access = accessOf(target, identity, () => configured(new KubeConfig(), identity))
  await access.credentials(false, options.signal)
  const wire = new Wire({ ...options, access, timeout: options.requestTimeout ?? REQUEST_TIMEOUT })
  const where = {
    context: target.context,
    server: identity.server.origin,
    user: target.user.name,
    namespace: target.namespace,
  }
  return new Requests({
    wire,
    where,
    signal: options.signal,
    onSecret: options.onSecret,
    refused: () => expiry(target),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    close: () => access.close(),
  })
}

function configured(config: KubeConfig, { cluster, user }: Identity): KubeConfig {
  const context = { name: 'chosen', cluster: cluster.name, user: user.name }
  config.loadFromOptions({ clusters: [cluster], users: [user], contexts: [context], currentContext: context.name })
  return config
}

interface ClosableAccess extends Access {
  close(): void
}

/** Milliseconds for which credentials are taken as they are; then files are read and expired tokens renewed. */
const FRESH_FOR = 60_000
/** Milliseconds within which one renewal serves all requests that were refused together. */
const SHARED_FOR = 1_000

function accessOf(target: Target, identity: Identity, load: () => KubeConfig): ClosableAccess {
  const agents = new Map<string, Agent>()
  let config = load()
  let held: { at: number; made: Promise<Credentials> } | undefined
  const renewed = (fresh: boolean): Promise<Credentials> => {
    // client-node keeps a plugin's answer per config: a new one asks the plugin again.
    if (fresh) config = load()
    const made = credentials(config, identity, agents).catch((error: unknown) => {
      held = undefined
      throw noCredentials(target, error)
    })
    held = { at: performance.now(), made }
    return made
  }
  return {
    server: identity.server,
    credentials: (fresh, signal) => {
      const age = held === undefined ? Infinity : performance.now() - held.at
      const made = held !== undefined && age < (fresh ? SHARED_FOR : FRESH_FOR) ? held.made : renewed(fresh)
      return endedBy(made, signal)
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

async function credentials(config: KubeConfig, identity: Identity, agents: Map<string, Agent>): Promise<Credentials> {
  const options: https.RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const headers = Object.entries({ ...(options.headers as OutgoingHttpHeaders | undefined) }).map(
    ([name, value]): [string, OutgoingHttpHeaders[string]] => [name, typeof value === 'string' ? value.trim() : value],
  )
  if (typeof options.auth === 'string')
    headers.push(['Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`])
  if (identity.groups.length > 0) headers.push(['Impersonate-Group', identity.groups])
  return { agent: agentFor(options, identity, agents), headers: Object.fromEntries(headers) }
}

/** One agent as long as the TLS material stays the same, so that connections are reused. */
function agentFor(options: https.RequestOptions, { cluster }: Identity, agents: Map<string, Agent>): Agent {
  const { ca, cert, key, servername, rejectUnauthorized } = options
  const name = JSON.stringify([ca, cert, key, servername, rejectUnauthorized])
  const known = agents.get(name)
  if (known !== undefined) return known
  const agent = (options.agent as https.Agent | undefined) ?? new https.Agent()
  const plain = cluster.proxyUrl === undefined && cluster.server.startsWith('https:')
  const made = plain ? keptAgent(agent.options) : keepingAlive(agent)
  agents.set(name, made)
  return made
}

// The TLS material is read once, not for each connection.
function keptAgent(options: https.AgentOptions): Agent {
  return new https.Agent({ ...options, secureContext: createSecureContext(options), keepAlive: true })
}

// client-node makes its proxy agents without keep-alive; node's Agent reads the flag at each request.
function keepingAlive(agent: Agent): Agent {
  return Object.assign(agent, { keepAlive: true })
}

function noCredentials({ user, context }: Target, error: unknown): DeployError {
  const hint = (user.fields['exec'] as { installHint?: unknown } | undefined)?.installHint
  return new DeployError({
    code: 'unauthorized',
    says: `Cannot get credentials for user ${user.name} of context ${context}: ${error instanceof Error ? error.message.trim() : String(error)}`,
    next: typeof hint === 'string' ? hint : `kubectl --context ${context} auth whoami`,
    cause: error,
  })
}

/** Why a 401: the server does not say that a client certificate has ended. */
async function expiry(target: Target): Promise<DeployError | undefined> {
  const { expiredClientCertificate } = await import('./identity.mts')
  const ended = expiredClientCertificate(target, Date.now())
  if (ended === undefined) return undefined
  return new DeployError({
    code: 'certificate-expired',
    says: `Cannot log in as ${target.user.name}: the client certificate ended on ${ended}`,
    next: `get a new kubeconfig for context ${target.context} from whoever gave this one`,
  })
}
