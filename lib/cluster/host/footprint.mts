import { globSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { attempt } from './command.mts'
import { mentions } from './kubeconfig.mts'
import { cacheRoot } from './layout.mts'
import { readSysctls } from './network.mts'

/** Traces of a cluster on a host, by kind; each list holds names that can be compared. */
export interface Footprint {
  readonly processes: readonly string[]
  readonly mounts: readonly string[]
  readonly links: readonly string[]
  readonly networks: readonly string[]
  readonly rules: readonly string[]
  readonly cgroups: readonly string[]
  readonly contexts: readonly string[]
  readonly sysctls: readonly string[]
  readonly files: readonly string[]
}

/** Where containerd, kubelet and the network plugins write whatever they are told. */
const OUTSIDE = [
  '/run/containerd{,/s{,/*}}',
  '/run/nri{,/*}',
  '/run/netns{,/*}',
  '/var/log/{containers,pods}{,/*}',
  '/var/lib/cni{,/*{,/*}}',
  '/var/lib/kubelet{,/*{,/*}}',
  '/etc/cni{,/net.d{,/*}}',
]

/** Takes stock of this host: all that a cluster with this state folder and this context could have left on it. */
export async function takeFootprint(
  stateDir: string,
  context: string,
  kubeconfigs: readonly string[],
): Promise<Footprint> {
  return {
    processes: processesOf(stateDir).map(({ pid, command }) => `${pid} ${command}`),
    mounts: mountsBelow('/').filter((path) => isClusterMount(path, stateDir)),
    links: readdirSync('/sys/class/net').sort(),
    networks: await networks(),
    rules: [...(await rules('iptables')), ...(await rules('ip6tables'))],
    cgroups: globSync('/sys/fs/cgroup/{*/,}kubepods*').sort(),
    contexts: kubeconfigs.flatMap((file) => (mentions(file, context) ? [`${context} in ${file}`] : [])),
    sysctls: Object.entries(readSysctls()).map(([name, value]) => `${name}=${value}`),
    files: globSync([...OUTSIDE, stateDir]).sort(),
  }
}

/** What is there now and was not before, one sentence each; nothing when a cluster went without a trace. */
export function compareFootprints(before: Footprint, after: Footprint): string[] {
  const kinds = Object.keys(after) as (keyof Footprint)[]
  return kinds.flatMap((kind) => {
    const known = new Set(before[kind])
    const fresh = after[kind].filter((entry) => !known.has(entry) && !isNewSetting(kind, entry, before))
    return fresh.map((entry) => `${kind}: ${entry}`)
  })
}

/** A kernel setting that was not there before came with a kernel module, which stays loaded and changes nothing. */
function isNewSetting(kind: keyof Footprint, entry: string, before: Footprint): boolean {
  const name = entry.slice(0, entry.indexOf('=') + 1)
  return kind === 'sysctls' && !before.sysctls.some((setting) => setting.startsWith(name))
}

/** A process that belongs to a cluster. */
export interface ClusterProcess {
  readonly pid: number
  readonly command: string
}

/** Processes in a pod's control group, and programs of the cluster that were told to work in this state folder. */
export function processesOf(stateDir: string): ClusterProcess[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  return pids.flatMap((pid) => {
    const command = readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
    const ours = isPod(pid) || (isProgram(pid) && command.includes(`${stateDir}/`))
    return ours ? [{ pid: Number(pid), command: command.slice(0, 120) }] : []
  })
}

function isProgram(pid: string): boolean {
  const program = readLinkOr(`/proc/${pid}/exe`)
  return program.startsWith(`${cacheRoot()}/`) || program.endsWith('/etcd')
}

function isPod(pid: string): boolean {
  return /:\/kubepods/.test(readOr(`/proc/${pid}/cgroup`)) && readLinkOr(`/proc/${pid}/exe`) !== ''
}

/** Mount points at or below a folder, deepest last. */
export function mountsBelow(folder: string): string[] {
  const lines = readOr('/proc/self/mountinfo').split('\n')
  const points = lines.flatMap((line) => line.split(' ')[4] ?? []).map(unescapeOctal)
  return points.filter((point) => point === folder || point.startsWith(folder.endsWith('/') ? folder : `${folder}/`))
}

function isClusterMount(path: string, stateDir: string): boolean {
  return [`${stateDir}/`, '/run/netns/', '/run/containerd/', '/var/lib/kubelet/'].some((start) =>
    path.startsWith(start),
  )
}

async function networks(): Promise<string[]> {
  const { stdout } = await attempt('ip', ['netns', 'list'])
  return stdout.split('\n').flatMap((line) => line.split(' ')[0] || [])
}

async function rules(family: string): Promise<string[]> {
  const { stdout } = await attempt(`${family}-save`, [])
  // A table that was used once stays, with its built-in chains; only rules and chains of someone's own are traces.
  const lines = stdout.split('\n').filter((line) => line.startsWith('-A') || /^:\S+ -/.test(line))
  return lines.map((line) => `${family} ${line.replace(/ \[\d+:\d+\]$/, '')}`)
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function readLinkOr(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function unescapeOctal(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
