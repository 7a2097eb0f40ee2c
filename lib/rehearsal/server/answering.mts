import type { IncomingMessage } from 'node:http'
import type { Live } from '../../kube/object.mts'
import { isMap } from '../apply/node.mts'
import { isCustom } from '../objects/served.mts'
import type { Served } from '../objects/served.mts'
import type { WatchFault } from '../faults.mts'
import { wholeSeconds } from '../memory.mts'
import type { Store, Time } from '../store.mts'
import raw from '../../kube/schema/schema.json' with { type: 'json' }
import { applyBody, objectBody, typeOf } from './body.mts'
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
import { refuseListOptions, writeOptions } from './options.mts'
import { badRequest, noResource, notAllowed, notFound, unanswered, unsupported } from './refused.mts'
import { remove } from './removing.mts'
import { json, NO_PAGE } from './reply.mts'
import type { Reply } from './reply.mts'
import { asksForTable, tableOf } from './table.mts'
import { reviewReply } from './reviews.mts'
import { routeOf } from './route.mts'
import type { Route } from './route.mts'
import { apply, create, mergePatch, replace, strategicPatch } from './verbs.mts'
import { watchReply } from './watching.mts'
import type { Writing, Written } from './writing.mts'

/** What every answer is made from. */
export interface World {
  store: Store
  time: Time
  history: History
  pages: Pages
  identities: readonly Identity[]
  /** API groups whose CustomResourceDefinitions nobody installed. */
  absent: ReadonlySet<string>
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
    case 'no-resource':
      throw noResource()
    case 'server':
      return ofServer(world, incoming, route.path)
    case 'review':
      if (incoming.method !== 'POST') throw notAllowed()
      return reviewReply(user, route.kind, parsed(incoming.body), wholeSeconds(world.time.now()))
    case 'objects':
      return ofObjects(world, user, incoming, route)
    case 'object':
      return ofObject(world, user, incoming, route)
  }
}

