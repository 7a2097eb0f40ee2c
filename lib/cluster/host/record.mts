import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { DeployError } from '../../error.mts'
import type { Footprint } from './footprint.mts'
import type { Merged } from './kubeconfig.mts'
import type { Layout } from './layout.mts'

/** Where the cluster listens. */
export interface Ports {
  readonly api: number
  readonly kubelet: number
  readonly etcd: number
  readonly etcdPeer: number
  readonly registry: number
  readonly http: number
  readonly https: number
  readonly proxyHealth: number
  readonly proxyMetrics: number
}

/** What must be known of a cluster to use it, to repair it and to take it away. */
export interface HostRecord {
  readonly ports: Ports
  /** What was on this host before the first `up`. */
  readonly before: Footprint
  /** Kernel settings as they were. */
  readonly sysctls: Readonly<Record<string, string>>
  /** The kubeconfig files that got our context, with what was current in them: one for every KUBECONFIG seen by `up`. */
  readonly contexts: readonly Merged[]
  /** The folder that volumes outlive the cluster in, if they do. */
  readonly data?: string
}

/** The record of a cluster; undefined where there is none, `blocked` where it may not be read. */
export function readRecord(paths: Layout): HostRecord | undefined {
  let text: string
  try {
    text = readFileSync(paths.record, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const says = `Cannot read ${paths.record}: ${(cause as Error).message}`
    throw new DeployError({ code: 'blocked', says, next: 'the same command as root (sudo)', cause })
  }
  try {
    return JSON.parse(text) as HostRecord
  } catch (cause) {
    const says = `Cannot read ${paths.record}: it is not JSON`
    throw new DeployError({ code: 'cluster-failed', says, next: `look at ${paths.root}, then remove it`, cause })
  }
}

/** Writes the record whole or not at all. */
export function writeRecord(paths: Layout, record: HostRecord): void {
  mkdirSync(paths.root, { recursive: true, mode: 0o700 })
  writeFileSync(`${paths.record}.new`, JSON.stringify(record, null, 2), { mode: 0o600 })
  renameSync(`${paths.record}.new`, paths.record)
}

const WANTED = {
  api: [6443, 16443],
  kubelet: [10250, 20250],
  etcd: [2379, 12379],
  etcdPeer: [2380, 12380],
  registry: [5000, 5001, 15000],
  http: [80, 8080, 18080],
  https: [443, 8443, 18443],
  proxyHealth: [10256, 20256],
  proxyMetrics: [10249, 20249],
} as const satisfies Record<keyof Ports, readonly number[]>

/** The usual port of each part, or the first free one after it. */
export async function choosePorts(): Promise<Ports> {
  const ports: Partial<Record<keyof Ports, number>> = {}
  for (const [part, wanted] of Object.entries(WANTED)) ports[part as keyof Ports] = await firstFree(wanted)
  return ports as Ports
}

async function firstFree(wanted: readonly number[]): Promise<number> {
  for (const port of wanted) if ((await tryPort(port)) !== undefined) return port
  const any = await tryPort(0)
  if (any !== undefined) return any
  throw new DeployError({ code: 'cluster-failed', says: 'Cannot find a free port', next: 'ss -ltnp' })
}

/** The port that could be listened on, on every address; undefined where it is taken. */
function tryPort(port: number): Promise<number | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.on('error', () => resolve(undefined))
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })
}
