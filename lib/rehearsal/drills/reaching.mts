import { whereMatches } from '../faults.mts'
import { SERVED } from '../objects/served.mts'
import type { Identity } from '../server/identity.mts'
import type { Door, Drill } from './drill.mts'

const VIEWER: Identity = {
  token: 'viewer',
  name: 'viewer',
  rules: [{ verbs: ['get', 'list', 'watch'], apiGroups: ['*'], resources: ['*'] }],
}

/** May do everything but ask a Service through the API server. */
export const OUTSIDER: Identity = {
  token: 'outsider',
  name: 'outsider',
  rules: [{ verbs: ['*'], apiGroups: ['*'], resources: [...SERVED.map(({ plural }) => plural), 'pods/log'] }],
}

interface Kubeconfig {
  clusters: { cluster: Record<string, string> }[]
  users: { user: Record<string, string> }[]
}

/** The door with another kubeconfig in it. */
async function withConfig(door: Door, edit: (config: Kubeconfig) => void | Promise<void>): Promise<Door> {
  const config = JSON.parse(door.kubeconfig ?? '{}') as Kubeconfig
  await edit(config)
  return { ...door, kubeconfig: JSON.stringify(config, null, 2) }
}

function changing(edit: (config: Kubeconfig, door: Door) => void | Promise<void>): NonNullable<Drill['plot']> {
  return () => ({ door: (door) => withConfig(door, (config) => edit(config, door)) })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** What keeps a run from the cluster. */
export const REACHING = {
  'no-cluster': {
    code: 'no-cluster',
    title: 'there is no kubeconfig',
    plot: () => ({ door: (door) => ({ ...door, kubeconfig: undefined }) }),
  },
  'bad-kubeconfig': {
    code: 'bad-kubeconfig',
    title: 'the kubeconfig was cut off in the middle',
    plot: () => ({ door: (door) => ({ ...door, kubeconfig: door.kubeconfig?.slice(0, 200) }) }),
  },
  'unknown-context': {
    code: 'unknown-context',
    title: 'the kubeconfig has no context of that name',
    plot: () => ({ door: (door) => ({ ...door, context: 'rehearsel' }) }),
  },
  unreachable: {
    code: 'unreachable',
    title: 'nobody listens where the API server should be',
    plot: changing((config) => {
      for (const { cluster } of config.clusters) cluster['server'] = 'https://127.0.0.1:1'
    }),
  },
  'certificate-expired': {
    code: 'certificate-expired',
    title: 'the client certificate in the kubeconfig has ended',
    plot: changing(async (config, { mint }) => {
      const pair = await mint(['operator'], -3)
      for (const one of config.users)
        one.user = { 'client-certificate-data': base64(pair['tls.crt']), 'client-key-data': base64(pair['tls.key']) }
    }),
  },
  'certificate-untrusted': {
    code: 'certificate-untrusted',
    title: "the kubeconfig trusts another authority than the API server's",
    plot: changing(async (config, { mint }) => {
      const pair = await mint(['elsewhere'], 30)
      for (const { cluster } of config.clusters) cluster['certificate-authority-data'] = base64(pair['tls.crt'])
    }),
  },
  unauthorized: {
    code: 'unauthorized',
    title: 'the token in the kubeconfig is not taken any more',
    plot: changing((config) => {
      for (const one of config.users) one.user = { token: 'ended' }
    }),
  },
  forbidden: { code: 'forbidden', title: 'the user may look but not write', identity: VIEWER },
  'server-error': {
    code: 'server-error',
    title: 'the API server cannot reach its own store',
    plot: () => ({
      faults: () =>
        whereMatches(/^\w+ \/api/, {
          do: 'refuse',
          status: 500,
          reason: 'InternalError',
          message: 'etcdserver: no leader',
        }),
    }),
  },
} satisfies Record<string, Drill>
