import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { NO_FAULTS } from './faults.mts'
import type { Fault, Faults, WatchFault } from './faults.mts'
import { answer } from './server/answering.mts'
import type { World } from './server/answering.mts'
import { mintLoopback } from './server/certificate.mts'
import { History } from './server/history.mts'
import { OPERATOR } from './server/identity.mts'
import type { Identity } from './server/identity.mts'
import type { Logs } from './server/podlog.mts'
import type { Proxy } from './server/proxied.mts'
import { Pages } from './server/reading.mts'
import { Refused } from './server/refused.mts'
import { refusalReply, send } from './server/reply.mts'
import type { Reply } from './server/reply.mts'
import type { Store, Time } from './store.mts'

export interface RehearsalServerOptions {
  store: Store
  time: Time
  logs: Logs
  proxy: Proxy
  /** The first one is whom the kubeconfig names. An operator who may do everything, unless given. */
  identities?: readonly Identity[]
  faults?: Faults
  /** API groups whose CustomResourceDefinitions nobody installed. */
  absent?: readonly string[]
  /** HTTPS unless given: without TLS a run of a script costs a third less, which counts where a test makes hundreds. */
  scheme?: 'http' | 'https'
}

/** A request that came in. */
export interface Asked {
  /** From 1. */
  number: number
  method: string
  /** With its query. */
  path: string
  user: string
  /** Undefined until it is answered, or where it never was. */
  status?: number
  /** The Status of a refusal. */
  refused?: object
}

export interface RehearsalServer extends AsyncDisposable {
  url: string
  /** A kubeconfig of one context, `rehearsal`, as text. */
  kubeconfig: string
  requests: Asked[]
  /** Watches that come with a version from before now are told that it is too old. */
  forget: () => void
  /** Other faults from here on; the numbers go on. */
  setFaults: (faults: Faults) => void
}

/**
 * The API server of a rehearsal: HTTPS on loopback only, under a certificate that is minted here, over whatever the
 * store holds. It answers what this project asks; anything else is 501 with the request's name.
 */
export async function openRehearsalServer(options: RehearsalServerOptions): Promise<RehearsalServer> {
  const { store, time, logs, proxy, identities = [OPERATOR] } = options
  const history = new History(store)
  const absent = new Set(options.absent)
  const world: World = { store, time, history, pages: new Pages(), identities, absent, logs, proxy }
  const requests: Asked[] = []
  let faults = options.faults ?? NO_FAULTS
  const { server, ca } = await serverOf(options.scheme ?? 'https', (request, response) => {
    const asked = noted(requests, request, identities)
    response.once('finish', () => {
      asked.status = response.statusCode
    })
    const fault = faults(asked)
    void serve(world, { request, response, asked, fault }).catch((error: unknown) => failed(response, error))
  })
  server.keepAliveTimeout = 60_000
  // One that is still shaking hands is no connection that `closeAllConnections` knows of.
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `${ca === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    kubeconfig: kubeconfigOf(url, ca, identities[0] ?? OPERATOR),
    requests,
    forget: () => history.forget(),
    setFaults: (next) => {
      faults = next
    },
    [Symbol.asyncDispose]: async () => {
      history[Symbol.dispose]()
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** The server, and where it speaks TLS the certificate by which it is known. */
async function serverOf(scheme: 'http' | 'https', listener: RequestListener): Promise<{ server: Server; ca?: string }> {
  if (scheme === 'http') return { server: http.createServer(listener) }
  const { certificate, key } = await mintLoopback('rehearsal')
  return { server: https.createServer({ cert: certificate, key }, listener), ca: certificate }
}

function noted(requests: Asked[], request: IncomingMessage, identities: readonly Identity[]): Asked {
  const token = request.headers.authorization?.replace(/^Bearer /, '')
  const user = identities.find((identity) => identity.token === token)?.name ?? 'nobody'
  const asked = { number: requests.length + 1, method: request.method ?? '', path: request.url ?? '', user }
  requests.push(asked)
  return asked
}

interface Serving {
  request: IncomingMessage
  response: ServerResponse
  asked: Asked
  fault: Fault
}

async function serve(world: World, { request, response, asked, fault }: Serving): Promise<void> {
  const body = await bodyOf(request)
  if (fault.do === 'stop-before' || isDeathBefore(fault)) return broken(request, fault)
  if (fault.do === 'refuse') return send(response, refusalReply(refusalOf(fault)))
  if (fault.do === 'delay') await delay(fault.milliseconds)
  const reply = await replyTo(world, { request, body, asked }, watchFaultOf(fault))
  if (fault.do === 'cut-after' || fault.do === 'die') return broken(request, fault)
  send(response, fault.do === 'garbage' ? { kind: 'text', status: 200, body: '<html>\u0000{' } : reply)
}

/** A fault of this server itself, said as one: a broken connection would be sent again and again. */
function failed(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (response.headersSent) response.destroy()
  else send(response, refusalReply(new Refused({ status: 500, reason: 'InternalError', message })))
}

function isDeathBefore(fault: Fault): boolean {
  return fault.do === 'die' && fault.when === 'before'
}

function broken(request: IncomingMessage, fault: Fault): void {
  if (fault.do === 'die') fault.kill()
  request.socket.destroy()
}

async function replyTo(
  world: World,
  { request, body, asked }: Pick<Serving, 'request' | 'asked'> & { body: string },
  watchFault: WatchFault,
): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'https://127.0.0.1')
  try {
    return await answer(world, { request, method: request.method ?? '', url, body, watchFault })
  } catch (error) {
    if (error instanceof Refused) asked.refused = error.body
    return refusalReply(error)
  }
}

function watchFaultOf(fault: Fault): WatchFault {
  return fault.do === 'silent' || fault.do === 'drop' || fault.do === 'repeat' || fault.do === 'expire'
    ? fault
    : { do: 'pass' }
}

function refusalOf({ status, reason, message, retryAfterSeconds }: Extract<Fault, { do: 'refuse' }>): Refused {
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }
  const said = reason === undefined ? {} : { reason }
  return new Refused({ status, ...said, message: message ?? reason ?? `HTTP ${status}`, ...details })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

// JSON is YAML.
function kubeconfigOf(server: string, ca: string | undefined, { name, token }: Identity): string {
  const trusted = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'rehearsal',
      clusters: [{ name: 'rehearsal', cluster: { server, ...trusted } }],
      users: [{ name, user: { token } }],
      contexts: [{ name: 'rehearsal', context: { cluster: 'rehearsal', user: name } }],
    },
    null,
    2,
  )}\n`
}
