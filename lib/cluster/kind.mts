import { stringify } from 'yaml'
import { DeployError } from '../error.mts'
import { ingress } from './host/addons/ingress.mts'
import { attempt, lastLines, run } from './host/command.mts'
import type { ClusterWish, Provider, Removal, Say, StatusRow } from './provider.mts'
import { claimFolder, claimsIn, FOLDER_PATTERN, keptElsewhere, nothingKept, removeVolumes } from './volumes.mts'

/** Kubernetes 1.35.8 as kind 0.33 published it; the digest makes it the same image everywhere. */
const NODE_IMAGE = 'kindest/node:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0'

/** Serves ingress class nginx, as on the host. */
const TRAEFIK = 'docker.io/library/traefik:v3.7.13'

/** Web traffic at the usual ports, and two more for a second stack; on loopback only. */
const PORTS = [80, 443, 8000, 8080] as const

/** Where kind's storage class puts volumes, in the node. */
const VOLUMES = '/var/local-path-provisioner'

/** The configuration that `kind create cluster --config` is given; volumes lie in `data` on this machine where it is given. */
export function kindConfig(name: string, data?: string): string {
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
        ...(data !== undefined && { extraMounts: [{ hostPath: data, containerPath: VOLUMES }] }),
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
  up,
  status: async (name): Promise<StatusRow[]> => {
    await need('kind', 'kubectl')
    const there = await exists(name)
    return [{ what: `kind cluster ${name}`, state: there ? 'ok' : 'down', detail: there ? `context kind-${name}` : '' }]
  },
  down,
}

async function up({ name, data }: ClusterWish, say: Say): Promise<undefined> {
  await need('kind', 'kubectl')
  if (await exists(name)) {
    const there = await dataOf(name)
    if (data !== undefined && there !== data) throw keptElsewhere(name, there)
    // What kind does on create: the context is written again and made current.
    await run('kind', ['export', 'kubeconfig', '--name', name])
  } else {
    if (data !== undefined) claimFolder(data)
    say(`kind creates the cluster "${name}"`)
    await run('kind', ['create', 'cluster', '--config', '-', '--wait', '120s'], { input: kindConfig(name, data) })
    if (data !== undefined) await keepVolumes(name)
  }
  await serveIngress(name)
  say('ingress class nginx on 127.0.0.1:80 and 127.0.0.1:443')
  say(`context "kind-${name}" is now the current one`)
  return undefined
}

async function down(name: string, say: Say, keep?: 'data'): Promise<Removal> {
  await need('kind')
  if (!(await exists(name))) return { state: 'absent' }
  const data = await dataOf(name)
  if (keep === 'data' && data === undefined) throw nothingKept(name)
  const volumes = data === undefined ? '' : claimsIn(data).join(', ')
  // Their files are the containers' users': only the node may remove them.
  if (data !== undefined && keep === undefined) await inNode(name, `rm -rf ${VOLUMES}/*`)
  await run('kind', ['delete', 'cluster', '--name', name])
  if (data !== undefined && keep === undefined) removeVolumes(data)
  say(keep === undefined ? `volumes deleted with all they held${volumes && `: ${volumes}`}` : `volumes stay in ${data}`)
  return (await exists(name)) ? { state: 'left', traces: [`kind cluster ${name}`] } : { state: 'gone' }
}

async function exists(name: string): Promise<boolean> {
  return (await run('kind', ['get', 'clusters'])).split('\n').includes(name)
}

/** The folder of this machine that the cluster keeps its volumes in. */
async function dataOf(name: string): Promise<string | undefined> {
  const source = `{{range .Mounts}}{{if eq .Destination "${VOLUMES}"}}{{.Source}}{{end}}{{end}}`
  const folder = (await run('docker', ['inspect', '--format', source, nodeOf(name)])).trim()
  return folder === '' ? undefined : folder
}

async function inNode(name: string, line: string): Promise<void> {
  await run('docker', ['exec', nodeOf(name), 'sh', '-c', line])
}

function nodeOf(name: string): string {
  return `${name}-control-plane`
}

/** Volumes are called after their claims; a class's parameters cannot be changed, so kind's own is made anew. */
async function keepVolumes(name: string): Promise<void> {
  const shown = await run('kubectl', [...at(name), 'get', 'storageclass', 'standard', '-o', 'json'])
  const { metadata, ...rest } = JSON.parse(shown) as { metadata: { name: string; annotations?: object } }
  const { name: called, annotations } = metadata
  const kept = { ...rest, metadata: { name: called, annotations }, parameters: { pathPattern: FOLDER_PATTERN } }
  await run('kubectl', [...at(name), 'replace', '--force', '-f', '-'], { input: JSON.stringify(kept) })
}

/** Applies the ingress controller and waits until it runs; `cluster-failed` with what its pods say where it does not. */
async function serveIngress(name: string): Promise<void> {
  const items = ingress(TRAEFIK, { address: '127.0.0.1', http: 80, https: 443 }, '0.0.0.0')
  const apply = [...at(name), 'apply', '--server-side', '--force-conflicts', '--field-manager=landfall-cluster']
  await run('kubectl', [...apply, '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  const inside = [...at(name), '-n', 'traefik']
  const ended = await attempt('kubectl', [...inside, 'rollout', 'status', 'deployment/traefik', '--timeout=90s'])
  if (ended.code === 0) return
  const pods = await attempt('kubectl', [...inside, 'get', 'pods,events', '--no-headers'])
  throw new DeployError({
    code: 'cluster-failed',
    says: `Cannot serve ingress class nginx: ${lastLines(ended.stderr, 1)[0] ?? 'Traefik is not ready'}`,
    evidence: lastLines(pods.stdout, 12),
    next: `kubectl ${at(name).join(' ')} -n traefik describe pods`,
  })
}

function at(name: string): string[] {
  return ['--context', `kind-${name}`]
}

const TOOLS = {
  kind: { asks: ['version'], says: 'install kind 0.33 or newer, or: npx zx cluster.mts up --provider host' },
  kubectl: { asks: ['version', '--client'], says: 'install kubectl, or: npx zx cluster.mts up --provider host' },
} as const

async function need(...programs: readonly (keyof typeof TOOLS)[]): Promise<void> {
  for (const program of programs) {
    const { asks, says } = TOOLS[program]
    if ((await attempt(program, asks)).code === 0) continue
    throw new DeployError({
      code: 'package-missing',
      says: `Cannot use kind: there is no program "${program}" in PATH`,
      next: says,
    })
  }
}
