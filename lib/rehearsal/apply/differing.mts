import { isDeepStrictEqual } from 'node:util'
import type { SchemaNode } from '../../kube/schema/schema.mts'
import { including, NONE } from './fields.mts'
import type { FieldSet } from './fields.mts'
import { below, elementOf, isEmpty, isMap, itemsOf, shapeOf } from './node.mts'

/** What comes, changes and goes between two states of an object, field by field. */
export interface Comparison {
  added: FieldSet
  modified: FieldSet
  removed: FieldSet
}

/** The comparison of structured-merge-diff: a map or list that comes counts itself, not only what is in it. */
export function differing(before: unknown, after: unknown, node: SchemaNode): Comparison {
  const found: Comparison = { added: NONE, modified: NONE, removed: NONE }
  walk(before, after, node, [], found)
  return found
}

function walk(before: unknown, after: unknown, node: SchemaNode, path: readonly string[], found: Comparison): void {
  if (before === undefined && after === undefined) return
  const shape = shapeOf(node)
  if (shape === 'scalar' || shape === 'atomic' || (isEmpty(before) && isEmpty(after)))
    return leaf(before, after, path, found)
  if (shape === 'list') listItems(before, after, node, path, found)
  else mapItems(before, after, node, path, found)
  if (path.length === 0) return
  if (before === undefined) found.added = including(found.added, path)
  else if (after === undefined) found.removed = including(found.removed, path)
}

function leaf(before: unknown, after: unknown, path: readonly string[], found: Comparison): void {
  if (path.length === 0) return
  if (before === undefined) found.added = including(found.added, path)
  else if (after === undefined) found.removed = including(found.removed, path)
  else if (!isDeepStrictEqual(before, after)) found.modified = including(found.modified, path)
}

function mapItems(before: unknown, after: unknown, node: SchemaNode, path: readonly string[], found: Comparison): void {
  const [from, to] = [isMap(before) ? before : {}, isMap(after) ? after : {}]
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)]))
    walk(from[key], to[key], below(node, key) ?? {}, [...path, `f:${key}`], found)
}

function listItems(
  before: unknown,
  after: unknown,
  node: SchemaNode,
  path: readonly string[],
  found: Comparison,
): void {
  const [from, to] = [indexed(before, node), indexed(after, node)]
  for (const element of new Set([...from.keys(), ...to.keys()]))
    walk(from.get(element), to.get(element), itemsOf(node), [...path, element], found)
}

function indexed(value: unknown, node: SchemaNode): Map<string, unknown> {
  const items = Array.isArray(value) ? (value as unknown[]) : []
  const named = Map.groupBy(items, (item) => elementOf(node, item))
  // Nobody owns items that stand twice.
  return new Map(
    [...named].flatMap(([element, [only, again]]): [string, unknown][] =>
      element === undefined || again !== undefined ? [] : [[element, only]],
    ),
  )
}
