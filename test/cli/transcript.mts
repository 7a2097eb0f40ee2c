import type { Ended } from './world.mts'

/** A command as it was typed, and all that came of it. */
export interface Typed {
  command: string
  ended: Ended
}

// Times, ports, made-up names and counts of repeated requests differ from run to run; nothing else may.
const DIFFERING: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/ +[0-9.]+ s(?= of |$)/gm, ' N s'],
  [/\b([a-z]+) [0-9]+\.[0-9](?=[,)])/g, '$1 N'],
  [/\b[1-9]\d*(?= (writes|reads|dry runs)\b)/g, 'N'],
  [/0 of \d+ requests failed/g, '0 of N requests failed'],
  [/\bin [0-9.]+ s\b/g, 'in N s'],
  [/(127\.0\.0\.1|localhost|localhost:127\.0\.0\.1):\d+/g, '$1:PORT'],
  [/\/tmp\/landfall-[a-z]+-\w{6}/g, '/tmp/FOLDER'],
  [/\b((?:api|ui)-[0-9a-f]{8,10})-[a-z0-9]{5}\b/g, '$1-POD'],
  [/\b(reactbin)-[0-9a-f]{8}\.json/g, '$1-RUN.json'],
  [/\b\d{4}-\d\d-\d\d(T[0-9:.]+Z)?/g, 'DATE'],
  [/, proven DATE by .*$/gm, ', proven DATE by SOMEBODY'],
  [/certificate \d+ days/g, 'certificate N days'],
  [/1 old pod draining/g, 'old pods gone'],
]

/**
 * Commands and what they said, as one text that is the same each time. Components are ready in the order in which a busy
 * machine gets to them, and the steps on their way (`…`) come as it sees them: the latter are left out, the former sorted.
 * In a run that fails some get there and some do not.
 */
export function transcriptOf(typed: readonly Typed[]): string {
  return typed
    .map(({ command, ended }) => [`$ ${command}`, ...said(ended), `exit ${ended.code}`, ''].join('\n'))
    .join('\n')
}

function said({ stdout, stderr }: Ended): string[] {
  const streams = [steady(stderr), stdout === '' ? '' : `--- stdout\n${steady(stdout)}`]
  return streams.flatMap((text) => (text === '' ? [] : text.trimEnd().split('\n')))
}

/** What a run says, without what differs from run to run. */
export function steady(text: string): string {
  const plain = DIFFERING.reduce((all, [pattern, replacement]) => all.replaceAll(pattern, replacement), text)
  const lines = plain.split('\n').filter((line) => !line.startsWith('… '))
  const failed = lines.some((line) => line.startsWith('✖ '))
  const kept = failed ? lines.filter((line) => !isReady(line)) : lines
  return sortedRuns(kept.map(sortedNames), isReady).join('\n')
}

function isReady(line: string): boolean {
  return /^✔ (?!proof|traffic)/.test(line)
}

/** The parts of `(api N, ui N)` and of `by build abd N, abc N` by name. */
function sortedNames(line: string): string {
  const builds = line.replace(/(?<=answered by build ).*$/, (list) =>
    list.replaceAll(/ \d+/g, ' N').split(', ').sort().join(', '),
  )
  return builds.replace(/\((namespace N, .*)\)$/, (_, list: string) => `(${list.split(', ').sort().join(', ')})`)
}

/** Neighbours that belong together, sorted; all others where they are. */
function sortedRuns(lines: readonly string[], belongs: (line: string) => boolean): string[] {
  const runs: string[][] = []
  for (const line of lines) {
    const last = runs.at(-1)
    if (last !== undefined && belongs(line) && belongs(last[0] ?? '')) last.push(line)
    else runs.push([line])
  }
  return runs.flatMap((run) => run.sort())
}
