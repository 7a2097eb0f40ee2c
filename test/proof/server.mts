import { once } from 'node:events'
import http from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Minted } from './mint.mts'

export interface Reply {
  status?: number
  type?: string
  body?: string
  headers?: Record<string, string>
}

/** What the stand-in for an ingress answers, by path; changed by a test while it runs. */
export type Routes = Map<string, Reply | ((request: IncomingMessage, response: ServerResponse) => void)>

export interface Served extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  address: string
  port: number
  routes: Routes
  /** Connections that were opened. */
  connections(): number
  server: Server
}

export const INDEX: Reply = { type: 'text/html', body: '<!doctype html><title>reactbin</title>' }

/** What a good reactbin answers. */
export function goodRoutes(build = 'abc'): Routes {
  return new Map([
    ['/', INDEX],
    ['/api/v1/health', json({ status: 'ok', build, revision: '9bc1' })],
    ['/docs', { status: 404, type: 'application/json', body: '{"detail":"Not Found"}' }],
  ])
}

export function json(value: unknown, status = 200): Reply {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

export async function serveHttps({ certificate, key }: Minted, routes: Routes = goodRoutes()): Promise<Served> {
  return listen(https.createServer({ cert: certificate, key }, answerFrom(routes)), routes)
}

export async function serveHttp(routes: Routes): Promise<Served> {
  return listen(http.createServer(answerFrom(routes)), routes)
}

/** Other paths answer the index page, as an SPA's nginx does. */
function answerFrom(routes: Routes): RequestListener {
  return (request, response) => {
    const found = routes.get(request.url ?? '/') ?? routes.get('*') ?? INDEX
    if (typeof found === 'function') return found(request, response)
    const { status = 200, type = 'text/plain', body = '', headers = {} } = found
    response.writeHead(status, { 'content-type': type, ...headers }).end(body)
  }
}

async function listen(server: Server, routes: Routes): Promise<Served> {
  let connections = 0
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    port,
    routes,
    server,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close').catch(() => {})
    },
  }
}
