import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DeployError } from '../../error.mts'
import type { ClusterWish, HostCluster, ModuleName, Provider, Say } from '../provider.mts'
import { claimFolder, claimsIn, keptElsewhere, nothingKept } from '../volumes.mts'
import { applyAddons } from './addons/apply.mts'
import { fetchCrds } from './addons/crds.mts'
import type { VolumeFolder } from './addons/storage.mts'
import { boot } from './boot.mts'
import { buildAll, cacheDir, isBuilt, type Buildable } from './build.mts'
import { takeDown } from './down.mts'
import { takeFootprint } from './footprint.mts'
import { whileHeld } from './hold.mts'
import { fileToMerge, kubeconfigFiles, mergeContext, refuseBroken } from './kubeconfig.mts'
import { layout, type Layout } from './layout.mts'
import { loadModules, readSysctls } from './network.mts'
import { isThere, needPackages } from './packages.mts'
import { choosePorts, readRecord, writeRecord, type HostRecord } from './record.mts'
import { statusRows } from './status.mts'

const NEEDED: readonly Buildable[] = ['kubernetes', 'containerd', 'registry', 'pause', 'coredns', 'storage', 'traefik']

/** A cluster whose programs run on this host itself, built from pinned Go modules. */
export const host: Provider = {
  name: 'host',
  up,
  status: async (name) => {
    const paths = layout(name)
    const record = readRecord(paths)
    if (record === undefined) return [{ what: `cluster ${name}`, state: 'down', detail: 'not made' }]
    return statusRows(paths, record, contextName(name))
  },
  down: async (name, say, keep) => {
    if (!isHostCluster(name)) return { state: 'absent' }
    refuseUnfit()
    if (keep === 'data' && readRecord(layout(name))?.data === undefined) throw nothingKept(name)
    return whileHeld(layout(name), () => takeDown(layout(name), { context: contextName(name), keep }, say))
  },
  config: () => '# The host provider takes no configuration file; see lib/cluster/host.\n',
}

/** Whether this host has such a cluster, or a part of one. */
export function isHostCluster(name: string): boolean {
  return readRecord(layout(name)) !== undefined
}

/** The host cluster of that name, as far as it is known without asking it. */
export function findHostCluster(name: string): HostCluster | undefined {
  const paths = layout(name)
  const record = readRecord(paths)
  return record === undefined ? undefined : describe(name, paths, record, () => {})
}

async function up(wish: ClusterWish, say: Say): Promise<HostCluster> {
  refuseUnfit()
  refuseBroken(fileToMerge())
  const paths = layout(wish.name)
  const missing = NEEDED.filter((module) => !isBuilt(module))
  await needPackages(wish, missing.length > 0 ? 'something' : 'nothing', say)
  await buildAll(NEEDED, say)
  await fetchCrds()
  return whileHeld(paths, () => bring(wish, paths, say))
}

async function bring({ name, data }: ClusterWish, paths: Layout, say: Say): Promise<HostCluster> {
  const known = readRecord(paths)
  if (known !== undefined && data !== undefined && known.data !== data) throw keptElsewhere(name, known.data)
  if (data !== undefined) claimFolder(data)
  await loadModules()
  const record = known ?? (await firstRecord(name, paths, data))
  const cluster = describe(name, paths, record, say)
  await boot(paths, record.ports, contextName(name), say)
  await applyAddons(paths, cluster.ingress, volumesOf(paths, record), say)
  if (record.data !== undefined)
    say(`volumes are kept in ${record.data}: ${claimsIn(record.data).join(', ') || 'none yet'}`)
  enterContext(name, paths, record, say)
  const { http, https } = cluster.ingress
  say(`ingress class nginx on 127.0.0.1:${http} and 127.0.0.1:${https}; images are pulled from ${cluster.registry}`)
  if (!isThere('kubectl')) say(`no kubectl in PATH; the cluster's own: export PATH="$PATH:${dirname(cluster.kubectl)}"`)
  return cluster
}

function volumesOf(paths: Layout, { data }: HostRecord): VolumeFolder {
  if (data !== undefined) return { path: data, outlives: 'cluster' }
  return { path: join(paths.data, 'volumes'), outlives: 'nothing' }
}

function refuseUnfit(): void {
  const reason =
    process.platform !== 'linux' ? 'it needs Linux' : process.getuid?.() !== 0 ? 'it needs root (sudo)' : undefined
  if (reason === undefined) return
  const next = 'npx zx cluster.mts up --provider kind, where Docker is'
  throw new DeployError({ code: 'blocked', says: `Cannot change a cluster on this host: ${reason}`, next })
}

/** Looks at the host before anything is changed on it. */
async function firstRecord(name: string, paths: Layout, data: string | undefined): Promise<HostRecord> {
  const before = await takeFootprint(paths.root, contextName(name), kubeconfigFiles())
  if (before.rules.some((rule) => rule.includes('KUBE-SERVICES')) || before.processes.length > 0) {
    throw new DeployError({
      code: 'blocked',
      says: 'Cannot make a cluster on this host: another Kubernetes runs on it',
      evidence: before.processes.slice(0, 8),
      next: 'npx zx cluster.mts down --name NAME, if it is ours; kubectl config get-contexts',
    })
  }
  const record = { ports: await choosePorts(), before, sysctls: readSysctls(), contexts: [], ...(data && { data }) }
  writeRecord(paths, record)
  return record
}

/** Into the file that this KUBECONFIG names; where that is a file from before, what was current in it stays known. */
function enterContext(name: string, paths: Layout, record: HostRecord, say: Say): void {
  const merged = mergeContext(fileToMerge(), readFileSync(paths.kubeconfig, 'utf8'))
  const known = record.contexts.some(({ file }) => file === merged.file)
  if (!known) writeRecord(paths, { ...record, contexts: [...record.contexts, merged] })
  say(`context "${contextName(name)}" is now the current one in ${merged.file}`)
}

function describe(name: string, paths: Layout, { ports }: HostRecord, say: Say): HostCluster {
  return {
    name,
    stateDir: paths.root,
    kubeconfig: paths.kubeconfig,
    kubectl: join(cacheDir('kubernetes'), 'kubectl'),
    registry: `127.0.0.1:${ports.registry}`,
    binDir: (module) => builtDir(module, say),
    ingress: { address: '127.0.0.1', http: ports.http, https: ports.https },
  }
}

async function builtDir(module: ModuleName, say: Say): Promise<string> {
  if (module === 'crds') return fetchCrds()
  await buildAll([module], say)
  return cacheDir(module)
}

function contextName(name: string): string {
  return `${name}-host`
}
