import http from 'node:http'
import https from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { Agent, IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http'
import { DeployError } from '../error.mts'
import { neverSent, unreachable } from './reach.mts'
import { pauseBefore } from './retry.mts'
import { LostAnswer } from './status.mts'

/** How to get in: who to say one is, over which connections. */
export interface Access {
  server: URL
  /** For the next request. `fresh`: the server did not accept the last ones, so plugins are asked again. */
  credentials(fresh: boolean, signal: AbortSignal): Promise<Credentials>
}

export interface Credentials {
  agent: Agent
  headers: OutgoingHttpHeaders
}

export interface WireRequest {
  /** "apply deployment/reactbin/api": follows "Cannot" where it fails. */
  act: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  headers?: OutgoingHttpHeaders
  body?: string
  signal?: AbortSignal | undefined
  purpose: 'read' | 'write' | 'dryRun'
  /** Doing it twice does no harm: then it is sent again where the answer was lost. */
  repeatable: boolean
}

export interface WireAnswer {
  status: number
  headers: Record<string, string>
  /** Each `Warning` header's text. */
  warnings: string[]
  body: Buffer
}

/** One attempt's end. */
export type Outcome =
  | { kind: 'answered'; answer: WireAnswer }
  /** `sent`: the whole request had left, so the server may have acted. */
  | { kind: 'broken'; error: unknown; sent: boolean }

export interface WireOptions {
  access: Access
  /** Ends every request of the connection. */
  signal: AbortSignal
  /** Milliseconds for one call, its repetitions included. */
  timeout: number
  onRequest?: ((line: string) => void) | undefined
}

/**
 * HTTP to one API server: connections are kept and reused, every call ends at its deadline or signal, and what may be
 * sent again is (429 by Retry-After, 502 to 504, broken connections). Throws the signal's reason where that ended it,
 * `LostAnswer` where a write may have been done, else `unreachable`, `certificate-expired` or `certificate-untrusted`.
 */
export class Wire {
  readonly sent = { reads: 0, writes: 0, dryRuns: 0 }
  readonly #options: WireOptions

  constructor(options: WireOptions) {
    this.#options = options
  }

  get server(): string {
    return this.#options.access.server.origin
  }

  /** The whole answer, whatever its status. */
  async send(request: WireRequest): Promise<WireAnswer> {
    const outer = this.#outer(request.signal)
    // A timer that is taken back: AbortSignal.timeout() lives on, and fires, long after the answer.
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), this.#options.timeout)
    try {
      return await this.#sendUntil(request, outer, AbortSignal.any([late.signal, outer]))
    } finally {
      clearTimeout(timer)
    }
  }

  async #sendUntil(request: WireRequest, outer: AbortSignal, signal: AbortSignal): Promise<WireAnswer> {
    const ends = performance.now() + this.#options.timeout
    let renewed = false
    for (let attempt = 1, fresh = false; ; attempt += 1) {
      outer.throwIfAborted()
      const outcome = await this.#attempt(request, fresh, signal)
      if (outcome.kind === 'broken') outer.throwIfAborted()
      fresh = !renewed && outcome.kind === 'answered' && outcome.answer.status === 401
      renewed ||= fresh
      const pause = fresh ? 0 : pauseBefore(outcome, request.repeatable, attempt)
      if (pause === undefined || performance.now() + pause >= ends) return this.#settled(outcome, request)
      await delay(pause, undefined, { signal: outer }).catch(() => outer.throwIfAborted())
    }
  }

  /** The answer as a stream that ends with the signal: for watches. Not repeated, no deadline once it flows. */
  async open(request: WireRequest): Promise<IncomingMessage> {
    const outer = this.#outer(request.signal)
    const opening = new AbortController()
    const timer = setTimeout(() => opening.abort(), this.#options.timeout)
    try {
      const signal = AbortSignal.any([outer, opening.signal])
      return await this.#exchange(request, await this.#options.access.credentials(false, signal), signal)
    } catch (error) {
      outer.throwIfAborted()
      throw this.#translated(request, opening.signal.aborted ? noAnswer(this.#options.timeout) : failureOf(error).error)
    } finally {
      clearTimeout(timer)
    }
  }

  #outer(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#options.signal : AbortSignal.any([this.#options.signal, signal])
  }

  async #attempt(request: WireRequest, fresh: boolean, signal: AbortSignal): Promise<Outcome> {
    try {
      const credentials = await this.#options.access.credentials(fresh, signal)
      return { kind: 'answered', answer: await this.#answerIn(request, credentials, signal) }
    } catch (error) {
      // No credentials: asking the same plugin again would not help.
      if (error instanceof DeployError) throw error
      const failure = failureOf(error)
      const { error: cause } = failure
      return { kind: 'broken', error: isAbort(cause) ? noAnswer(this.#options.timeout) : cause, sent: failure.sent }
    }
  }

  // A read that hangs on a connection whose other end is gone gets a second chance on a new one.
  async #answerIn(request: WireRequest, credentials: Credentials, signal: AbortSignal): Promise<WireAnswer> {
    if (request.method !== 'GET') return collected(await this.#exchange(request, credentials, signal))
    const hung = new AbortController()
    const timer = setTimeout(() => hung.abort(), this.#options.timeout / 2)
    try {
      return await collected(await this.#exchange(request, credentials, AbortSignal.any([signal, hung.signal])))
    } finally {
      clearTimeout(timer)
    }
  }

  async #exchange(request: WireRequest, credentials: Credentials, signal: AbortSignal): Promise<IncomingMessage> {
    this.#count(request)
    const started = performance.now()
    const { server } = this.#options.access
    // Node frames the body of a DELETE only where its length is told: without it the uid precondition would be lost.
    const length = request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }
    const own = { accept: 'application/json', 'user-agent': 'landfall', ...length }
    const headers = { ...own, ...credentials.headers, ...request.headers }
    const options = { method: request.method, path: request.path, headers, agent: credentials.agent, signal }
    const note = (end: string): void =>
      this.#options.onRequest?.(
        `${request.method} ${request.path} ${end} ${Math.round(performance.now() - started)} ms`,
      )
    try {
      const response = await exchange(server, options, request.body)
      note(String(response.statusCode))
      return response
    } catch (error) {
      note('broken')
      throw error
    }
  }

  #count({ purpose }: WireRequest): void {
    if (purpose === 'read') this.sent.reads += 1
    else if (purpose === 'write') this.sent.writes += 1
    else this.sent.dryRuns += 1
  }

  #settled(outcome: Outcome, request: WireRequest): WireAnswer {
    if (outcome.kind === 'answered') {
      // A gateway's answer does not tell whether the server behind it acted.
      if (outcome.answer.status < 502 || outcome.answer.status > 504 || request.purpose !== 'write')
        return outcome.answer
      throw new LostAnswer(request.act, new Error(`HTTP ${outcome.answer.status}`))
    }
    if (request.purpose === 'write' && outcome.sent) throw new LostAnswer(request.act, outcome.error)
    throw this.#translated(request, outcome.error)
  }

  #translated(request: WireRequest, error: unknown): unknown {
    return error instanceof DeployError ? error : unreachable(request.act, this.server, error)
  }
}

