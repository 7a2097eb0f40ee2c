import { schemaOf, below, isMap, itemsOf } from '../apply/node.mts'
import type { SchemaNode } from '../../kube/schema/schema.mts'
import type { Served } from '../objects/served.mts'
import { badRequest } from './refused.mts'

/** The body as it is, or 400 for what a strict decoder does not take: unknown fields, wrong types. */
export function decodedBody(served: Served, body: unknown): unknown {
  const node = schemaOf(served) ?? {}
  const how = `${served.kind} in version "${served.version}" cannot be handled as a ${served.kind}`
  const wrong = typeErrors(body, node, '')
  if (wrong[0] !== undefined) throw badRequest(`${how}: ${wrong[0]}`)
  const unknown = unknownFields(body, node, '')
  if (unknown.length > 0) {
    const words = unknown.map((field) => `unknown field "${field}"`).join(', ')
    throw badRequest(`${how}: strict decoding error: ${words}`)
  }
  return body
}

function unknownFields(value: unknown, node: SchemaNode, path: string): string[] {
  if (Array.isArray(value))
    return value.flatMap((item, place) => unknownFields(item, itemsOf(node), `${path}[${place}]`))
  if (!isMap(value) || (node.properties === undefined && typeof node.additionalProperties !== 'object')) return []
  return Object.entries(value).flatMap(([key, child]) => {
    const inside = below(node, key)
    const at = path === '' ? key : `${path}.${key}`
    return inside === undefined ? [at] : unknownFields(child, inside, at)
  })
}

const GO: Readonly<Record<string, string>> = { string: 'string', integer: 'int32', boolean: 'bool', number: 'float64' }

/** A JSON value of another type than the field's, in the words of Go's decoder. */
function typeErrors(value: unknown, node: SchemaNode, path: string): string[] {
  if (value === null || value === undefined) return []
  const wanted = node.type
  if (Array.isArray(value)) {
    if (wanted !== 'array' && wanted !== undefined) return [unmarshal('array', node, path)]
    return value.flatMap((item) => typeErrors(item, itemsOf(node), path))
  }
  if (isMap(value)) {
    if (wanted !== 'object' && wanted !== undefined) return [unmarshal('object', node, path)]
    return Object.entries(value).flatMap(([key, child]) =>
      typeErrors(child, below(node, key) ?? {}, path === '' ? key : `${path}.${key}`),
    )
  }
  const is = typeof value
  const fits = wanted === undefined || wanted === is || (is === 'number' && wanted === 'integer')
  return fits ? [] : [unmarshal(is === 'boolean' ? 'bool' : is, node, path)]
}

function unmarshal(value: string, { type }: SchemaNode, path: string): string {
  return `json: cannot unmarshal ${value} into Go struct field .${path} of type ${GO[type ?? ''] ?? type ?? ''}`
}
