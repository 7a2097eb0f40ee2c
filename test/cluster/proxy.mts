import { readFileSync } from 'node:fs'
import https from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse, stringify } from 'yaml'
import { mint, mintAuthority } from '../proof/mint.mts'

/** What happens to one write on its way to the API server. */
export type Fate =
  | 'pass'
  /** The server never sees it. */
  | 'stop-before'
  /** The server acts, the answer is cut. */
  | 'cut-after'

export interface Write {
  /** From 1. */
  number: number
  method: string
  path: string
}

export interface ApiProxy extends AsyncDisposable {
  /** A kubeconfig whose only context leads through the proxy. */
  kubeconfig: string
  /** Every write that came so far. */
  writes: readonly Write[]
}

interface Upstream {
  server: URL
  ca: Buffer
  cert: Buffer
  key: Buffer
}

const NAME = 'proxy.test'

/** A proxy in front of the real API server that decides over each write (dry runs and reviews are none). */
export async function openProxy(kubeconfig: string, decide: (write: Write) => Fate): Promise<ApiProxy> {
  const upstream = upstreamOf(kubeconfig)
  const authority = await mintAuthority('proxy')
  const { key, certificate: cert } = await mint(authority, [NAME])
  const agent = new https.Agent({ keepAlive: true, ca: upstream.ca, cert: upstream.cert, key: upstream.key })
  const writes: Write[] = []
  const server = https.createServer({ key, cert }, (request, response) => {
    const fate = isWrite(request) ? decide(noted(request, writes)) : 'pass'
    if (fate === 'stop-before') return void request.socket.destroy()
    forward(request, response, { upstream, agent, cut: fate === 'cut-after' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    kubeconfig: kubeconfigFor(port, authority.certificate),
    writes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      agent.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isWrite({ method = '', url = '' }: IncomingMessage): boolean {
  if (method === 'GET' || url.includes('dryRun=All')) return false
  return !/selfsubject(access|rules)reviews/.test(url)
}

function noted({ method = '', url = '' }: IncomingMessage, writes: Write[]): Write {
  const write = { number: writes.length + 1, method, path: url.split('?')[0] ?? '' }
  writes.push(write)
  return write
}

interface Way {
  upstream: Upstream
  agent: https.Agent
  cut: boolean
}

function forward(request: IncomingMessage, response: ServerResponse, { upstream, agent, cut }: Way): void {
  const { host: _, authorization: __, ...headers } = request.headers
  const target = new URL(request.url ?? '/', upstream.server)
  const onward = https.request(target, { method: request.method, headers, agent }, (answer) => {
    if (cut) {
      answer.resume()
      answer.on('end', () => request.socket.destroy())
      return
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    response.flushHeaders()
    answer.pipe(response)
    answer.on('error', () => response.destroy())
  })
  onward.on('error', () => response.destroy())
  response.on('close', () => onward.destroy())
  request.pipe(onward)
}

interface KubeconfigFile {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[]
}

function upstreamOf(path: string): Upstream {
  const { clusters, users } = parse(readFileSync(path, 'utf8')) as KubeconfigFile
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user]
  if (cluster === undefined || user === undefined) throw new Error(`Cannot use ${path}: no cluster or user in it`)
  const decoded = (data: string): Buffer => Buffer.from(data, 'base64')
  return {
    server: new URL(cluster.server),
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  }
}

function kubeconfigFor(port: number, authority: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'through-proxy',
    contexts: [{ name: 'through-proxy', context: { cluster: 'proxy', user: 'operator' } }],
    clusters: [
      {
        name: 'proxy',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'tls-server-name': NAME,
          'certificate-authority-data': Buffer.from(authority).toString('base64'),
        },
      },
    ],
    users: [{ name: 'operator', user: { token: 'the-proxy-has-its-own' } }],
  })
}