class Broken extends Error {
  readonly sent: boolean

  constructor(cause: unknown, sent: boolean) {
    super('the connection broke', { cause })
    this.sent = sent
  }
}

function failureOf(error: unknown): { error: unknown; sent: boolean } {
  return error instanceof Broken ? { error: error.cause, sent: error.sent } : { error, sent: false }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
}

function noAnswer(timeout: number): Error {
  return new Error(`no answer within ${timeout / 1000} s`)
}

function exchange(server: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const transport = server.protocol === 'http:' ? http : https
  const request = transport.request(new URL(server), { ...options, path: joined(server, options.path) })
  let sent = false
  request.on('finish', () => {
    sent = true
  })
  request.on('error', (error) => reject(new Broken(error, sent && !neverSent(error))))
  request.on('response', resolve)
  request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE))
  request.end(body)
  return promise
}

/** Milliseconds of silence before the first probe; Linux probes each second after it and gives up after ten. */
const KEEP_ALIVE = 5_000

// A server may live below a path (Rancher): https://host/k8s/clusters/c-1
function joined(server: URL, path: string | null | undefined): string {
  return `${server.pathname.replace(/\/$/, '')}${path ?? '/'}`
}

async function collected(response: IncomingMessage): Promise<WireAnswer> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer)
  } catch (error) {
    throw new Broken(error, true)
  }
  const headers = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)])
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    warnings: (response.headersDistinct['warning'] ?? []).map(warningText),
    body: Buffer.concat(chunks),
  }
}

// RFC 7234 5.5: `299 - "text"`, quotes escaped.
function warningText(header: string): string {
  const quoted = /^\d{3} \S+ "(.*)"$/.exec(header)?.[1]
  return quoted === undefined ? header : quoted.replaceAll('\\"', '"')
}
