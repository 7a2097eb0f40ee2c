import { Redacted } from '../report/redact.mts'
import type { Known } from './known.mts'
import { entryFor, isRecord, type Entry } from './layers.mts'
import { hasCredentials, isSecretName } from './secrecy.mts'
import type { SettingRow } from './settings.mts'
import { formatPath, shapeAt, type Path } from './shape.mts'

/** One value as it holds, and where it came from. */
export interface Held extends Entry {
  secret: boolean
}

/** Every value of checked settings, defaults included. */
export function heldOf(settings: unknown, entries: readonly Entry[], known: Known, path: Path = []): Held[] {
  if (isRecord(settings))
    return Object.entries(settings).flatMap(([key, value]) => heldOf(value, entries, known, [...path, key]))
  if (settings === undefined || path.length === 0) return []
  const source = entryFor(entries, path)?.source ?? 'default'
  return [{ path, value: settings, source, secret: isSecret(known, path, settings) }]
}

/** What `--print-settings` shows: secrets masked. */
export function rowsOf(held: readonly Held[]): SettingRow[] {
  return held.map(({ path, value, source, secret }) => ({
    path: formatPath(path),
    value: secret ? '***' : value,
    source,
    secret,
  }))
}

/** The values that must never be printed. */
export function secretsOf(held: readonly Held[]): Redacted[] {
  return held.flatMap(({ value, secret }) => (secret ? textsOf(value).map((text) => new Redacted(text)) : []))
}

/** The secrets of a dotenv file that are no settings of ours, by their names: another program's passwords. */
export function foreignSecrets(variables: readonly (readonly [string, string])[]): Redacted[] {
  return variables
    .filter(([name, value]) => isSecretName(name) || hasCredentials(value))
    .map(([, value]) => new Redacted(value))
}

function isSecret(known: Known, path: Path, value: unknown): boolean {
  const shape = shapeAt(known.shape, path)
  return (shape?.kind === 'leaf' && shape.secret) || isSecretName(path.at(-1) ?? '') || hasCredentials(value)
}

function textsOf(value: unknown): string[] {
  if (value === null || value === undefined) return []
  return Array.isArray(value) ? value.flatMap(textsOf) : [typeof value === 'string' ? value : JSON.stringify(value)]
}
