import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { DeployError } from '../../error.mts'
import type { ClusterWish, Say } from '../provider.mts'
import { run } from './command.mts'

/** A Debian package and a file that only it brings; a bare name is looked for in PATH. */
interface Need {
  readonly package: string
  readonly file: string
}

const RUNTIME: readonly Need[] = [
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

const COMPILER: readonly Need[] = [
  { package: 'gcc', file: 'gcc' },
  { package: 'libc6-dev', file: '/usr/include/stdio.h' },
  { package: 'pkg-config', file: 'pkg-config' },
  { package: 'libseccomp-dev', file: '/usr/include/seccomp.h' },
]

/** What the host cluster needs of the operating system; the compiler's share only where something must be built. */
export async function needPackages(wish: ClusterWish, builds: 'something' | 'nothing', say: Say): Promise<void> {
  const needs = builds === 'something' ? [...RUNTIME, ...COMPILER] : RUNTIME
  const missing = needs.filter((need) => !isThere(need.file)).map((need) => need.package)
  if (missing.length > 0) await settle(missing, wish, say)
  if (builds === 'something' && !isThere('go')) throw noGo()
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
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  await run('apt-get', ['update', '-qq'], { env })
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env })
}

function noGo(): DeployError {
  return new DeployError({
    code: 'package-missing',
    says: 'Cannot build the cluster: there is no Go on this host',
    next: 'install Go 1.25 or newer, then: npx zx cluster.mts up',
  })
}

function isThere(file: string): boolean {
  if (file.startsWith('/')) return existsSync(file)
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((folder) => existsSync(join(folder, file)))
}
