import { homedir } from 'node:os'
import { join } from 'node:path'

/** What the host cluster is made of that never changes. The ranges are kubeadm's and kind's usual ones. */
export const NET = {
  bridge: 'landfall0',
  /** The bridge's address is the node's: pods reach it, nothing outside this host does. */
  node: '10.244.0.1',
  nodeCidr: '10.244.0.0/24',
  clusterCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16',
  apiService: '10.96.0.1',
  dnsService: '10.96.0.10',
} as const

/** Every path below a cluster's state folder. */
export interface Layout {
  readonly root: string
  readonly pki: string
  readonly run: string
  readonly logs: string
  readonly etc: string
  readonly data: string
  readonly kubeconfig: string
  readonly record: string
  readonly containerd: string
}

/** The folder that holds all states: `$XDG_STATE_HOME/landfall/cluster`. */
export function stateRoot(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'landfall/cluster')
}

/** The folder that outlives clusters: `$XDG_CACHE_HOME/landfall/host`. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'landfall/host')
}

export function layout(name: string, root: string = stateRoot()): Layout {
  const at = (path: string) => join(root, name, path)
  return {
    root: join(root, name),
    pki: at('pki'),
    run: at('run'),
    logs: at('logs'),
    etc: at('etc'),
    data: at('data'),
    kubeconfig: at('kubeconfig'),
    record: at('record.json'),
    containerd: at('run/containerd.sock'),
  }
}
