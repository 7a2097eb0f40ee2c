import raw from '../../kube/schema/schema.json' with { type: 'json' }
import { referenced } from '../../kube/schema/schema.mts'
import type { Schema, SchemaNode } from '../../kube/schema/schema.mts'
import type { Kind } from '../../kube/object.mts'
import { CUSTOM } from '../objects/customs.mts'

const SCHEMA = raw as unknown as Schema

/** How server-side apply sees a field: what is atomic belongs to one manager as a whole. */
export type Shape = 'scalar' | 'struct' | 'map' | 'list' | 'atomic'

export type Fields = Record<string, unknown>

/** The schema of a kind: Kubernetes' own by schema.json, custom ones by the definitions that are installed here. */
export function schemaOf({ apiVersion, kind }: Kind): SchemaNode | undefined {
  const definition = SCHEMA.kinds[`${apiVersion}/${kind}`]
  return definition === undefined ? CUSTOM[`${apiVersion}/${kind}`] : SCHEMA.definitions[definition]
}

/** The node itself where it only refers to another; what stands beside the reference goes first. */
export function resolved(node: SchemaNode): SchemaNode {
  if (node.$ref === undefined) return node
  const known = RESOLVED.get(node)
  if (known !== undefined) return known
  const { $ref, ...beside } = node
  const made = { ...SCHEMA.definitions[referenced($ref)], ...beside }
  RESOLVED.set(node, made)
  return made
}

const RESOLVED = new WeakMap<SchemaNode, SchemaNode>()

export function shapeOf(node: SchemaNode): Shape {
  if (node.type === 'array') return granular(node) ? 'list' : 'atomic'
  if (node['x-kubernetes-map-type'] === 'atomic') return 'atomic'
  if (node.properties !== undefined) return 'struct'
  if (typeof node.additionalProperties === 'object') return 'map'
  return node.type === 'object' ? 'atomic' : 'scalar'
}

function granular(node: SchemaNode): boolean {
  return node['x-kubernetes-list-type'] === 'map' || node['x-kubernetes-list-type'] === 'set'
}

/** The schema below a field of a struct or a key of a map; undefined where nothing of that name is declared. */
export function below(node: SchemaNode, key: string): SchemaNode | undefined {
  const found =
    node.properties?.[key] ?? (typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined)
  return found === undefined ? undefined : resolved(found)
}

export function itemsOf(node: SchemaNode): SchemaNode {
  return node.items === undefined ? {} : resolved(node.items)
}

/**
 * The path element of an item of a keyed list or a set, as managedFields write it: `k:{"name":"web"}`, `v:"x"`. A key
 * that is left out has its default. Undefined where the item has no key.
 */
export function elementOf(list: SchemaNode, item: unknown): string | undefined {
  if (list['x-kubernetes-list-type'] === 'set') return `v:${JSON.stringify(item)}`
  if (!isMap(item)) return undefined
  const fields = itemsOf(list).properties ?? {}
  const keys = [...(list['x-kubernetes-list-map-keys'] ?? [])].sort()
  const named = keys.map((key): [string, unknown] => [key, item[key] ?? fields[key]?.default])
  if (named.some(([, value]) => value === undefined)) return undefined
  return `k:${JSON.stringify(Object.fromEntries(named))}`
}

export function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0
}
