import type { KubeObject } from './object.mts'

/**
 * The normal form in which objects leave a render: nothing that server-side apply would read as a change for ever
 * (nulls, empty lists, empty label maps, status, generation), Secrets in `data` only, keys in the order of a manifest.
 * An empty object stays where it means something (`podSelector: {}`, `emptyDir: {}`).
 */
export function normal<T extends KubeObject>(object: T): T {
  const { status: _status, ...rest } = object as T & { status?: unknown }
  const { generation: _generation, ...metadata } = object.metadata
  const secret = object.kind === 'Secret' && object.apiVersion === 'v1'
  const whole = { ...rest, metadata }
  return ordered(pruned(secret ? withoutStringData(whole) : whole) as T)
}

// With `stringData` a removed key stays for ever and others' edits go unseen; with `data` both are owned.
function withoutStringData(secret: object): object {
  const { stringData, data, ...rest } = secret as {
    stringData?: Record<string, string | null> | null
    data?: Record<string, string | null> | null
  }
  const plain = Object.entries(stringData ?? {}).filter((entry): entry is [string, string] => entry[1] !== null)
  const encoded = plain.map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  if (stringData === undefined && data === undefined) return rest
  return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } }
}

// Empty maps under these names say nothing, yet an apply of them is stored or bumps the generation.
const EMPTY_MEANS_NOTHING = new Set(['annotations', 'labels', 'matchLabels'])

function pruned(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((item) => item !== null && item !== undefined).map((item) => pruned(item))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value)
    .map(([name, child]): [string, unknown] => [name, pruned(child)])
    .filter(([name, child]) => !isNothing(child, name))
  return Object.fromEntries(kept)
}

function isNothing(value: unknown, key: string): boolean {
  if (value === null || value === undefined) return true
  if (Array.isArray(value)) return value.length === 0
  return EMPTY_MEANS_NOTHING.has(key) && typeof value === 'object' && Object.keys(value).length === 0
}

const FIRST = ['apiVersion', 'kind', 'metadata'] as const
const META_FIRST = ['name', 'namespace', 'labels', 'annotations']

function ordered<T extends KubeObject>(object: T): T {
  const metadata = first(object.metadata, META_FIRST)
  return first({ ...object, metadata }, FIRST)
}

function first<T extends object>(value: T, keys: readonly string[]): T {
  const rank = (key: string): number => (keys.includes(key) ? keys.indexOf(key) : keys.length)
  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return Object.fromEntries(entries) as T
}
