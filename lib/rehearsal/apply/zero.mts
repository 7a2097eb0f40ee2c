import type { SchemaNode } from '../../kube/schema/schema.mts'
import { below, isMap, shapeOf } from './node.mts'
import type { Fields } from './node.mts'

/**
 * Fields that Go keeps as plain structs: they are there in an object that has nothing yet, so that whoever fills them
 * owns what is in them and not the struct itself.
 */
const PLAIN = new Set([
  'metadata',
  'spec',
  'status',
  'template',
  'strategy',
  'updateStrategy',
  'podSelector',
  'jobTemplate',
  'scaleTargetRef',
  'roleRef',
  'involvedObject',
  'source',
  'resources',
])

/** As much of such an empty object as this one fills. */
export function zeroOf(value: unknown, node: SchemaNode): Fields {
  if (!isMap(value) || shapeOf(node) !== 'struct') return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
      if (key === 'containers') return [[key, null]]
      return PLAIN.has(key) && isMap(child) ? [[key, zeroOf(child, below(node, key) ?? {})]] : []
    }),
  )
}
