import { DeployError, EXIT, type Exit } from '../error.mts'
import type { DemoName } from './demo/names.mts'
import { shortOf, thisMachine } from './room.mts'
import type { DebianPackage, HostCluster, Provider, Removal, Say, StatusRow } from './provider.mts'

/** Runs one command of the cluster script; what it throws becomes a message and an exit code. */
export async function tell(say: Say, command: () => Promise<Exit | void>): Promise<Exit> {
  try {
    return (await command()) ?? EXIT.proven
  } catch (error) {
    if (!(error instanceof DeployError)) {
      say(error instanceof Error ? (error.stack ?? error.message) : String(error))
      return EXIT.failed
    }
    say(`✖ ${error.code}: ${error.message}`)
    for (const line of error.evidence) say(`    ${line}`)
    say(`    → ${error.next}`)
    return error.exit
  }
}

/** Lines that begin with the seconds since now. */
export function stopwatch(say: Say): Say {
  const started = performance.now()
  return (line) => say(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`)
}

/** One line a part, and one that sums up. */
export function tellStatus(rows: readonly StatusRow[], say: Say): Exit {
  const width = Math.max(0, ...rows.map(({ what }) => what.length))
  for (const { what, state, detail } of rows)
    say(`${state === 'ok' ? '✔' : '✖'} ${what.padEnd(width)}  ${detail}`.trimEnd())
  const broken = rows.filter(({ state }) => state === 'down').length
  if (broken > 0) say(`${broken} of ${rows.length} not running → npx zx cluster.mts up`)
  return broken === 0 ? EXIT.proven : EXIT.failed
}

/** What `down` left behind, or that it left nothing. */
export function tellRemoval(removal: Removal, say: Say): Exit {
  if (removal.state === 'left') {
    throw new DeployError({
      code: 'cluster-left',
      says: `Cannot take the whole cluster away: ${removal.traces.length} traces are left`,
      evidence: removal.traces.slice(0, 40),
      next: 'npx zx cluster.mts down, once more',
    })
  }
  say(REMOVED[removal.state])
  return EXIT.proven
}

const REMOVED = {
  absent: 'there is no such cluster here: nothing to take away',
  gone: 'nothing left: processes, mounts, links, rules, namespaces and contexts are as they were before',
} as const satisfies Record<Exclude<Removal['state'], 'left'>, string>

/** The Debian packages that loading the demo takes; `usage` where the provider's cluster is not known to hold it. */
export async function toolsFor(demo: readonly DemoName[], provider: Provider): Promise<readonly DebianPackage[]> {
  if (demo.length === 0) return []
  if (provider.name === 'host') return (await import('./demo.mts')).DEMO_PACKAGES
  if (provider.name === 'rehearsal')
    throw new DeployError({
      code: 'usage',
      says: 'Cannot load the demo into a rehearsal: it has what the examples need',
      next: 'npx zx cluster.mts up --provider rehearsal',
    })
  const says = `Cannot load the demo into a cluster of ${provider.name}: only the host's is known to hold it`
  throw new DeployError({ code: 'usage', says, next: 'npx zx cluster.mts up --provider host --demo' })
}

/** A warning where the cluster is meant for wrightnow and the machine is small; it is made all the same. */
export function warnOfRoom(name: string, demo: readonly DemoName[], say: Say): void {
  const short = name === 'wrightnow' || demo.includes('wrightnow') ? shortOf(thisMachine()) : undefined
  if (short !== undefined) say(short)
}

/** Loads what some stacks need into the cluster. */
export async function demonstrate(
  cluster: HostCluster | undefined,
  demo: readonly DemoName[],
  say: Say,
): Promise<void> {
  if (cluster === undefined || demo.length === 0) return
  const { loadDemo } = await import('./demo.mts')
  await loadDemo(cluster, demo, say)
}
