import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect, type NetConnectOpts } from 'node:net'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { DeployError } from '../../error.mts'
import { NET, type Layout } from './layout.mts'
import { certificatePath, keyPath } from './pki.mts'
import { mustRun } from './processes.mts'
import type { Ports } from './record.mts'

/** The node's name: this host's, in the form that Kubernetes accepts. */
export function nodeName(): string {
  const name = hostname().toLowerCase()
  return name.replace(/[^a-z0-9.-]/g, '-').replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '') || 'landfall'
}

/** Whether the API server says that it is ready. */
export async function isApiReady(paths: Layout, ports: Ports): Promise<boolean> {
  return (await ask(paths, '127.0.0.1', ports.api, '/readyz'))?.status === 200
}

interface NodeStatus {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** Whether kubelet answers and the API server calls its node Ready; the latter alone may be news of a dead kubelet. */
export async function isNodeReady(paths: Layout, ports: Ports): Promise<boolean> {
  if ((await ask(paths, NET.node, ports.kubelet, '/healthz'))?.status !== 200) return false
  const answer = await ask(paths, '127.0.0.1', ports.api, `/api/v1/nodes/${nodeName()}`)
  if (answer?.status !== 200) return false
  const conditions = (JSON.parse(answer.body) as NodeStatus).status?.conditions ?? []
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

/** Whether somebody accepts connections there. */
export function listens(at: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...at, timeout: 2000 })
    const answer = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.on('connect', () => answer(true))
    socket.on('error', () => answer(false))
    socket.on('timeout', () => answer(false))
  })
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** What a part of the cluster answers to the administrator's GET; undefined where it does not answer. */
function ask(paths: Layout, host: string, port: number, path: string): Promise<Answer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Answer | undefined>()
  const ca = readFileSync(certificatePath(paths, 'ca'))
  const [cert, key] = [readFileSync(certificatePath(paths, 'admin')), readFileSync(keyPath(paths, 'admin'))]
  const call = request({ host, port, path, ca, cert, key, agent: false, timeout: 5000 })
  call.on('error', () => resolve(undefined))
  call.on('timeout', () => call.destroy(new Error('timeout')))
  call.on('response', (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', () => resolve(undefined))
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
  })
  call.end()
  return promise
}

/** Waits until a condition holds; `cluster-failed` after `limit` milliseconds, or at once where a daemon has died. */
export async function waitUntil(
  paths: Layout,
  what: string,
  daemons: readonly string[],
  holds: () => Promise<boolean>,
  limit = 120_000,
): Promise<void> {
  const until = performance.now() + limit
  while (!(await holds())) {
    for (const name of daemons) mustRun(paths, name)
    if (performance.now() > until) throw tooLate(paths, what, limit)
    await delay(100)
  }
}

function tooLate(paths: Layout, what: string, limit: number): DeployError {
  return new DeployError({
    code: 'cluster-failed',
    says: `Cannot make the cluster: ${what} took longer than ${limit / 1000} s`,
    next: `npx zx cluster.mts status, and the logs in ${paths.logs}`,
  })
}
