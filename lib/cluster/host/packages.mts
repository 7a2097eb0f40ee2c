import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { DeployError } from '../../error.mts'
import type { ClusterWish, DebianPackage, Say } from '../provider.mts'
import { attempt, PATH, run } from './command.mts'

const RUNTIME: readonly DebianPackage[] = [
  { package: 'etcd-server', file: 'etcd' },
  { package: 'containernetworking-plugins', file: '/usr/lib/cni/bridge' },
  { package: 'iptables', file: 'iptables-save' },
  { package: 'iproute2', file: 'ip' },
  { package: 'conntrack', file: 'conntrack' },
  { package: 'socat', file: 'socat' },
  { package: 'busybox-static', file: 'busybox' },
  { package: 'openssl', file: 'openssl' },
  { package: 'mount', file: 'umount' },
]

const COMPILER: readonly DebianPackage[] = [
  { package: 'gcc', file: 'gcc' },
  { package: 'libc6-dev', file: '/usr/include/stdio.h' },
  { package: 'pkg-config', file: 'pkg-config' },
  { package: 'libseccomp-dev', file: '/usr/include/seccomp.h' },
]

/** What the host cluster needs of the operating system; the compiler's share only where something must be built. */
export async function needPackages(wish: ClusterWish, builds: 'something' | 'nothing', say: Say): Promise<void> {
  const needs = [...RUNTIME, ...(builds === 'something' ? COMPILER : []), ...(wish.tools ?? [])]
  const missing = new Set(needs.filter((need) => !isThere(need.file)).map((need) => need.package))
  if (missing.size > 0) await settle([...missing], wish, say)
  if (builds === 'something') await needGo()
}

/** The newest Go that one of the modules asks for; another tool chain is not fetched for it. */
const GO = { major: 1, minor: 26 } as const

async function needGo(): Promise<void> {
  const { stdout } = await attempt('go', ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } })
  const [, major = '0', minor = '0'] = /^go(\d+)\.(\d+)/.exec(stdout) ?? []
  if (Number(major) > GO.major || (Number(major) === GO.major && Number(minor) >= GO.minor)) return
  throw noGo(stdout.trim() === '' ? 'there is none on this host' : `this host has ${stdout.trim()}`)
}

async function settle(missing: readonly string[], wish: ClusterWish, say: Say): Promise<void> {
  if (wish.packages === 'ask') {
    throw new DeployError({
      code: 'package-missing',
      says: `Cannot make a cluster on this host: Debian packages are missing: ${missing.join(' ')}`,
      next: 'npx zx cluster.mts up --install',
    })
  }
  say(`apt-get install ${missing.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-qq'], { env })
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env })
}

function noGo(state: string): DeployError {
  return new DeployError({
    code: 'package-missing',
    says: `Cannot build the cluster: Go ${GO.major}.${GO.minor} or newer is needed, ${state}`,
    next: `install Go ${GO.major}.${GO.minor} or newer, then: npx zx cluster.mts up`,
  })
}

/** Whether this host has the file; a bare name is looked for in PATH. */
export function isThere(file: string): boolean {
  if (file.startsWith('/')) return existsSync(file)
  return PATH.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, file)))
}
