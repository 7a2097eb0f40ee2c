import { referenced } from './schema/schema.mts'
import type { SchemaNode } from './schema/schema.mts'

interface Doubled {
  path: string
  says: string
}

/** Entries of keyed lists and sets that stand twice: a server refuses the whole apply for one of them. */
export function duplicatesIn(
  value: unknown,
  node: SchemaNode,
  definitions: Readonly<Record<string, SchemaNode>>,
  path = '',
): Doubled[] {
  const schema = node.$ref === undefined ? node : { ...definitions[referenced(node.$ref)], ...listWords(node) }
  if (Array.isArray(value)) return inList(value, schema, definitions, path)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => {
    const extra = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
    const inside = schema.properties?.[key] ?? extra
    return inside === undefined ? [] : duplicatesIn(child, inside, definitions, path === '' ? key : `${path}.${key}`)
  })
}

function inList(
  list: readonly unknown[],
  schema: SchemaNode,
  definitions: Readonly<Record<string, SchemaNode>>,
  path: string,
): Doubled[] {
  const below = list.flatMap((item, place) =>
    schema.items === undefined ? [] : duplicatesIn(item, schema.items, definitions, `${path}[${place}]`),
  )
  const seen = new Set<string>()
  const doubled = list.flatMap((item, place) => {
    const key = keyOf(item, schema, definitions)
    if (key === undefined || !seen.has(key)) {
      if (key !== undefined) seen.add(key)
      return []
    }
    return [{ path: `${path}[${place}]`, says: `stands twice: ${key}` }]
  })
  return [...doubled, ...below]
}

function keyOf(
  item: unknown,
  schema: SchemaNode,
  definitions: Readonly<Record<string, SchemaNode>>,
): string | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') return JSON.stringify(item)
  const keys = schema['x-kubernetes-list-map-keys']
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || typeof item !== 'object' || item === null)
    return undefined
  const fields = schema.items?.$ref === undefined ? {} : (definitions[referenced(schema.items.$ref)]?.properties ?? {})
  const words = keys.map((key): [string, unknown] => [
    key,
    (item as Record<string, unknown>)[key] ?? fields[key]?.default,
  ])
  return words.map(([key, word]) => `${key} ${JSON.stringify(word) ?? 'none'}`).join(', ')
}

function listWords(node: SchemaNode): SchemaNode {
  const { $ref: _ref, ...rest } = node
  return rest
}
