import { X509Certificate } from 'node:crypto'
import { lookup as resolveName } from 'node:dns'
import { once } from 'node:events'
import http from 'node:http'
import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { ConnectionOptions, SecureContext } from 'node:tls'
import type { Address } from './edge.mts'
import { describeRefusal } from './judges/refusal.mts'

const LARGEST_BODY = 64 * 1024

/** One GET, resolved to the given address as curl's --resolve does. */
export interface Question {
  scheme: 'https' | 'http'
  host: string
  path: string
  address: Address
  trust: SecureContext
  signal: AbortSignal
  /** Milliseconds until the whole answer must be there; 5 000 unless given. */
  limit?: number
  /** Left out: a connection of its own, so that no earlier one can answer for a new pod. */
  agent?: Agent
}

export interface Answered {
  state: 'answered'
  status: number
  headers: IncomingHttpHeaders
  /** The first 64 KiB. */
  body: string
  /** The leaf, over https. It was verified: name, dates and chain. */
  certificate?: X509Certificate
  /** Milliseconds from the request to the last byte. */
  ms: number
}

export interface Refused {
  state: 'refused'
  /** Node's or OpenSSL's: ECONNREFUSED, CERT_HAS_EXPIRED, …; ETIMEDOUT where the time limit ended it. */
  code: string
  says: string
  /** The leaf that was presented, where that is what was refused. */
  certificate?: X509Certificate
  ms: number
}

export type Reached = Answered | Refused

/**
 * Asks, and says what came of it; certificates are always verified. Throws only the signal's reason.
 *
 * A refused certificate is read from the handshake itself: `OCSPResponse` comes (empty where none is stapled) once the
 * server's certificate is there and before it is judged, so no second connection has to look away.
 */
export async function reach(question: Question): Promise<Reached> {
  const { signal, limit = 5_000 } = question
  const started = performance.now()
  const elapsed = () => performance.now() - started
  const late = AbortSignal.timeout(limit)
  let certificate: X509Certificate | undefined
  const request = open(question, AbortSignal.any([signal, late]))
  onCertificate(request, (presented) => (certificate = presented))
  try {
    const answer = await answerOf(request)
    return { state: 'answered', ...answer, ...(certificate && { certificate }), ms: elapsed() }
  } catch (error) {
    signal.throwIfAborted()
    const code = late.aborted ? 'ETIMEDOUT' : codeOf(error)
    const says = describeRefusal({ code, question, limit, certificate, error: String(error) })
    return { state: 'refused', code, says, ...(certificate && { certificate }), ms: elapsed() }
  }
}

function open({ scheme, host, path, address, trust, agent }: Question, signal: AbortSignal): ClientRequest {
  const common = { host, port: address.port, path, agent: agent ?? false, signal, lookup: lookupOf(address) } as const
  const headers = { accept: '*/*', 'user-agent': 'landfall' }
  if (scheme === 'http') return http.request({ ...common, headers })
  const servername = isIP(host) === 0 ? host : ''
  const tls: ConnectionOptions = { servername, secureContext: trust, requestOCSP: true }
  return https.request({ ...common, headers, ...tls })
}

/** Every name leads to the address; a load balancer that is known by name only is resolved by its own. */
function lookupOf({ host }: Address): LookupFunction {
  const family = isIP(host)
  if (family === 0) return (_name, options, done) => resolveName(host, options, done)
  return (_name, options, done) =>
    options.all === true ? done(null, [{ address: host, family }]) : done(null, host, family)
}

function onCertificate(request: ClientRequest, tell: (certificate: X509Certificate) => void): void {
  request.on('socket', (socket) => {
    if (!(socket instanceof TLSSocket)) return
    // Not getPeerX509Certificate: called this early it leaves Node's own check of the name without names (24.21).
    const read = () => {
      const { raw } = socket.getPeerCertificate() as { raw?: Buffer }
      if (raw !== undefined) tell(new X509Certificate(raw))
      return raw !== undefined
    }
    // A kept connection has shown its certificate before, and will not again.
    if (!read() && socket.listenerCount('OCSPResponse') === 0) socket.once('OCSPResponse', read)
  })
}

async function answerOf(request: ClientRequest): Promise<Pick<Answered, 'status' | 'headers' | 'body'>> {
  // A reset after the answer is nobody's news, but would be an uncaught error.
  request.on('error', () => {})
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const body = await startOf(response)
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}

async function startOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= LARGEST_BODY) break
  }
  return Buffer.concat(chunks).subarray(0, LARGEST_BODY).toString()
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'UNKNOWN'
}
