import type { SchemaNode } from '../../kube/schema/schema.mts'
import { NONE, spoken, union } from './fields.mts'
import type { FieldSet } from './fields.mts'
import { below, elementOf, isEmpty, isMap, itemsOf, shapeOf } from './node.mts'

/** What is wrong with an applied manifest's types, in the words of structured-merge-diff, a line each. */
export function typeErrors(value: unknown, node: SchemaNode, path: readonly string[] = []): string[] {
  if (value === null || value === undefined) return []
  if (node.type === 'array') return listErrors(value, node, path)
  if (node.properties !== undefined || typeof node.additionalProperties === 'object')
    return mapErrors(value, node, path)
  if (node.type === 'object') return []
  const wrong = scalarError(value, node)
  return wrong === undefined ? [] : [`${spoken(path)}: ${wrong}`]
}

function listErrors(value: unknown, node: SchemaNode, path: readonly string[]): string[] {
  if (!Array.isArray(value)) return [`${spoken(path)}: expected list, got ${goValue(value)}`]
  if (shapeOf(node) === 'atomic')
    return value.flatMap((item, place) => typeErrors(item, itemsOf(node), [...path, `f:[${place}]`]))
  const seen = new Set<string>()
  return value.flatMap((item, place) => {
    const element = elementOf(node, item)
    if (element === undefined) return [`${spoken(path)}: ${keyless(node, item, place)}`]
    if (seen.has(element)) return [`${spoken(path)}: duplicate entries for key ${spoken([element])}`]
    seen.add(element)
    return typeErrors(item, itemsOf(node), [...path, element])
  })
}

function keyless(node: SchemaNode, item: unknown, place: number): string {
  const missing = (node['x-kubernetes-list-map-keys'] ?? []).find((key) => !isMap(item) || item[key] === undefined)
  return `element ${place}: associative list with keys has an element that omits key field ${JSON.stringify(missing)} (and doesn't have default value)`
}

function mapErrors(value: unknown, node: SchemaNode, path: readonly string[]): string[] {
  if (!isMap(value)) return [`${spoken(path)}: expected map, got ${goValue(value)}`]
  return Object.entries(value).flatMap(([key, child]) => {
    const inside = below(node, key)
    if (inside === undefined) return [`${spoken([...path, `f:${key}`])}: field not declared in schema`]
    return typeErrors(child, inside, [...path, `f:${key}`])
  })
}

function scalarError(value: unknown, node: SchemaNode): string | undefined {
  const go = JSON.stringify(value)
  if (node.type === 'string' && typeof value !== 'string')
    return `expected string, got &value.valueUnstructured{Value:${go}}`
  if ((node.type === 'integer' || node.type === 'number') && typeof value !== 'number')
    return `expected numeric (int or float), got ${goType(value)}`
  if (node.type === 'boolean' && typeof value !== 'boolean') return `expected boolean, got ${goValue(value)}`
  return node.oneOf !== undefined && typeof value === 'object' ? `expected scalar, got ${goValue(value)}` : undefined
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (isMap(value)) return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

function goValue(value: unknown): string {
  return `&{${printed(value)}}`
}

function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`
  if (!isMap(value)) return String(value)
  const entries = Object.entries(value).map(([key, child]) => `${key}:${printed(child)}`)
  return `map[${entries.sort().join(' ')}]`
}

/** The fields that a manifest sets: its leaves, every item of a keyed list, every key of a map. */
export function fieldsOf(value: unknown, node: SchemaNode): FieldSet {
  const shape = shapeOf(node)
  if (shape === 'scalar' || shape === 'atomic') return { member: true, children: new Map() }
  if (shape === 'list') return Array.isArray(value) ? listFields(value, node) : NONE
  return isMap(value) ? mapFields(value, node) : NONE
}

function listFields(list: readonly unknown[], node: SchemaNode): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const item of list) {
    const element = elementOf(node, item)
    if (element === undefined) continue
    const made = { ...fieldsOf(item, itemsOf(node)), member: true }
    children.set(element, union(children.get(element) ?? NONE, made))
  }
  return { member: false, children }
}

function mapFields(value: Record<string, unknown>, node: SchemaNode): FieldSet {
  const children = Object.entries(value).map(([key, child]): [string, FieldSet] => {
    const made = fieldsOf(child, below(node, key) ?? {})
    const leaf = child === null || (isMap(child) && isEmpty(child)) || node.properties?.[key] === undefined
    return [`f:${key}`, leaf ? { ...made, member: true } : made]
  })
  return { member: false, children: new Map(children.filter(([, child]) => child.member || child.children.size > 0)) }
}
