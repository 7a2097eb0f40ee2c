import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findHostCluster } from '../../lib/cluster/host/host.mts'
import type { HostCluster } from '../../lib/cluster/provider.mts'
import { kubectlOf } from './reactbin.mts'
import type { Kubectl } from './reactbin.mts'
import { assertExit } from './reactbin.mts'
import { run, ROOT, ZX } from './world.mts'
import type { Ended } from './world.mts'

const NAME = 'landfall'

/** The cluster that the stories are played on, once it is up. */
export interface Stage {
  host: HostCluster
  kubectl: Kubectl
}

let stage: Stage | undefined

/** @throws Error where the cluster was not brought up first */
export function onStage(): Stage {
  if (stage === undefined) throw new Error('the cluster is not up: run the whole of test/cluster/main.mts')
  return stage
}

// The operator's own kubeconfig is left alone: the context goes into a file of the tests' own.
const own = await mkdtemp(join(tmpdir(), 'landfall-test-'))
process.env['KUBECONFIG'] = join(own, 'config')

/** Runs cluster.mts as an operator does. */
export function clusterScript(...args: readonly string[]): Promise<Ended> {
  return run(process.execPath, [ZX, join(ROOT, 'cluster.mts'), ...args])
}

/** What the stories themselves need of Debian. */
const TOOLS = ['yamllint', 'curl']

/** Builds what is missing, starts the cluster, loads the demo. Minutes where nothing is built yet. */
export async function raise(): Promise<void> {
  const missing = TOOLS.filter((tool) => !existsSync(`/usr/bin/${tool}`))
  if (missing.length > 0) {
    assertExit(await run('apt-get', ['update', '-qq']), 0)
    assertExit(await run('apt-get', ['install', '-y', '--no-install-recommends', ...missing]), 0)
  }
  assertExit(await clusterScript('up', '--provider', 'host', '--install', '--demo=all'), 0)
  takeStage()
}

/** The cluster that is up, for stories that are played alone. */
export function takeStage(): void {
  const host = findHostCluster(NAME)
  if (host === undefined) throw new Error(`there is no cluster ${NAME}: npx zx cluster.mts up --demo=all`)
  stage = { host, kubectl: kubectlOf(host.kubectl, host.kubeconfig) }
  process.env['KUBECONFIG'] = host.kubeconfig
}

/**
 * A namespace and a database as before the first deploy; the demo's Secrets are there again. The namespace admits only
 * what Pod Security `restricted` allows, so that every story proves RB-16 as well.
 */
export async function freshStart(): Promise<void> {
  const { kubectl } = onStage()
  await removeNamespace()
  await emptyDatabase()
  assertExit(await clusterScript('up', '--provider', 'host', '--demo'), 0)
  await kubectl('label', 'namespace', 'reactbin', 'pod-security.kubernetes.io/enforce=restricted')
}

/** Gone, without the grace that its pods would have for their users. */
export async function removeNamespace(): Promise<void> {
  const { kubectl } = onStage()
  await kubectl('delete', 'namespace', 'reactbin', '--ignore-not-found', '--wait=false')
  await kubectl('-n', 'reactbin', 'delete', 'pods', '--all', '--grace-period=1', '--wait=false')
  await kubectl('wait', '--for=delete', 'namespace/reactbin', '--timeout=120s')
}

async function emptyDatabase(): Promise<void> {
  await psql('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
}

/** One statement in the demo's database, as its owner; the answer's rows, unadorned. */
export async function psql(statement: string): Promise<string> {
  const script = `psql -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v ON_ERROR_STOP=1 -Atc '${statement}'`
  return onStage().kubectl(
    '-n',
    'postgres',
    'exec',
    'postgres-0',
    '--',
    'sh',
    '-c',
    `PGPASSWORD="$POSTGRES_PASSWORD" ${script}`,
  )
}
