import type { z } from 'zod'
import { DeployError } from '../error.mts'
import { suggest } from '../report/suggest.mts'
import type { Known } from './known.mts'
import { entryFor, nestEntries, type Entry } from './layers.mts'
import { hasCredentials, isSecretName } from './secrecy.mts'
import { formatPath, shapeAt, type Path } from './shape.mts'
import { variableOf } from './variables.mts'

type Issue = z.core.$ZodIssue

/** The entries as the schema gives them. Throws `bad-setting` (or `placeholder` for a domain that nobody set), naming the
    value and where it came from; every further complaint is evidence. */
export function checkSettings<T>(schema: z.ZodType<T>, entries: readonly Entry[], known: Known): T {
  const result = schema.safeParse(nestEntries(entries))
  if (result.success) return result.data
  const complaints = result.error.issues.map((issue) => complaintOf(issue, entries, known))
  const [first, ...others] = complaints
  if (first === undefined) throw result.error
  throw new DeployError({ ...first, evidence: others.map(({ says }) => says) })
}

function complaintOf(issue: Issue, entries: readonly Entry[], known: Known) {
  const path = issue.path.map(String)
  const name = formatPath(path)
  const entry = entryFor(entries, path)
  if (issue.code === 'unrecognized_keys') return unrecognized(issue.keys, name, entry)
  const shape = shapeAt(known.shape, path)
  const allowed = shape?.kind === 'leaf' ? shape.oneOf : undefined
  const example = `--set ${name}=${allowed?.[0] ?? 'VALUE'}`
  if (entry === undefined) return missing(path, name, allowed)
  if (entry.value === '' && isDomain(path))
    return { ...missing(path, name, allowed), says: `Cannot use ${name}="" from ${entry.source}: it is empty` }
  const meant = typeof entry.value === 'string' && allowed ? suggest(entry.value, allowed) : undefined
  return {
    code: 'bad-setting' as const,
    says: `Cannot use ${name}=${shown(path, entry)} from ${entry.source}: ${wordsOf(issue)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`,
    next: meant === undefined ? example : `--set ${name}=${meant}`,
  }
}

function missing(path: Path, name: string, allowed: readonly string[] | undefined) {
  return {
    code: isDomain(path) ? ('placeholder' as const) : ('bad-setting' as const),
    says: `Cannot go on without ${name}: nothing sets it`,
    next: `set ${variableOf(path)} in .env, or --set ${name}=${allowed?.join('|') ?? 'VALUE'}`,
  }
}

function unrecognized(keys: readonly string[], name: string, entry: Entry | undefined) {
  return {
    code: 'unknown-setting' as const,
    says: `Cannot use ${keys.join(', ')} in ${name} from ${entry?.source ?? 'the settings'}: there is no such key`,
    next: `take ${keys.join(', ')} out of ${name}`,
  }
}

/** Whether a setting is a host that the world must be able to find. */
export function isDomain(path: Path): boolean {
  return /^(domain|host|hostname)$/.test(path.at(-1) ?? '')
}

function shown(path: Path, entry: Entry): string {
  if (isSecretName(path.at(-1) ?? '') || hasCredentials(entry.value)) return '***'
  const text =
    typeof entry.value === 'string' && entry.value !== ''
      ? entry.value
      : (JSON.stringify(entry.value) ?? String(entry.value))
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function wordsOf(issue: Issue): string {
  if (issue.code === 'invalid_value') return `it is one of ${issue.values.map(String).join(', ')}`
  return issue.message.replace(/^Invalid input: /, '').replace(/^Too (small|big): /, '')
}
