import type { ServerResponse } from 'node:http'
import { Refused } from './refused.mts'

/** What a request is answered with. */
export type Reply =
  | { kind: 'json'; status: number; body: unknown; warnings?: readonly string[]; headers?: Record<string, string> }
  | { kind: 'text'; status: number; body: string | Buffer; headers?: Record<string, string> }
  | { kind: 'nothing'; status: 204 }
  /** Writes as long as there is something to say. */
  | { kind: 'stream'; run: (response: ServerResponse) => void }

export function json(status: number, body: unknown, warnings: readonly string[] = []): Reply {
  return { kind: 'json', status, body, warnings }
}

/** A path that nothing serves: not even a Status. */
export const NO_PAGE: Reply = { kind: 'text', status: 404, body: '404 page not found\n' }

/** A refusal as an answer; anything else is thrown on. */
export function refusalReply(error: unknown): Reply {
  if (!(error instanceof Refused)) throw error
  const seconds = error.refusal.details?.retryAfterSeconds
  const headers = seconds === undefined ? {} : { 'retry-after': String(seconds) }
  return { kind: 'json', status: error.refusal.status, body: error.body, headers }
}

export function send(response: ServerResponse, reply: Reply): void {
  if (reply.kind === 'stream') return reply.run(response)
  if (reply.kind === 'nothing') return void response.writeHead(reply.status).end()
  const type = reply.kind === 'json' ? 'application/json' : 'text/plain; charset=utf-8'
  const body = reply.kind === 'json' ? `${JSON.stringify(reply.body)}\n` : reply.body
  const warnings = reply.kind === 'json' ? (reply.warnings ?? []).map(warningHeader) : []
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body), ...reply.headers }
  if (warnings.length > 0) response.setHeader('warning', warnings)
  response.writeHead(reply.status, headers)
  response.end(body)
}

// RFC 7234 5.5
function warningHeader(text: string): string {
  return `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
