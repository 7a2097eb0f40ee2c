import type { SchemaNode } from '../../kube/schema/schema.mts'
import { NONE } from './fields.mts'
import type { FieldSet } from './fields.mts'
import { below, elementOf, isEmpty, isMap, itemsOf, shapeOf } from './node.mts'

/** The live value with the applied one laid over it: maps and keyed lists are merged, all else is replaced. */
export function merged(live: unknown, applied: unknown, node: SchemaNode): unknown {
  if (applied === undefined) return live
  if (live === undefined) return applied
  const shape = shapeOf(node)
  if (shape === 'scalar' || shape === 'atomic' || (isEmpty(live) && isEmpty(applied))) return applied
  if (shape === 'list') return mergedList(listOf(live), listOf(applied), node)
  const [from, over] = [mapOf(live), mapOf(applied)]
  const keys = [...new Set([...Object.keys(from), ...Object.keys(over)])]
  return Object.fromEntries(keys.map((key) => [key, merged(from[key], over[key], below(node, key) ?? {})]))
}

/** The order is that of the manifest; what only the live list has stays where it stood among its neighbours. */
function mergedList(live: readonly unknown[], applied: readonly unknown[], node: SchemaNode): unknown[] {
  const [left, right] = [keyed(live, node), keyed(applied, node)]
  const inRight = new Map(right)
  const inLeft = new Map(left)
  const shared = right.map(([key]) => key).filter((key) => inLeft.has(key))
  const taken = new Set<string>()
  const out: unknown[] = []
  const take = (key: string): void => {
    taken.add(key)
    out.push(merged(inLeft.get(key), inRight.get(key), itemsOf(node)))
    if (shared[0] === key) shared.shift()
  }
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const [mine] = left[l] ?? []
    const [theirs] = right[r] ?? []
    if (mine !== undefined && theirs !== undefined) {
      if (mine === theirs) {
        take(mine)
        l += 1
        r += 1
        continue
      }
      if (inRight.has(mine) && shared[0] !== undefined && shared[0] !== mine) {
        l += 1
        continue
      }
    }
    if (mine !== undefined && !inRight.has(mine)) {
      out.push(left[l]?.[1])
      l += 1
      continue
    }
    if (mine !== undefined && taken.has(mine)) l += 1
    if (theirs !== undefined) {
      take(theirs)
      r += 1
    }
  }
  return out
}

/** The value without what the set names, at any depth; undefined where nothing is left of a map or list. */
export function removing(value: unknown, gone: FieldSet, node: SchemaNode): unknown {
  const shape = shapeOf(node)
  if (shape === 'scalar' || shape === 'atomic') return value
  if (shape === 'list') return Array.isArray(value) ? removingItems(value, gone, node) : undefined
  return isMap(value) ? removingFields(value, gone, node) : undefined
}

function removingItems(list: readonly unknown[], gone: FieldSet, node: SchemaNode): unknown {
  const left = list.flatMap((item) => {
    const found = gone.children.get(elementOf(node, item) ?? '') ?? NONE
    if (found.member) return []
    return [found.children.size === 0 ? item : removing(item, found, itemsOf(node))]
  })
  return left.length === 0 ? undefined : left
}

function removingFields(value: Record<string, unknown>, gone: FieldSet, node: SchemaNode): unknown {
  const left = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    const found = gone.children.get(`f:${key}`) ?? NONE
    if (found.member) return []
    return [[key, found.children.size === 0 ? child : removing(child, found, below(node, key) ?? {})]]
  })
  const kept = left.filter(([, child]) => child !== undefined)
  return kept.length === 0 && left.length < Object.keys(value).length ? undefined : Object.fromEntries(kept)
}

function keyed(list: readonly unknown[], node: SchemaNode): [string, unknown][] {
  return list.map((item, place): [string, unknown] => [elementOf(node, item) ?? `#${place}`, item])
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

function mapOf(value: unknown): Record<string, unknown> {
  return isMap(value) ? value : {}
}
