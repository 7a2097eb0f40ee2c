import type { IncomingMessage } from 'node:http'
import type { Live } from '../../kube/object.mts'
import { keyOf } from '../../kube/object.mts'
import { isMap } from '../apply/node.mts'
import type { Served } from '../objects/served.mts'
import type { WatchFault } from '../faults.mts'
import { wholeSeconds } from '../memory.mts'
import type { Store, Time } from '../store.mts'
import raw from '../../kube/schema/schema.json' with { type: 'json' }
import { discoveryOf } from './discovery.mts'
import type { History } from './history.mts'
import { authorize, userOf } from './identity.mts'
import type { Identity, Wanted } from './identity.mts'
import { openapiDocument, openapiIndex } from './openapi.mts'
import { logReply } from './podlog.mts'
import type { Logs } from './podlog.mts'
import { proxyReply } from './proxied.mts'
import type { Proxy } from './proxied.mts'
import { heldBy, oneOf } from './reading.mts'
import type { Pages } from './reading.mts'
import { badRequest, notFound, Refused, unanswered } from './refused.mts'
import { remove } from './removing.mts'
import { json, NO_PAGE } from './reply.mts'
import type { Reply } from './reply.mts'
import { asksForTable, tableOf } from './table.mts'
import { reviewReply } from './reviews.mts'
import { routeOf } from './route.mts'
import type { Route } from './route.mts'
import { apply, create, mergePatch, replace } from './verbs.mts'
import { watchReply } from './watching.mts'
import type { Writing, Written } from './writing.mts'

/** What every answer is made from. */
export interface World {
  store: Store
  time: Time
  history: History
  pages: Pages
  identities: readonly Identity[]
  logs: Logs
  proxy: Proxy
}

/** A request that has come in whole. */
export interface Incoming {
  request: IncomingMessage
  method: string
  url: URL
  body: string
  watchFault: WatchFault
}

/** Does what a request asks and says what to answer. Throws `Refused` where it does not. */
export async function answer(world: World, incoming: Incoming): Promise<Reply> {
  const user = userOf(incoming.request, world.identities)
  const route = routeOf(incoming.url.pathname)
  switch (route.about) {
    case 'nothing':
      return NO_PAGE
    case 'server':
      return ofServer(incoming, route.path)
    case 'review':
      return reviewReply(user, route.kind, parsed(incoming.body))
    case 'objects':
      return ofObjects(world, user, incoming, route)
    case 'object':
      return ofObject(world, user, incoming, route)
  }
}

function ofServer({ method, url }: Incoming, path: string): Reply {
  if (method !== 'GET') throw unanswered(`${method} ${path}`)
  if (path === '/api' || path === '/apis') {
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    return { kind: 'json', status: 200, body: discoveryOf(path), headers: { 'content-type': type } }
  }
  if (path === '/version') return json(200, versionInfo())
  if (path === '/readyz' || path === '/livez') return { kind: 'text', status: 200, body: 'ok' }
  if (path === '/openapi/v3') return json(200, openapiIndex())
  const document = path.startsWith('/openapi/v3/') ? openapiDocument(path) : undefined
  if (document !== undefined) return json(200, document)
  if (path.startsWith('/apis/') || path.startsWith('/api/')) return NO_PAGE
  throw unanswered(`${method} ${url.pathname}`)
}

function versionInfo(): object {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(raw.kubernetes) ?? []
  return { major, minor, gitVersion: raw.kubernetes, platform: 'rehearsal' }
}

type Objects = Extract<Route, { about: 'objects' }>
type One = Extract<Route, { about: 'object' }>

function ofObjects(world: World, user: Identity, incoming: Incoming, route: Objects): Reply {
  const { served, namespace } = route
  const { method, url } = incoming
  const watching = /^(true|1)$/.test(url.searchParams.get('watch') ?? '')
  const may = (verb: string, name?: string): void =>
    authorize(user, { verb, served, namespace, name, subresource: undefined })
  if (method === 'GET' && watching) {
    may('watch', onlyName(url))
    const { store, history } = world
    return watchReply({ store, history, served, namespace, query: url.searchParams, fault: incoming.watchFault })
  }
  if (method === 'GET') {
    may('list', onlyName(url))
    const { store, history } = world
    const listing = { store, history, served, namespace, query: url.searchParams }
    return asksForTable(incoming.request) ? tabled(world, served, heldBy(listing)) : world.pages.list(listing)
  }
  if (method !== 'POST') throw unanswered(`${method} ${url.pathname}`)
  may('create')
  const body = parsed(incoming.body)
  return writtenReply(
    create(writingOf(world, incoming, { ...route, about: 'object', name: nameIn(body), rest: '' }), body),
  )
}

