import { DeployError } from '../error.mts'
import type { Snapshot } from '../health/health.mts'
import type { Cluster } from '../kube/cluster.mts'
import type { Live } from '../kube/object.mts'
import type { Pod } from '../kube/schema/types.mts'
import { STACK_LABEL } from '../marks.mts'
import { reach } from '../proof/https.mts'
import { findEdge, openScene } from '../proof/scene.mts'
import type { ProofTarget } from '../proof/target.mts'
import type { Desired } from '../stacks/stack.mts'

/** What the app itself says on its health path. */
export interface Told {
  build?: string
  revision?: string
}

/** Asks the health path once; empty where the stack has none, it cannot be reached, or it tells nothing. */
export async function askHealth(target: ProofTarget, desired: Desired, signal: AbortSignal): Promise<Told> {
  const { health } = desired
  if (health === undefined) return {}
  try {
    return await asked(target, health, signal)
  } catch (error) {
    // What is said here is a help; whether the app answers is the proofs' matter, and an abort meets the next request.
    if (error instanceof DeployError) return {}
    throw error
  }
}

async function asked(target: ProofTarget, health: NonNullable<Desired['health']>, signal: AbortSignal): Promise<Told> {
  const { scheme = 'https', host, path } = health
  const scene = await openScene(target, signal)
  const edge = await findEdge(scene, host)
  if (edge === undefined) return {}
  const answer = await reach({ scheme, host, path, address: edge[scheme], trust: scene.trust, signal })
  return answer.state === 'answered' && answer.status === 200 ? toldBy(answer.body, health) : {}
}

function toldBy(body: string, { buildField, revisionField }: NonNullable<Desired['health']>): Told {
  try {
    const json: unknown = JSON.parse(body)
    const field = (name: string | undefined): string | undefined => {
      const told = typeof json === 'object' && json !== null && name !== undefined
      const value = told ? (json as Record<string, unknown>)[name] : undefined
      return typeof value === 'string' ? value : undefined
    }
    const [build, revision] = [field(buildField), field(revisionField)]
    return { ...(build === undefined ? {} : { build }), ...(revision === undefined ? {} : { revision }) }
  } catch {
    return {}
  }
}

/** Alembic's own line: "Running upgrade 3f2a -> 9bc1, add users.age". The last one names the head that was reached. */
const UPGRADE = /Running upgrade \S* ?-> (\w+)/

/** The revision that the migration's log says it reached; undefined where nothing was migrated. */
export function migratedTo(snapshot: Snapshot): string | undefined {
  return headIn([...snapshot.logTails.values()].flat())
}

/** Lines of a migration's log: the upgrade that was the last stands near its end. */
const LINES = 200

/**
 * What the migrations of the serving pods say in their logs: a run that died after its migration left no other trace of
 * it. Undefined where they migrated nothing, or their logs cannot be read.
 */
export async function readMigrations(
  cluster: Cluster,
  { desired, snapshot, signal }: { desired: Desired; snapshot: Snapshot; signal: AbortSignal },
): Promise<string | undefined> {
  const logs = migrationsIn(desired, snapshot).map((at) => cluster.logs(at, { tailLines: LINES, signal }))
  const heard = await Promise.allSettled(logs)
  signal.throwIfAborted()
  return headIn(heard.flatMap((log) => (log.status === 'fulfilled' ? log.value : [])))
}

/** The migration containers of the pods that stay, the youngest pod last. */
function migrationsIn({ stack, home, proofs }: Desired, { objects }: Snapshot) {
  const containers = new Set(proofs.flatMap((proof) => (proof.kind === 'migrated' ? [proof.container] : [])))
  const pods = objects
    .filter((object): object is Live<Pod> => object.kind === 'Pod')
    .filter(({ metadata }) => metadata.labels?.[STACK_LABEL] === stack && metadata.deletionTimestamp === undefined)
    .sort((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))
  return pods.flatMap(({ metadata: { namespace = home, name }, spec }) =>
    (spec?.initContainers ?? [])
      .filter((container) => containers.has(container.name))
      .map((container) => ({ namespace, name, container: container.name })),
  )
}

function headIn(lines: readonly string[]): string | undefined {
  return lines.flatMap((line) => UPGRADE.exec(line)?.[1] ?? []).at(-1)
}