function ofServer(world: World, { method, url }: Incoming, path: string): Reply {
  if (method !== 'GET') throw unanswered(`${method} ${path}`)
  if (path === '/api' || path === '/apis') {
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    return { kind: 'json', status: 200, body: discoveryOf(path, world.absent), headers: { 'content-type': type } }
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
  const { method, url, request, body: text } = incoming
  const watching = /^(true|1)$/.test(url.searchParams.get('watch') ?? '')
  const may = (verb: string, name?: string): void =>
    authorize(user, { verb, served, namespace, name, subresource: undefined })
  if (method === 'GET' && watching) {
    may('watch', onlyName(url))
    refuseListOptions(url.searchParams, 'watch', world.store.version)
    const { store, history } = world
    return watchReply({ store, history, served, namespace, query: url.searchParams, fault: incoming.watchFault })
  }
  if (method === 'GET') {
    may('list', onlyName(url))
    refuseListOptions(url.searchParams, 'list', world.store.version)
    return listed(world, incoming, route)
  }
  if (method === 'DELETE') {
    may('deletecollection')
    return removeAll(world, incoming, route)
  }
  if (method !== 'POST') throw notAllowed()
  may('create')
  const body = objectBody(typeOf(request), text, served)
  return writtenReply(
    create(writingOf(world, incoming, { ...route, about: 'object', name: nameIn(body.value), rest: '' }), body),
  )
}

function listed(world: World, { request, url }: Incoming, { served, namespace }: Objects): Reply {
  const { store, history } = world
  const listing = { store, history, served, namespace, query: url.searchParams }
  return asksForTable(request) ? tabled(world, served, heldBy(listing), url) : world.pages.list(listing)
}

/** All that a list would show, one by one; the answer is that list. */
function removeAll(world: World, incoming: Incoming, route: Objects): Reply {
  const { store, history } = world
  const { served, namespace } = route
  const reply = listed(world, incoming, route)
  const query = incoming.url.searchParams
  const options = incoming.body === '' ? undefined : parsed(incoming.body)
  for (const { metadata } of heldBy({ store, history, served, namespace, query })) {
    const place = metadata.namespace === undefined ? {} : { namespace: metadata.namespace }
    const one: One = { about: 'object', served, ...place, name: metadata.name, rest: '' }
    remove(writingOf(world, incoming, one), options)
  }
  return reply
}

function tabled({ store, time }: World, { kind }: Served, objects: readonly Live[], { searchParams }: URL): Reply {
  const include = searchParams.get('includeObject') ?? 'Metadata'
  return json(200, tableOf({ kind, include }, objects, store.version, time.now()))
}

/** A list of the one object of a name is a right that can be given by name. */
function onlyName(url: URL): string | undefined {
  return /^metadata\.name=([^,]+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1]
}

function nameIn(body: unknown): string {
  const metadata = isMap(body) && isMap(body['metadata']) ? body['metadata'] : {}
  if (typeof metadata['name'] === 'string') return metadata['name']
  const prefix = metadata['generateName']
  if (typeof prefix !== 'string') return ''
  return prefix + Math.random().toString(36).slice(2, 7).padEnd(5, 'x')
}

async function ofObject(world: World, user: Identity, incoming: Incoming, route: One): Promise<Reply> {
  const { served, namespace, name, subresource } = route
  const wanted = (verb: string): Wanted => ({ verb, served, namespace, name, subresource })
  const verb = VERB[incoming.method]
  if (verb === undefined) throw notAllowed()
  if (subresource === 'proxy' && served.kind === 'Service') {
    authorize(user, wanted('get'))
    return proxyReply(world.store, world.proxy, route, incoming)
  }
  authorize(user, wanted(verb))
  if (subresource === 'log' && served.kind === 'Pod' && verb !== 'get') throw notAllowed()
  if (subresource === 'log' && served.kind === 'Pod')
    return logReply(podOf(world, route), incoming.url.searchParams, world.logs)
  if (subresource !== undefined && !(subresource === 'status' && served.status)) {
    if (!isReal(served, subresource)) throw noResource()
    throw unanswered(`${incoming.method} of ${served.plural}/${subresource}`)
  }
  if (verb === 'get') {
    const found = oneOf(world.store, served, namespace, name)
    return asksForTable(incoming.request) ? tabled(world, served, [found], incoming.url) : json(200, found)
  }
  const writing = writingOf(world, incoming, route)
  if (verb === 'delete') return remove(writing, incoming.body === '' ? undefined : parsed(incoming.body))
  if (verb === 'update')
    return writtenReply(replace(writing, objectBody(typeOf(incoming.request), incoming.body, served)))
  return writtenReply(patch(writing, incoming, () => authorize(user, wanted('create'))))
}

/** What the real server has below such an object, and this one does not answer. */
const REAL: Readonly<Record<string, readonly string[]>> = {
  pods: ['attach', 'binding', 'ephemeralcontainers', 'eviction', 'exec', 'portforward', 'proxy', 'resize'],
  nodes: ['proxy'],
  namespaces: ['finalize'],
  serviceaccounts: ['token'],
  deployments: ['scale'],
  replicasets: ['scale'],
  statefulsets: ['scale'],
}

function isReal({ plural }: Served, subresource: string): boolean {
  return REAL[plural]?.includes(subresource) ?? false
}

const VERB: Readonly<Record<string, string>> = { GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

function patch(writing: Writing, { request, url, body: text }: Incoming, mayCreate: () => void): Written {
  const type = typeOf(request)
  if (type === 'application/merge-patch+json') return mergePatch(writing, parsed(text))
  if (type === STRATEGIC && !isCustom(writing.served)) return strategicPatch(writing, parsed(text))
  if (type === 'application/json-patch+json') throw unanswered(`a patch of type ${type}`)
  if (type !== APPLY) throw unsupported('415: Unsupported Media Type', {})
  const body = applyBody(text, writing.served)
  const found = isMap(body) && isMap(body['metadata']) ? body['metadata']['managedFields'] : undefined
  if (found !== undefined) throw badRequest('metadata.managedFields must be nil')
  return apply(writing, body, url.searchParams.get('force') === 'true', mayCreate)
}

const APPLY = 'application/apply-patch+yaml'
const STRATEGIC = 'application/strategic-merge-patch+json'

function podOf({ store }: World, { served, namespace = '', name }: One): Live {
  const pod = store.get({ apiVersion: 'v1', kind: 'Pod', namespace, name })
  if (pod === undefined) throw notFound(served, name)
  return pod
}

function writingOf({ store, time }: World, { request, url, method }: Incoming, route: One): Writing {
  const { served, namespace, name, subresource } = route
  const applies = method === 'PATCH' && typeOf(request) === APPLY
  const options = writeOptions(method as 'POST' | 'PUT' | 'PATCH' | 'DELETE', url.searchParams, applies)
  const manager = url.searchParams.get('fieldManager') ?? agentOf(request)
  const operation = applies ? ('Apply' as const) : ('Update' as const)
  const below = subresource === undefined ? {} : { subresource }
  const writer = { manager, operation, apiVersion: served.apiVersion, ...below }
  return { store, served, namespace, name, writer, ...options, now: wholeSeconds(time.now()) }
}

/** Whoever names no manager is known by the first word of its user agent. */
function agentOf({ headers }: IncomingMessage): string {
  return (headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown'
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch {
    throw badRequest("couldn't get version/kind; json parse error: unexpected end of JSON input")
  }
}

function writtenReply({ outcome, object, warnings }: Written): Reply {
  return json(outcome === 'created' ? 201 : 200, object, warnings)
}
