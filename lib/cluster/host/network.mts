import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { DeployError } from '../../error.mts'
import { attempt, run } from './command.mts'
import { NET } from './layout.mts'

/** Kernel settings that the cluster needs; pods do not reach each other's Services without the first two. */
const NEEDED: Readonly<Record<string, number>> = {
  'net.ipv4.ip_forward': 1,
  'net.bridge.bridge-nf-call-iptables': 1,
  // The kernel's 128 is used up by a few dozen containers.
  'fs.inotify.max_user_instances': 1024,
}

/** Kernel settings that kubelet and kube-proxy change by themselves. */
const CHANGED = [
  'vm.overcommit_memory',
  'kernel.panic',
  'kernel.panic_on_oops',
  'kernel.keys.root_maxkeys',
  'kernel.keys.root_maxbytes',
  'net.ipv4.conf.all.route_localnet',
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_tcp_timeout_established',
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
]

/** The values of all kernel settings that a cluster touches, as far as this kernel has them. */
export function readSysctls(): Record<string, string> {
  const names = [...Object.keys(NEEDED), ...CHANGED]
  return Object.fromEntries(
    names.flatMap((name) => ((value) => (value === undefined ? [] : [[name, value]]))(read(name))),
  )
}

/** Loads the kernel modules that bring settings of their own; `blocked` where the kernel has no filter for bridges. */
export async function loadModules(): Promise<void> {
  for (const module of ['br_netfilter', 'overlay']) await attempt('modprobe', [module])
  if (read('net.bridge.bridge-nf-call-iptables') !== undefined) return
  throw new DeployError({
    code: 'blocked',
    says: 'Cannot make a cluster on this host: its kernel lacks br_netfilter, without which Services do not work',
    next: 'modprobe br_netfilter, or: npx zx cluster.mts up --provider kind',
  })
}

/** Raises what the cluster needs; a value that is high enough stays. */
export function raiseSysctls(): void {
  for (const [name, least] of Object.entries(NEEDED)) {
    const value = read(name)
    if (value !== undefined && Number(value) < least) write(name, String(least))
  }
}

/** Puts back the values that `readSysctls` returned. */
export function restoreSysctls(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) if (read(name) !== value) write(name, value)
}

/** Makes the bridge that pods are plugged into and gives it the node's address; running pods are plugged in again. */
export async function makeBridge(): Promise<void> {
  const link = await attempt('ip', ['link', 'show', NET.bridge])
  if (link.code !== 0) {
    await run('ip', ['link', 'add', NET.bridge, 'type', 'bridge'])
    for (const cable of cables()) await attempt('ip', ['link', 'set', cable, 'master', NET.bridge])
  }
  const prefix = NET.nodeCidr.slice(NET.nodeCidr.indexOf('/'))
  await run('ip', ['addr', 'replace', `${NET.node}${prefix}`, 'dev', NET.bridge])
  await run('ip', ['link', 'set', NET.bridge, 'up'])
  // A Service address that is nobody's must not leave by the host's default route.
  await run('ip', ['route', 'replace', NET.serviceCidr, 'dev', NET.bridge, 'src', NET.node])
}

/** The host's ends of our pods' cables, as the bridge plugin noted them. */
function cables(): string[] {
  return globSync('/var/lib/cni/results/landfall-*').flatMap((file) => {
    const { result } = JSON.parse(readFileSync(file, 'utf8')) as { result?: { interfaces?: { name: string }[] } }
    return (result?.interfaces ?? []).flatMap(({ name }) => (name.startsWith('veth') ? [name] : []))
  })
}

/** Takes the bridge away, and with it the host's ends of the pods' cables that still hang on it. */
export async function removeBridge(): Promise<void> {
  const listed = await attempt('ip', ['-j', 'link', 'show', 'master', NET.bridge])
  const ports = listed.code === 0 ? (JSON.parse(listed.stdout || '[]') as { ifname: string }[]) : []
  for (const { ifname } of ports) await attempt('ip', ['link', 'delete', ifname])
  await attempt('ip', ['link', 'delete', NET.bridge])
}

/** Takes away the chains of kube-proxy, kubelet and the pod network, and the rules that lead to them. */
export async function removeChains(): Promise<void> {
  for (const family of ['iptables', 'ip6tables']) {
    const saved = await attempt(`${family}-save`, [])
    const commands = chainRemoval(saved.stdout)
    if (commands !== '') await run(`${family}-restore`, ['--noflush'], { input: commands })
  }
}

const OURS = /^(?:KUBE|CNI)-/

/** What `iptables-restore --noflush` needs to be told to undo our part of what `iptables-save` printed, and only that. */
export function chainRemoval(saved: string): string {
  const tables = saved.split(/^\*/m).slice(1)
  return tables.map((table) => tableRemoval(table.split('\n'))).join('')
}

function tableRemoval([name, ...lines]: readonly string[]): string {
  const chains = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []).filter((chain) => OURS.test(chain))
  if (chains.length === 0) return ''
  const rules = lines.filter((line) => leadsToOurs(line)).map((line) => line.replace(/^-A/, '-D'))
  const removal = [...chains.map((chain) => `-F ${chain}`), ...rules, ...chains.map((chain) => `-X ${chain}`)]
  return [`*${name}`, ...removal, 'COMMIT', ''].join('\n')
}

function leadsToOurs(line: string): boolean {
  const rule = /^-A (\S+) .*-[jg] (\S+)/.exec(line)
  return rule !== null && !OURS.test(rule[1] ?? '') && OURS.test(rule[2] ?? '')
}

function read(name: string): string | undefined {
  try {
    return readFileSync(sysctlPath(name), 'utf8').trim()
  } catch {
    return undefined
  }
}

function write(name: string, value: string): void {
  try {
    writeFileSync(sysctlPath(name), value)
  } catch {
    // A container may not change every setting; what then does not work says so itself.
  }
}

function sysctlPath(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`
}
