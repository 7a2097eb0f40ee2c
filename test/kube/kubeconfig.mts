import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect } from '../../lib/kube/connect.mts'
import type { Connection, ConnectOptions } from '../../lib/kube/connect.mts'
import type { StandIn } from './standin.mts'

export interface Folder extends AsyncDisposable {
  path: string
  /** Writes a file and returns its path. */
  write: (name: string, content: string) => Promise<string>
}

export async function temporaryFolder(): Promise<Folder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'landfall-kube-'))
  return {
    path: folder,
    write: async (name, content) => {
      const file = path.join(folder, name)
      await writeFile(file, content, { mode: 0o700 })
      return file
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

export interface Entries {
  server: string
  ca?: string
  cluster?: Record<string, unknown>
  user?: Record<string, unknown>
  context?: string
}

/** A kubeconfig of one context. JSON is YAML. */
export function kubeconfig({ server, ca, cluster = {}, user = { token: 't0ken' }, context = 'test' }: Entries): string {
  const trust = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': context,
      clusters: [{ name: 'c', cluster: { server, ...trust, ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: context, context: { cluster: 'c', user: 'u', namespace: 'home' } }],
    },
    null,
    2,
  )
}

/** Connects to a stand-in as its trusted user. */
export async function connectTo(
  server: StandIn,
  folder: Folder,
  options: Partial<ConnectOptions> & { user?: Record<string, unknown>; cluster?: Record<string, unknown> } = {},
): Promise<Connection> {
  const { user, cluster, ...rest } = options
  const entries = { server: server.url, ca: server.authority.certificate }
  const more = { ...(user === undefined ? {} : { user }), ...(cluster === undefined ? {} : { cluster }) }
  const file = await folder.write('config', kubeconfig({ ...entries, ...more }))
  return connect({ kubeconfig: file, signal: new AbortController().signal, env: {}, ...rest })
}
