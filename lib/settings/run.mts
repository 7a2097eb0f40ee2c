import { DeployError } from '../error.mts'
import { suggest } from '../report/suggest.mts'
import { last, type Flags } from './arguments.mts'
import type { Script } from './flags.mts'
import type { Kept, Settings } from './settings.mts'

type RunFlags = Pick<
  Settings,
  | 'dryRun'
  | 'output'
  | 'directory'
  | 'format'
  | 'check'
  | 'within'
  | 'onFailure'
  | 'forceConflicts'
  | 'exitCode'
  | 'schemaCompatible'
  | 'verbose'
  | 'printSettings'
  | 'with'
  | 'yes'
  | 'to'
  | 'rehearse'
>

/** What the flags alone say about a run. Throws `usage` for a number that is none. */
export function runFlagsOf(flags: Flags, script: Script): RunFlags {
  const output = last(flags, 'output')
  const within = last(flags, 'within')
  const to = last(flags, 'to')
  const rehearse = last(flags, 'rehearse')
  const dryRun = last(flags, 'dry-run') ?? 'none'
  return {
    dryRun: dryRun === 'client' || dryRun === 'server' ? dryRun : 'none',
    output: formatOf(flags, script),
    format: last(flags, 'format') === 'kustomize' ? 'kustomize' : 'yaml',
    check: flags.check !== undefined,
    onFailure: last(flags, 'on-failure') === 'rollback' ? 'rollback' : 'hold',
    forceConflicts: flags['force-conflicts'] !== undefined,
    exitCode: flags['exit-code'] !== undefined,
    schemaCompatible: flags['schema-compatible'] !== undefined,
    verbose: flags.verbose !== undefined,
    printSettings: flags['print-settings'] !== undefined,
    with: (flags.with ?? []).flatMap((words) => words.split(',')).map(keptOf),
    yes: flags.yes !== undefined,
    ...(script === 'render' && output !== undefined ? { directory: output } : {}),
    ...(within === undefined ? {} : { within: secondsOf(within) * 1000 }),
    ...(to === undefined ? {} : { to: releaseOf(to) }),
    ...(rehearse === undefined ? {} : { rehearse }),
  }
}

/** The format of data on stdout. */
export function formatOf(flags: Flags, script: Script): 'text' | 'json' | 'yaml' {
  const output = last(flags, 'output')
  return script !== 'render' && (output === 'json' || output === 'yaml') ? output : 'text'
}

/** Whether the operator or the terminal wants no colours (no-color.org). */
export function withoutColor(flags: Flags, env: Readonly<Record<string, string | undefined>>): boolean {
  return flags['no-color'] !== undefined || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
}

function secondsOf(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (seconds > 0 && seconds <= 86_400) return seconds
  throw new DeployError({
    code: 'usage',
    says: `Cannot use --within ${text}: it is a number of seconds, more than 0 and at most 86400`,
    next: '--within 120',
  })
}

const KEPT: readonly Kept[] = ['volumes', 'secrets', 'namespaces']

function keptOf(word: string): Kept {
  const found = KEPT.find((kept) => kept === word)
  if (found !== undefined) return found
  throw new DeployError({
    code: 'usage',
    says: `Cannot use --with ${word}: it is ${KEPT.join(', ')}, or several with commas`,
    next: `npx zx teardown.mts --with ${suggest(word, KEPT) ?? 'volumes'}`,
  })
}

function releaseOf(text: string): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (number > 0) return number
  throw new DeployError({
    code: 'usage',
    says: `Cannot use --to ${text}: it is the number of a release`,
    next: 'npx zx rollback.mts --to 41',
  })
}
