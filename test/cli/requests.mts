import type { Faced } from '../../lib/rehearsal/faults.mts'

type Class = 'read' | 'review' | 'dry run' | 'watch' | 'write'

/**
 * What was asked of the API server, phase by phase, each with its count. A phase is a run of requests of one class, which
 * are under way at the same time: they are sorted, and a read that a proof repeats counts once. Left out is what goes by
 * the clock: renewals of the lock, logs of what is starting, watches that are opened again, and what is served, asked again
 * for a kind that was not there some seconds before.
 */
export function requestsOf(asked: readonly Faced[]): string[] {
  const once = new Set<string>()
  const phases: { name: Class; lines: Set<string> }[] = []
  for (const faced of asked) {
    if (isByTheClock(faced)) continue
    const [name, line] = [classOf(faced), lineOf(faced)]
    const isOnce = name === 'watch' || /^GET \/apis?$/.test(line)
    if (isOnce && once.has(line)) continue
    if (isOnce) once.add(line)
    const last = phases.at(-1)
    if (last?.name === name) last.lines.add(line)
    else phases.push({ name, lines: new Set([line]) })
  }
  return phases.flatMap(({ name, lines }) => [
    `${name}: ${lines.size}`,
    ...[...lines].sort().map((line) => `  ${line}`),
  ])
}

function isByTheClock({ method, path }: Faced): boolean {
  return (method === 'PUT' && path.includes('/leases/')) || /\/pods\/[^/]+\/log\?/.test(path)
}

function classOf({ method, path }: Faced): Class {
  if (path.includes('watch=true')) return 'watch'
  if (path.includes('dryRun=All')) return 'dry run'
  if (path.includes('/selfsubject')) return 'review'
  return method === 'GET' ? 'read' : 'write'
}

/** Without what says only how it is asked. */
function lineOf({ method, path }: Faced): string {
  const { pathname, searchParams } = new URL(path, 'https://here')
  const selectors = ['labelSelector', 'fieldSelector'].flatMap((name) => searchParams.get(name) ?? [])
  return [method, pathname, ...selectors].join(' ')
}
