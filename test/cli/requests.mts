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
  let reading: { name: Class; lines: Set<string> }[] = []
  for (const faced of asked) {
    if (isByTheClock(faced)) continue
    const [name, line] = [classOf(faced), lineOf(faced)]
    const isOnce = name === 'watch' || /^GET \/apis?$/.test(line)
    if (isOnce && once.has(line)) continue
    if (isOnce) once.add(line)
    // A watch is opened as soon as its LIST is read, while others are still being read.
    const isReading = name === 'watch' || name === 'read'
    const open = isReading ? reading.find((phase) => phase.name === name) : phases.at(-1)
    if (open?.name === name && (isReading || reading.length === 0)) {
      open.lines.add(line)
      continue
    }
    const phase = { name, lines: new Set([line]) }
    reading = isReading ? [...reading, phase] : []
    phases.push(phase)
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
