import { existsSync, globSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Removal, Say } from '../provider.mts'
import { claimsIn, removeVolumes } from '../volumes.mts'
import { attempt } from './command.mts'
import { compareFootprints, mountsBelow, processesOf, takeFootprint } from './footprint.mts'
import { kubeconfigFiles, mentions, removeContext, type Merged } from './kubeconfig.mts'
import type { Layout } from './layout.mts'
import { removeBridge, removeChains, restoreSysctls } from './network.mts'
import { end, identify, recorded, stop } from './processes.mts'
import { readRecord, type HostRecord } from './record.mts'

/** Whose context goes, and what stays. */
export interface Leaving {
  readonly context: string
  readonly keep: 'data' | undefined
}

/** Takes the cluster away, and compares what is here then with what was here before `up`. */
export async function takeDown(paths: Layout, { context, keep }: Leaving, say: Say): Promise<Removal> {
  const record = readRecord(paths)
  if (record === undefined) return { state: 'absent' }
  const traces = tracesOutside(paths).filter((trace) => !record.before.files.includes(trace))
  await endProcesses(paths)
  say('all processes ended')
  const volumes = volumesIn(paths, record)
  await unmountAll(paths)
  await removeBridge()
  await removeChains()
  removeControlGroups(record)
  removeTraces([...traces, ...deadSockets(record)], record)
  restoreSysctls(record.sysctls)
  for (const merged of contextsOf(record, context)) removeContext(merged, context)
  removeState(paths)
  if (record.data !== undefined && keep === undefined) removeVolumes(record.data)
  sayVolumes(volumes, keep === undefined ? undefined : record.data, say)
  return compare(paths, record, context)
}

/** The volumes by their claims, or where these are not known by their folders. */
function volumesIn(paths: Layout, { data }: HostRecord): string[] {
  if (data !== undefined) return claimsIn(data)
  const folder = join(paths.data, 'volumes')
  return existsSync(folder) ? readdirSync(folder).map((name) => name.replace(/^pvc-[-0-9a-f]{36}_([^_]+)_/, '$1/')) : []
}

function sayVolumes(volumes: readonly string[], kept: string | undefined, say: Say): void {
  if (volumes.length === 0) return
  const names = volumes.join(', ')
  say(kept === undefined ? `volumes deleted with all they held: ${names}` : `volumes stay in ${kept}: ${names}`)
}

/** Those that are recorded, and one that an `up` wrote that was killed before it could record it. */
function contextsOf(record: HostRecord, context: string): Merged[] {
  const known = new Set(record.contexts.map(({ file }) => file))
  const unknown = kubeconfigFiles().filter((file) => !known.has(file) && mentions(file, context))
  return [...record.contexts, ...unknown.map((file) => ({ file }))]
}

async function endProcesses(paths: Layout): Promise<void> {
  // Kubelet would start again what is ended before it. The others' state is removed: there is nothing to wait for.
  await stop(paths, 'kubelet', 1000)
  await Promise.all(recorded(paths).map((name) => stop(paths, name, 1000)))
  // Now nobody starts a container any more; what remains are the containers' processes and their shims.
  for (let rounds = 0; rounds < 10; rounds++) {
    const identities = processesOf(paths.root).flatMap(({ pid }) => identify(pid) ?? [])
    if (identities.length === 0) return
    await Promise.all(identities.map((identity) => end(identity, 0)))
  }
}

/** Network namespaces, pods' volumes and containers' file systems; the deepest first. */
async function unmountAll(paths: Layout): Promise<void> {
  for (const how of [[], ['--lazy']]) {
    const points = mountsBelow(paths.root).reverse()
    if (points.length > 0) await attempt('umount', [...how, ...points])
  }
}

function removeControlGroups(record: HostRecord): void {
  for (const root of globSync('/sys/fs/cgroup/{*/,}kubepods*')) {
    if (record.before.cgroups.includes(root)) continue
    const below = readdirSync(root, { recursive: true, withFileTypes: true })
    const folders = below.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
    for (const folder of [root, ...folders].sort().reverse()) tryTo(() => rmdirSync(folder))
  }
}

/** Files that containerd, kubelet and the network plugins wrote outside the state folder, told apart by what they say. */
function tracesOutside(paths: Layout): string[] {
  const bundles = join(paths.run, 'containerd/io.containerd.runtime.v2.task/k8s.io/*')
  const sockets = globSync(join(bundles, '{address,bootstrap.json}')).flatMap((file) => {
    return /\/run\/containerd\/s\/\w+/.exec(readFileSync(file, 'utf8')) ?? []
  })
  const logs = globSync('/var/log/containers/*.log').filter((link) => linksBelow(link, paths.root))
  const sandboxes = globSync('/var/lib/cni/results/landfall-*').flatMap(
    (file) => /landfall-([0-9a-f]{64})/.exec(file)?.[1] ?? [],
  )
  const devices = ['kubelet.sock', 'DEPRECATION'].map((file) => `/var/lib/kubelet/device-plugins/${file}`)
  return [...sockets, ...logs, ...devices, ...sandboxes.flatMap((id) => globSync(`/var/lib/cni/results/*${id}*`))]
}

/**
 * Sockets of shims that were killed together with their containerd: its successor forgets them, and their bundles with them.
 * Nobody listens there, so they are nobody else's either.
 */
function deadSockets({ before }: HostRecord): string[] {
  const open = readFileSync('/proc/net/unix', 'utf8')
  return globSync('/run/containerd/s/*').filter((socket) => !before.files.includes(socket) && !open.includes(socket))
}

function linksBelow(link: string, folder: string): boolean {
  try {
    return readlinkSync(link).startsWith(`${folder}/`)
  } catch {
    return false
  }
}

/** Folders that are made on the way; the inner ones first. */
const FOLDERS = [
  '/var/lib/kubelet/device-plugins',
  '/var/lib/kubelet',
  '/var/lib/cni/results',
  '/var/lib/cni',
  '/run/containerd/s',
  '/run/containerd',
  '/var/log/containers',
]

/** Removes what is ours, and the folders that were not there before and are empty now. */
function removeTraces(traces: readonly string[], record: HostRecord): void {
  for (const trace of traces) rmSync(trace, { force: true })
  for (const folder of FOLDERS) if (!record.before.files.includes(folder)) tryTo(() => rmdirSync(folder))
}

/** Removes the state folder, unless something is still mounted below it: removing would reach through the mount. */
function removeState(paths: Layout): void {
  if (mountsBelow(paths.root).length > 0) return
  const keep = new Set(['record.json'])
  for (const entry of readdirSync(paths.root)) {
    if (!keep.has(entry)) rmSync(join(paths.root, entry), { recursive: true, force: true })
  }
}

async function compare(paths: Layout, record: HostRecord, context: string): Promise<Removal> {
  const files = new Set([...record.contexts.map(({ file }) => file), ...kubeconfigFiles()])
  const traces = async () => {
    const after = await takeFootprint(paths.root, context, [...files])
    return compareFootprints(record.before, after).filter((line) => line !== `files: ${paths.root}`)
  }
  let left = await traces()
  // The kernel takes a moment to remove the cables of a network namespace that has gone.
  for (let tries = 0; left.length > 0 && tries < 25; tries++) {
    await delay(200)
    left = await traces()
  }
  if (left.length > 0) return { state: 'left', traces: left }
  rmSync(paths.root, { recursive: true })
  return { state: 'gone' }
}

function tryTo(action: () => void): void {
  try {
    action()
  } catch {
    // It is not there, or not empty and so not only ours; the comparison tells.
  }
}
