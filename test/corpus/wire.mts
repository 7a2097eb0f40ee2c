import http from 'node:http'
import https from 'node:https'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { parse } from 'yaml'

/** A request as it goes over the wire. */
export interface Asking {
  method: string
  /** With its query. */
  path: string
  type?: string | undefined
  accept?: string | undefined
  body?: string | undefined
  /** Somebody else than the kubeconfig's user: `nobody` comes with a token that was never given. */
  as?: string | undefined
}

export interface Answered {
  status: number
  type: string
  /** Texts of the Warning headers. */
  warnings: readonly string[]
  body: string
}

/** A server that can be asked anything, without a client's own opinions. */
export interface Wire extends Disposable {
  ask(asking: Asking): Promise<Answered>
}

interface Config {
  clusters: [{ cluster: { server: string; 'certificate-authority-data'?: string } }]
  users: [{ user: { token?: string; 'client-certificate-data'?: string; 'client-key-data'?: string } }]
}

/**
 * Opens the one cluster of a kubeconfig file. Others than its user are impersonated; where `tokens` has theirs, they
 * come in with that.
 */
export function openWire(kubeconfig: string, tokens: Readonly<Record<string, string>> = {}): Wire {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Config
  const [{ cluster }] = clusters
  const [{ user }] = users
  const [ca, cert, key] = [
    cluster['certificate-authority-data'],
    user['client-certificate-data'],
    user['client-key-data'],
  ].map((data) => (data === undefined ? undefined : Buffer.from(data, 'base64')))
  const { Agent } = cluster.server.startsWith('http:') ? http : https
  const own = new Agent({ keepAlive: true, ca, cert, key })
  const bare = new Agent({ keepAlive: true, ca })
  const credentials = (as: string | undefined): Record<string, string> => {
    const token = as === undefined ? user.token : (tokens[as] ?? (as === 'nobody' ? 'nobody' : user.token))
    const impersonated = as !== undefined && as !== 'nobody' && tokens[as] === undefined
    return {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(impersonated ? { 'impersonate-user': as } : {}),
    }
  }
  return {
    ask: ({ method, path, type, accept = 'application/json', body, as }) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
      const headers = { accept, ...length, ...(type === undefined ? {} : { 'content-type': type }), ...credentials(as) }
      return sent(`${cluster.server}${path}`, { method, headers, agent: as === 'nobody' ? bare : own }, body)
    },
    [Symbol.dispose]: () => {
      own.destroy()
      bare.destroy()
    },
  }
}

async function sent(url: string, options: https.RequestOptions, body: string | undefined): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>()
  const { request: ask } = url.startsWith('http:') ? http : https
  const request = ask(url, { ...options, timeout: 20_000 }, (response) => {
    const { headersDistinct, statusCode = 0 } = response
    const warnings = (headersDistinct['warning'] ?? []).map((one) => /^299 \S+ "(.*)"$/s.exec(one)?.[1] ?? one)
    const type = (response.headers['content-type'] ?? '').split(';')[0] ?? ''
    text(response).then((found) => resolve({ status: statusCode, type, warnings, body: found }), reject)
  })
  request.on('timeout', () => request.destroy(new Error(`no answer from ${url}`)))
  request.on('error', reject)
  request.end(body)
  return promise
}
