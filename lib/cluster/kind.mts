import { stringify } from 'yaml'
import { DeployError } from '../error.mts'
import { attempt, run } from './host/command.mts'
import type { Provider, StatusRow } from './provider.mts'

/** Kubernetes 1.35.8 as kind 0.33 published it; the digest makes it the same image everywhere. */
const NODE_IMAGE = 'kindest/node:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0'

/** Web traffic at the usual ports, and two more for a second stack; on loopback only. */
const PORTS = [80, 443, 8000, 8080] as const

/** The configuration that `kind create cluster --config` is given. */
export function kindConfig(name: string): string {
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name,
    nodes: [
      {
        role: 'control-plane',
        image: NODE_IMAGE,
        labels: { 'ingress-ready': 'true' },
        extraPortMappings: PORTS.map((port) => ({
          containerPort: port,
          hostPort: port,
          listenAddress: '127.0.0.1',
          protocol: 'TCP',
        })),
      },
    ],
  })
}

/** Whether a Docker engine answers here within five seconds. */
export async function engineAnswers(): Promise<boolean> {
  const ended = await attempt('docker', ['version', '--format', '{{.Server.Version}}'], { limit: 5000 })
  return ended.code === 0 && ended.stdout.trim() !== ''
}

/** A cluster inside a container of the Docker engine, made by the program `kind`. */
export const kind: Provider = {
  name: 'kind',
  config: kindConfig,
  up: async ({ name }, say) => {
    await needKind()
    if (await exists(name)) {
      // What kind does on create: the context is written again and made current.
      await run('kind', ['export', 'kubeconfig', '--name', name])
    } else {
      say(`kind creates the cluster "${name}"`)
      await run('kind', ['create', 'cluster', '--config', '-', '--wait', '120s'], { input: kindConfig(name) })
    }
    say(`context "kind-${name}" is now the current one`)
    return undefined
  },
  status: async (name): Promise<StatusRow[]> => {
    await needKind()
    const there = await exists(name)
    return [{ what: `kind cluster ${name}`, state: there ? 'ok' : 'down', detail: there ? `context kind-${name}` : '' }]
  },
  down: async (name) => {
    await needKind()
    if (!(await exists(name))) return { state: 'absent' }
    await run('kind', ['delete', 'cluster', '--name', name])
    return (await exists(name)) ? { state: 'left', traces: [`kind cluster ${name}`] } : { state: 'gone' }
  },
}

async function exists(name: string): Promise<boolean> {
  return (await run('kind', ['get', 'clusters'])).split('\n').includes(name)
}

async function needKind(): Promise<void> {
  const ended = await attempt('kind', ['version'])
  if (ended.code === 0) return
  throw new DeployError({
    code: 'package-missing',
    says: 'Cannot use kind: there is no program "kind" in PATH',
    next: 'install kind 0.33 or newer, or: npx zx cluster.mts up --provider host',
  })
}
