import { once } from 'node:events'
import http from 'node:http'
import type { RequestListener, Server } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Live } from '../../kube/object.mts'
import type { HTTPIngressPath, Ingress, Secret } from '../../kube/schema/types.mts'
import type { ServiceAnswer, ServiceRequest } from '../controllers/serving.mts'
import type { Store } from '../store.mts'

/** The site's two doors, on loopback. */
export interface RehearsalEdge extends AsyncDisposable {
  /** `127.0.0.1:PORT` of HTTPS and of plain HTTP. */
  address: string
  httpAddress: string
}

const INGRESS = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }
const REDIRECT = 'nginx.ingress.kubernetes.io/ssl-redirect'

/**
 * What an ingress controller does: answers for every Ingress that has its address, under the certificate of its TLS
 * Secret (`fallback` where that is not there), by the longest path that fits.
 */
export async function openEdge(given: {
  store: Store
  answer: (request: ServiceRequest) => ServiceAnswer | undefined
  fallback: Readonly<Record<'tls.crt' | 'tls.key', string>>
}): Promise<RehearsalEdge> {
  const { store, fallback } = given
  const other = createSecureContext({ cert: fallback['tls.crt'], key: fallback['tls.key'] })
  const secure = https.createServer(
    {
      cert: fallback['tls.crt'],
      key: fallback['tls.key'],
      SNICallback: (name, done) => done(null, contextFor(store, name) ?? other),
    },
    serving(given),
  )
  const plain = http.createServer(redirecting(given))
  const [address, httpAddress] = await Promise.all([listen(secure), listen(plain)])
  return {
    address,
    httpAddress,
    [Symbol.asyncDispose]: async () => void (await Promise.all([close(secure), close(plain)])),
  }
}

async function listen(server: Server | https.Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return `127.0.0.1:${port}`
}

async function close(server: Server | https.Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

/** The Ingresses that somebody serves. */
function served(store: Store): Live<Ingress>[] {
  return store.list<Ingress>(INGRESS).filter(({ status }) => (status?.loadBalancer?.ingress ?? []).length > 0)
}

function contextFor(store: Store, name: string): SecureContext | undefined {
  for (const { metadata, spec } of served(store)) {
    const secretName = spec?.tls?.find(({ hosts = [] }) => hosts.includes(name))?.secretName
    if (secretName === undefined) continue
    const ref = { apiVersion: 'v1', kind: 'Secret', name: secretName }
    const secret = store.get<Secret>({
      ...ref,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    })
    const context = secret === undefined ? undefined : contextOf(secret)
    if (context !== undefined) return context
  }
  return undefined
}

/** By Secret: one that was written anew is another object. */
const contexts = new WeakMap<Secret, SecureContext>()

// A Secret that somebody filled with something else is no reason to fall over: the fallback shows.
function contextOf(secret: Secret): SecureContext | undefined {
  const known = contexts.get(secret)
  if (known !== undefined) return known
  const [cert, key] = ['tls.crt', 'tls.key'].map((part) => Buffer.from(secret.data?.[part] ?? '', 'base64'))
  if (!cert?.length || !key?.length) return undefined
  try {
    const made = createSecureContext({ cert, key })
    contexts.set(secret, made)
    return made
  } catch {
    return undefined
  }
}

type Given = Pick<Parameters<typeof openEdge>[0], 'store' | 'answer'>

function serving({ store, answer }: Given): RequestListener {
  return (request, response) => {
    const path = request.url ?? '/'
    const found = routeFor(served(store), hostOf(request.headers.host), path)
    const service = found?.path.backend.service
    if (found === undefined || service === undefined) return void response.writeHead(404).end('404 page not found\n')
    const port = String(service.port?.number ?? service.port?.name ?? '')
    const given = answer({ namespace: found.namespace, name: service.name, port, path })
    if (given === undefined) return void response.writeHead(503).end('no available server\n')
    response.writeHead(given.status, given.headers).end(request.method === 'HEAD' ? '' : given.body)
  }
}

function redirecting(given: Given): RequestListener {
  const serve = serving(given)
  return (request, response) => {
    const host = hostOf(request.headers.host)
    const isSecure = served(given.store).some(
      ({ metadata, spec }) =>
        metadata.annotations?.[REDIRECT] === 'true' &&
        (spec?.tls?.some(({ hosts = [] }) => hosts.includes(host)) ?? false),
    )
    if (!isSecure) return serve(request, response)
    response.writeHead(308, { location: `https://${host}${request.url ?? '/'}` }).end()
  }
}

function hostOf(header: string | undefined): string {
  return (header ?? '').replace(/:\d+$/, '').toLowerCase()
}

function routeFor(
  ingresses: readonly Live<Ingress>[],
  host: string,
  url: string,
): { namespace: string; path: HTTPIngressPath } | undefined {
  const [path = '/'] = url.split('?')
  const routes = ingresses.flatMap(({ metadata: { namespace = '' }, spec }) =>
    (spec?.rules ?? [])
      .filter((rule) => rule.host === undefined || rule.host === host)
      .flatMap((rule) => (rule.http?.paths ?? []).map((one) => ({ namespace, path: one }))),
  )
  return routes.filter((route) => leadsTo(route.path, path)).toSorted((a, b) => weight(b.path) - weight(a.path))[0]
}

function leadsTo({ path: root = '/', pathType }: HTTPIngressPath, path: string): boolean {
  if (pathType === 'Exact') return path === root
  const bare = root.replace(/\/$/, '')
  return path === bare || path.startsWith(`${bare}/`)
}

// Exact before prefix, then the longer one.
function weight({ path = '/', pathType }: HTTPIngressPath): number {
  return path.length * 2 + (pathType === 'Exact' ? 1 : 0)
}