function tabled({ store, time }: World, { kind }: Served, objects: readonly Live[]): Reply {
  return json(200, tableOf(kind, objects, store.version, time.now()))
}

/** A list of the one object of a name is a right that can be given by name. */
function onlyName(url: URL): string | undefined {
  return /^metadata\.name=([^,]+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1]
}

function nameIn(body: unknown): string {
  const metadata = isMap(body) && isMap(body['metadata']) ? body['metadata'] : {}
  if (typeof metadata['name'] === 'string') return metadata['name']
  const prefix = metadata['generateName']
  if (typeof prefix !== 'string') throw badRequest('resource name may not be empty')
  return prefix + Math.random().toString(36).slice(2, 7).padEnd(5, 'x')
}

async function ofObject(world: World, user: Identity, incoming: Incoming, route: One): Promise<Reply> {
  const { served, namespace, name, subresource } = route
  const wanted = (verb: string): Wanted => ({ verb, served, namespace, name, subresource })
  const verb = VERB[incoming.method]
  if (verb === undefined) throw unanswered(`${incoming.method} ${incoming.url.pathname}`)
  if (subresource === 'proxy' && served.kind === 'Service') {
    authorize(user, wanted('get'))
    return proxyReply(world.store, world.proxy, route, incoming)
  }
  authorize(user, wanted(verb))
  if (subresource === 'log' && served.kind === 'Pod')
    return logReply(podOf(world, route), incoming.url.searchParams, world.logs)
  if (subresource !== undefined && !(subresource === 'status' && served.status))
    throw unanswered(`${incoming.method} of ${served.plural}/${subresource}`)
  if (verb === 'get') {
    const found = oneOf(world.store, served, namespace, name)
    return asksForTable(incoming.request) ? tabled(world, served, [found]) : json(200, found)
  }
  const writing = writingOf(world, incoming, route)
  const body = incoming.body === '' ? undefined : parsed(incoming.body)
  if (verb === 'delete') return remove(writing, body)
  if (verb === 'update') return writtenReply(replace(writing, body))
  return writtenReply(patch(writing, incoming, body, () => authorize(user, wanted('create'))))
}

const VERB: Readonly<Record<string, string>> = { GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

function patch(writing: Writing, { request, url }: Incoming, body: unknown, mayCreate: () => void): Written {
  const type = (request.headers['content-type'] ?? '').split(';')[0]
  if (type === 'application/merge-patch+json') return mergePatch(writing, body)
  if (type !== APPLY) throw unanswered(`a patch of type ${String(type)}`)
  if (!url.searchParams.has('fieldManager'))
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )
  const found = isMap(body) && isMap(body['metadata']) ? body['metadata']['managedFields'] : undefined
  if (found !== undefined) throw badRequest('metadata.managedFields must be nil')
  return apply(writing, body, url.searchParams.get('force') === 'true', mayCreate)
}

const APPLY = 'application/apply-patch+yaml'

function podOf({ store }: World, { served, namespace = '', name }: One): Live {
  const pod = store.get({ apiVersion: 'v1', kind: 'Pod', namespace, name })
  if (pod === undefined) throw notFound(served, name)
  return pod
}

function writingOf({ store, time }: World, { request, url, method }: Incoming, route: One): Writing {
  const { served, namespace, name, subresource } = route
  const dryRun = url.searchParams.get('dryRun')
  if (dryRun !== null && dryRun !== 'All') throw badRequest(`unsupported dryRun ${keyOf({ ...served, name })}`)
  const applies = method === 'PATCH' && (request.headers['content-type'] ?? '').startsWith(APPLY)
  const manager = url.searchParams.get('fieldManager') ?? agentOf(request)
  const operation = applies ? ('Apply' as const) : ('Update' as const)
  const below = subresource === undefined ? {} : { subresource }
  const writer = { manager, operation, apiVersion: served.apiVersion, ...below }
  return { store, served, namespace, name, writer, dryRun: dryRun === 'All', now: wholeSeconds(time.now()) }
}

/** Whoever names no manager is known by the first word of its user agent. */
function agentOf({ headers }: IncomingMessage): string {
  return (headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown'
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch {
    throw new Refused({ status: 400, reason: 'BadRequest', message: 'the body is not JSON' })
  }
}

function writtenReply({ outcome, object, warnings }: Written): Reply {
  return json(outcome === 'created' ? 201 : 200, object, warnings)
}
