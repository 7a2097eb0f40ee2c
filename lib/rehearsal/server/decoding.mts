import { schemaOf, below, isMap, itemsOf } from '../apply/node.mts'
import type { SchemaNode } from '../../kube/schema/schema.mts'
import type { Served } from '../objects/served.mts'
import { wordOf } from '../objects/setting.mts'
import type { Body } from './body.mts'
import type { Validation } from './options.mts'
import { badRequest } from './refused.mts'

/** A body as the decoder takes it, and what it warns about. */
export interface Decoded {
  body: unknown
  warnings: string[]
}

/** The body, or 400 for wrong types, another kind and, where fields are validated strictly, unknown or doubled ones. */
export function decodedBody(served: Served, { value, twice }: Body, validation: Validation): Decoded {
  const node = schemaOf(served) ?? {}
  refuseOtherKind(served, value)
  const how = `${served.kind} in version "${served.version}" cannot be handled as a ${served.kind}`
  const wrong = typeErrors(value, node, '')
  if (wrong[0] !== undefined) throw badRequest(`${how}: ${wrong[0]}`)
  const unknown = unknownFields(value, node, '')
  const words = [
    ...unknown.map((field) => `unknown field "${field}"`),
    ...twice.map((field) => `duplicate field "${field}"`),
  ]
  if (words.length > 0 && validation === 'Strict')
    throw badRequest(`${how}: strict decoding error: ${words.join(', ')}`)
  return { body: unknown.length === 0 ? value : known(value, node), warnings: validation === 'Warn' ? words : [] }
}

function refuseOtherKind({ apiVersion, kind, version, group }: Served, value: unknown): void {
  if (!isMap(value)) return
  const said = value['kind'] ?? kind
  const words = (of: string): string => /^(?:([^./]+)[^/]*\/)?/.exec(of)?.[1] ?? ''
  if (said === kind && (value['apiVersion'] ?? apiVersion) === apiVersion) return
  const theirs = wordOf(value['apiVersion'] ?? apiVersion)
  const other = theirs.includes('/') ? `${words(theirs)}.${theirs.split('/')[1] ?? ''}` : theirs
  const ours = group === '' ? 'core' : (group.split('.')[0] ?? group)
  throw badRequest(
    `${wordOf(said)} in version "${theirs.split('/').at(-1) ?? version}" cannot be handled as a ${kind}: converting (${other}.${wordOf(said)}) to (${ours}.${kind}): unknown conversion`,
  )
}

/** Without the fields that the schema does not have. */
function known(value: unknown, node: SchemaNode): unknown {
  if (Array.isArray(value)) return value.map((one) => known(one, itemsOf(node)))
  if (!isMap(value) || (node.properties === undefined && typeof node.additionalProperties !== 'object')) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
      const inside = below(node, key)
      return inside === undefined ? [] : [[key, known(child, inside)]]
    }),
  )
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
