import { once } from 'node:events'
import https from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mint, mintAuthority } from '../proof/mint.mts'
import type { Authority, Minted } from '../proof/mint.mts'

export interface Asked {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

/** What the stand-in does with one request: answers, or something worse. */
export type Reaction = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void

/** An API server of a test's making: HTTPS on loopback, every request recorded, each answered as the test says. */
export interface StandIn extends AsyncDisposable {
  url: string
  authority: Authority
  asked: Asked[]
  /** TCP connections that were opened. */
  connections: () => number
  /** The last one stays for all further requests. */
  react: (...reactions: Reaction[]) => void
}

export interface StandInOptions {
  certificate?: (authority: Authority) => Promise<Minted>
}

export async function standIn(options: StandInOptions = {}): Promise<StandIn> {
  const authority = await mintAuthority('stand-in')
  const pair = await (options.certificate ?? ((by) => mint(by, ['localhost'])))(authority)
  const asked: Asked[] = []
  let reactions: Reaction[] = [answer(200, {})]
  let connections = 0
  const server = https.createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    void received(request).then((one) => {
      asked.push(one)
      const reaction = reactions.length > 1 ? reactions.shift() : reactions[0]
      reaction?.(one, response, request)
    })
  })
  server.on('connection', () => {
    connections += 1
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    authority,
    asked,
    connections: () => connections,
    react: (...next) => {
      reactions = next
    },
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Answers with JSON, or a text as it is. */
export function answer(status: number, body: unknown, headers: Record<string, string | string[]> = {}): Reaction {
  return (_asked, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/** Takes the request and breaks the connection. */
export function cut(): Reaction {
  return (_asked, _response, request) => request.socket.destroy()
}

/** Takes the request and never answers. */
export function hang(): Reaction {
  return () => undefined
}

export function status(code: number, reason: string, message = reason): Record<string, unknown> {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }
}

async function received(request: IncomingMessage): Promise<Asked> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
}
