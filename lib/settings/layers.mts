import { shapeAt, type Path, type Shape } from './shape.mts'

/** One value that one source gave. `undefined` takes back what lower layers gave. */
export interface Entry {
  path: Path
  value: unknown
  /** As the operator knows it: `values.yaml`, `LANDFALL_DOMAIN in .env`, `--set`. */
  source: string
}

/** The values of a nested object as entries, down to where the schema takes a value whole. A key that the shape lacks
    is an entry too: who calls decides what to say about it. */
export function entriesOf(value: unknown, shape: Shape | undefined, source: string, path: Path = []): Entry[] {
  if (shape === undefined || shape.kind === 'leaf' || !isRecord(value))
    return [{ path, value: emptied(value, shape), source }]
  return Object.entries(value).flatMap(([key, inner]) =>
    entriesOf(inner, shapeAt(shape, [key]), source, [...path, key]),
  )
}

/** What holds after all layers: the last entry for a path wins, and replaces what is above or below it. */
export function mergeEntries(entries: readonly Entry[]): Entry[] {
  let merged: Entry[] = []
  for (const entry of entries) merged = [...merged.filter(({ path }) => !related(path, entry.path)), entry]
  return merged.filter(({ value }) => value !== undefined)
}

/** The entry that decided the value at a path: there, above it or below it. */
export function entryFor(entries: readonly Entry[], path: Path): Entry | undefined {
  return entries.find((entry) => related(entry.path, path))
}

/** The nested object that the entries make. */
export function nestEntries(entries: readonly Entry[], depth = 0): Record<string, unknown> {
  const groups = Map.groupBy(entries, ({ path }) => path[depth] ?? '')
  // Object.fromEntries defines keys, so that `__proto__` in a file stays a key.
  return Object.fromEntries(
    [...groups].map(([key, group]) => {
      const leaf = group.find(({ path }) => path.length === depth + 1)
      return [key, leaf === undefined ? nestEntries(group, depth + 1) : leaf.value]
    }),
  )
}

/** A text (of a variable or of `--set`) as the type that the schema takes there; left as it is where it is none. */
export function coerce(text: string, shape: Shape | undefined): unknown {
  if (shape?.kind !== 'leaf') return text
  const { types, items } = shape
  if (types.has('null') && text === 'null') return null
  if (types.has('string') || types.has('any')) return text
  if ((types.has('number') || types.has('integer')) && /^[+-]?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (types.has('boolean') && /^(true|false)$/.test(text)) return text === 'true'
  if (types.has('array')) return listOf(text).map((part) => coerce(part, items))
  return text
}

/** A list or map in a text, as JSON, where the schema takes one there; undefined where the text is none. */
export function structureIn(text: string, shape: Shape): unknown {
  if (!/^[[{]/.test(text)) return undefined
  const takesAny = shape.kind === 'leaf' && (shape.types.has('any') || shape.types.has('object'))
  const takesList = shape.kind === 'leaf' && shape.types.has('array')
  if (text.startsWith('[') ? !takesList && !takesAny : shape.kind === 'leaf' && !takesAny) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** A key without a value in YAML is null: it means "as if nobody had said anything", unless null says something there. */
export function emptied(value: unknown, shape: Shape | undefined): unknown {
  if (value !== null) return value
  return shape?.kind === 'leaf' && (shape.types.has('null') || shape.types.has('any')) ? null : undefined
}

function related(one: Path, other: Path): boolean {
  const shorter = Math.min(one.length, other.length)
  return one.slice(0, shorter).every((key, at) => key === other[at])
}
