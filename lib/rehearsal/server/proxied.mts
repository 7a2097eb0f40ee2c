import type { Service } from '../../kube/schema/types.mts'
import type { Store } from '../store.mts'
import type { Incoming } from './answering.mts'
import { notFound, Refused, unanswered } from './refused.mts'
import type { Reply } from './reply.mts'
import type { Route } from './route.mts'

/** What a Service inside the cluster answers to a GET; undefined where no pod stands behind it. */
export type Proxy = (service: {
  namespace: string
  name: string
  /** A name or a number, as it was asked; empty where none was. */
  port: string
  /** With its query. */
  path: string
}) => Promise<ProxyAnswer | undefined> | ProxyAnswer | undefined

export interface ProxyAnswer {
  status: number
  headers?: Record<string, string>
  body: string
}

/** A port by its name or number; a Service of one port may be asked without. */
function has({ spec }: Service, port: string): boolean {
  const ports = spec?.ports ?? []
  if (port === '') return true
  return ports.length === 0 || ports.some((one) => one.name === port || String(one.port) === port)
}

/** GET of a service's proxy subresource: `http:name:port` in the path. */
export async function proxyReply(
  store: Store,
  proxy: Proxy,
  route: Extract<Route, { about: 'object' }>,
  { method, url }: Incoming,
): Promise<Reply> {
  if (method !== 'GET') throw unanswered(`${method} through the service proxy`)
  const { namespace = '', served, rest } = route
  const parts = route.name.split(':')
  const [name = '', port = ''] = parts.length === 3 ? parts.slice(1) : parts
  const service = store.get<Service>({ apiVersion: 'v1', kind: 'Service', namespace, name })
  if (service === undefined || !has(service, port)) throw notFound(served, name)
  const answer = await proxy({ namespace, name, port, path: `/${rest}${url.search}` })
  if (answer !== undefined) return { kind: 'text', ...answer }
  const message = `no endpoints available for service "${name}"`
  throw new Refused({ status: 503, reason: 'ServiceUnavailable', message })
}
