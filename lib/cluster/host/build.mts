import { createHash } from 'node:crypto'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DeployError } from '../../error.mts'
import type { ModuleName, Say } from '../provider.mts'
import { attempt, lastLines, type Ended } from './command.mts'
import { cacheRoot } from './layout.mts'

/** How one Go module becomes programs. */
export interface Recipe {
  readonly packages: readonly string[]
  readonly flags: readonly string[]
  readonly cgo: '0' | '1'
}

const VERSION = 'k8s.io/component-base/version'
const KUBERNETES = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl']
const CONTAINERD = ['containerd', 'containerd-shim-runc-v2', 'ctr']
const VERSION_FLAGS = `-X ${VERSION}.gitVersion=v1.35.4 -X ${VERSION}.gitMajor=1 -X ${VERSION}.gitMinor=35`

const RECIPES = {
  kubernetes: {
    packages: KUBERNETES.map((name) => `k8s.io/kubernetes/cmd/${name}`),
    flags: ['-ldflags', `-s -w ${VERSION_FLAGS}`],
    cgo: '0',
  },
  containerd: {
    packages: [
      ...CONTAINERD.map((name) => `github.com/containerd/containerd/v2/cmd/${name}`),
      'github.com/opencontainers/runc',
    ],
    flags: ['-tags', 'netgo osusergo no_btrfs seccomp', '-ldflags', '-s -w'],
    cgo: '1',
  },
  registry: plain(
    'github.com/distribution/distribution/v3/cmd/registry',
    'github.com/google/go-containerregistry/cmd/crane',
  ),
  minio: {
    packages: ['github.com/minio/minio', 'github.com/minio/mc'],
    flags: ['-tags', 'kqueue', '-ldflags', '-s -w'],
    cgo: '0',
  },
  coredns: plain('github.com/coredns/coredns'),
  storage: plain('github.com/rancher/local-path-provisioner'),
  traefik: plain('github.com/traefik/traefik/v3/cmd/traefik'),
  pause: plain('.'),
} as const satisfies Partial<Record<ModuleName, Recipe>>

export type Buildable = keyof typeof RECIPES

function plain(...packages: string[]): Recipe {
  return { packages, flags: ['-ldflags', '-s -w'], cgo: '0' }
}

/** The Go packages that are built from a module, and the flags that they are built with. */
export function recipeOf(module: Buildable): Recipe {
  return RECIPES[module]
}

/** The modules that programs are built from. */
export const BUILDABLE = Object.keys(RECIPES) as readonly Buildable[]

/** The folder with a module's pinned go.mod and go.sum. */
export function moduleDir(module: ModuleName): string {
  return join(import.meta.dirname, 'modules', module)
}

/** The folder in the cache for what comes of a module: its name tells every pinned version. */
export function cacheDir(module: ModuleName, root: string = cacheRoot()): string {
  return join(root, 'bin', `${module}-${fingerprint(module)}`)
}

/** Whether a module's programs are in the cache. */
export function isBuilt(module: Buildable): boolean {
  return existsSync(cacheDir(module))
}

/**
 * Builds the modules that are not in the cache, one after another, and says at which step it is.
 * `cluster-failed` with the compiler's words where one does not build.
 */
export async function buildAll(modules: readonly Buildable[], say: Say): Promise<void> {
  const missing = modules.filter((module) => !isBuilt(module))
  for (const [index, module] of missing.entries()) {
    const next = missing[index + 1]
    const step = `build ${index + 1} of ${missing.length}: ${module}`
    await buildOne(module, step, next === undefined ? 'then the cluster starts' : `then ${next}`, say)
  }
}

async function buildOne(module: Buildable, step: string, next: string, say: Say): Promise<void> {
  const started = performance.now()
  const elapsed = () => `${Math.round((performance.now() - started) / 1000)} s`
  say(`${step} (once, minutes; ${next})`)
  const reminder = setInterval(() => say(`${step}, ${elapsed()} so far (${next})`), 30_000)
  try {
    await compile(module)
  } finally {
    clearInterval(reminder)
  }
  say(`${step}: built in ${elapsed()}`)
}

async function compile(module: Buildable): Promise<void> {
  const recipe = recipeOf(module)
  const target = cacheDir(module)
  const source = join(cacheRoot(), 'src', basename(target))
  rmSync(source, { recursive: true, force: true })
  rmSync(`${target}.new`, { recursive: true, force: true })
  cpSync(moduleDir(module), source, { recursive: true })
  mkdirSync(`${target}.new`, { recursive: true })
  const ended = await go(['build', ...recipe.flags, '-o', `${target}.new/`, ...recipe.packages], source, recipe.cgo)
  rmSync(source, { recursive: true, force: true })
  if (ended.code !== 0) throw cannotBuild(module, ended)
  renameSync(`${target}.new`, target)
}

/** Runs the Go tool in a module's folder; it may not fetch another tool chain than the one that is installed. */
export function go(args: readonly string[], cwd: string, cgo: '0' | '1' = '0'): Promise<Ended> {
  const env = { GOFLAGS: '-buildvcs=false -mod=mod -trimpath', CGO_ENABLED: cgo, GOTOOLCHAIN: 'local', GOWORK: 'off' }
  return attempt('go', args, { cwd, env, limit: 3_600_000 })
}

export function cannotBuild(module: ModuleName, ended: Ended): DeployError {
  return new DeployError({
    code: 'cluster-failed',
    says: `Cannot build ${module} from its Go module: go ended with ${ended.code}`,
    evidence: lastLines(ended.stderr, 12),
    next: 'npx zx cluster.mts up, once the Go module proxy can be reached',
  })
}

function fingerprint(module: ModuleName): string {
  const folder = moduleDir(module)
  const files = globSync('**/*', { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  const hash = createHash('sha256')
  for (const path of paths) hash.update(path.slice(folder.length)).update('\0').update(readFileSync(path))
  const recipe = module in RECIPES ? RECIPES[module as Buildable] : undefined
  return hash
    .update(JSON.stringify(recipe ?? {}))
    .digest('hex')
    .slice(0, 16)
}
