import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, Live, ManagedFields } from './object.mts'

/** One field that an apply would change; a Secret's values stand as `***`. */
export interface Change {
  /** `spec.template.spec.containers[api].image`; the empty path is the whole object. */
  path: string
  from: unknown
  to: unknown
}

/** Whether the dry run stood on this very state; where it did not, read and ask again before believing a comparison. */
export function sameGround(live: Live, dryRun: Live): boolean {
  return live.metadata.uid === dryRun.metadata.uid && live.metadata.resourceVersion === dryRun.metadata.resourceVersion
}

/**
 * What an apply would change: the answer of its dry run held against the live object, but for resourceVersion,
 * generation, the time in managedFields, and the status, which no apply writes and controllers move all the time.
 * A field that only changes its owner counts.
 */
export function changes(live: Live | undefined, dryRun: Live): Change[] {
  const after = comparable(dryRun)
  if (live === undefined) return [{ path: '', from: undefined, to: masked(dryRun, '', after) }]
  const fields = differences('', comparable(live), after)
  return [
    ...fields.map((change) => maskedChange(dryRun, change)),
    ...ownership(live.metadata.managedFields ?? [], dryRun.metadata.managedFields ?? []),
  ]
}

function comparable(object: Live): unknown {
  const { resourceVersion: _version, generation: _generation, managedFields: _owners, ...metadata } = object.metadata
  const { status: _status, ...rest } = object as Live & { status?: unknown }
  return { ...rest, metadata }
}

function differences(path: string, from: unknown, to: unknown): Change[] {
  if (isDeepStrictEqual(from, to)) return []
  if (Array.isArray(from) && Array.isArray(to)) return listDifferences(path, from, to)
  if (!isMap(from) || !isMap(to)) return [{ path, from, to }]
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])]
  return keys.flatMap((key) => differences(joined(path, key), from[key], to[key]))
}

/** Items are told apart by name where all have one, else by place; a changed order is a change of the list. */
function listDifferences(path: string, from: readonly unknown[], to: readonly unknown[]): Change[] {
  const before = byName(from)
  const after = byName(to)
  if (before === undefined || after === undefined) return placeDifferences(path, from, to)
  const names = [...new Set([...before.keys(), ...after.keys()])]
  const inside = names.flatMap((name) => differences(`${path}[${name}]`, before.get(name), after.get(name)))
  const kept = (list: Map<string, unknown>, other: Map<string, unknown>): string[] =>
    [...list.keys()].filter((name) => other.has(name))
  const [order, reordered] = [kept(before, after), kept(after, before)]
  return isDeepStrictEqual(order, reordered) ? inside : [...inside, { path, from: order, to: reordered }]
}

function placeDifferences(path: string, from: readonly unknown[], to: readonly unknown[]): Change[] {
  const places = Array.from({ length: Math.max(from.length, to.length) }, (_, place) => place)
  return places.flatMap((place) => differences(`${path}[${place}]`, from[place], to[place]))
}

function byName(list: readonly unknown[]): Map<string, unknown> | undefined {
  const named = new Map<string, unknown>()
  for (const item of list) {
    if (!isMap(item) || typeof item['name'] !== 'string' || named.has(item['name'])) return undefined
    named.set(item['name'], item)
  }
  return named
}

/** Fields that come to or leave a manager, entry by entry. */
function ownership(before: readonly ManagedFields[], after: readonly ManagedFields[]): Change[] {
  const keys = [...new Set([...before, ...after].filter((entry) => entry.subresource === undefined).map(ownerKey))]
  return keys.flatMap((key) => {
    const from = ownedPaths(before, key)
    const to = ownedPaths(after, key)
    const lost = from.filter((path) => !to.includes(path))
    const won = to.filter((path) => !from.includes(path))
    return lost.length + won.length === 0 ? [] : [{ path: `metadata.managedFields[${key}]`, from: lost, to: won }]
  })
}

function ownerKey({ manager, operation, subresource, apiVersion }: ManagedFields): string {
  return [manager, operation, apiVersion, subresource].filter((part) => part !== undefined).join(' ')
}

function ownedPaths(entries: readonly ManagedFields[], key: string): string[] {
  return entries.filter((entry) => ownerKey(entry) === key).flatMap((entry) => flattened(entry.fieldsV1 ?? {}, ''))
}

/** `f:spec` → `f:template` → … as `spec.template…`; a `.` stands for the thing itself. */
export function flattened(fields: Readonly<Record<string, unknown>>, path: string): string[] {
  return Object.entries(fields).flatMap(([key, inside]) => {
    if (key === '.') return [path]
    const word = key.startsWith('f:') ? key.slice(2) : `[${key.slice(2)}]`
    const here = word.startsWith('[') ? `${path}${word}` : joined(path, word)
    return isMap(inside) && Object.keys(inside).length > 0 ? flattened(inside, here) : [here]
  })
}

const MASK = '***'

// kubectl keeps the whole object, values and all, in this annotation.
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

function maskedChange(object: KubeObject, { path, from, to }: Change): Change {
  return { path, from: masked(object, path, from), to: masked(object, path, to) }
}

/** The value at a path with what is secret in it taken out. */
function masked(object: KubeObject, path: string, value: unknown): unknown {
  if (object.kind !== 'Secret' || value === undefined || value === null) return value
  const secret = /^(data|stringData)(\.|$)/.test(path) || path.endsWith(LAST_APPLIED)
  if (secret && !isMap(value)) return MASK
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, masked(object, joined(path, key), child)]),
  )
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
