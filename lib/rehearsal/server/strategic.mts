import type { SchemaNode } from '../../kube/schema/schema.mts'
import { below, isMap, itemsOf } from '../apply/node.mts'
import type { Fields } from '../apply/node.mts'
import { badRequest, unprocessed } from './refused.mts'

// Kubernetes' own patch (apimachinery/pkg/util/strategicpatch), which kubectl diff, set, rollout restart and label send.

const DIRECTIVE = '$patch'
const RETAIN = '$retainKeys'
const ORDER = '$setElementOrder/'
const DELETE_FROM = '$deleteFromPrimitiveList/'

type Patched = SchemaNode & { 'x-kubernetes-patch-strategy'?: string; 'x-kubernetes-patch-merge-key'?: string }

/** The object under a strategic merge patch: lists that have a merge key are merged by it, others are replaced. */
export function strategicMerged(value: unknown, patch: Fields, node: SchemaNode): Fields {
  const live: Fields = isMap(value) ? { ...value } : {}
  if (patch[DIRECTIVE] === 'replace') return without(patch)
  if (patch[DIRECTIVE] === 'delete') return {}
  retain(live, patch[RETAIN])
  for (const [key, child] of Object.entries(patch)) {
    if (key === DIRECTIVE || key === RETAIN) continue
    if (key.startsWith(DELETE_FROM)) takeOut(live, key.slice(DELETE_FROM.length), child)
    else if (key.startsWith(ORDER)) keepOrder(live, key.slice(ORDER.length), child, node, patch)
    else if (key.startsWith('$')) throw badRequest(`invalid patch format of ${key.slice(1)} list`)
    else if (child === null) delete live[key]
    else if (!(`${ORDER}${key}` in patch)) live[key] = mergedField(live[key], child, below(node, key) ?? {})
  }
  return live
}

function mergedField(live: unknown, patch: unknown, node: SchemaNode): unknown {
  if (Array.isArray(patch)) return mergedList(live, patch as unknown[], node)
  return isMap(patch) ? strategicMerged(live, patch, node) : patch
}

function without(patch: Fields): Fields {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')))
}

function retain(live: Fields, kept: unknown): void {
  if (!Array.isArray(kept)) return
  for (const key of Object.keys(live)) if (!kept.includes(key)) delete live[key]
}

function takeOut(live: Fields, key: string, gone: unknown): void {
  const list = live[key]
  if (Array.isArray(list) && Array.isArray(gone)) live[key] = (list as unknown[]).filter((one) => !gone.includes(one))
}

function mergeKey(node: SchemaNode): string | undefined {
  const { 'x-kubernetes-patch-strategy': strategy = '', 'x-kubernetes-patch-merge-key': key } = node as Patched
  return strategy.includes('merge') ? (key ?? '') : undefined
}

function mergedList(value: unknown, patch: readonly unknown[], node: SchemaNode): unknown[] {
  const live = Array.isArray(value) ? (value as unknown[]) : []
  const key = mergeKey(node)
  if (key === undefined) return [...patch]
  if (key === '') return [...new Set([...live, ...patch])]
  if (patch.some((one) => isMap(one) && one[DIRECTIVE] === 'replace' && Object.keys(one).length === 1))
    return patch.filter((one) => !(isMap(one) && DIRECTIVE in one))
  const named = new Map(live.map((one) => [isMap(one) ? one[key] : undefined, one]))
  const fresh: unknown[] = []
  for (const one of patch) {
    if (!isMap(one)) continue
    const name = one[key]
    if (name === undefined) throw unprocessed(`map: ${goMap(one)} does not contain declared merge key: ${key}`)
    if (one[DIRECTIVE] === 'delete') named.delete(name)
    else if (named.has(name)) named.set(name, strategicMerged(named.get(name), one, itemsOf(node)))
    else fresh.push(without(one))
  }
  // What is new stands before what was there, unless the patch says an order.
  return [...fresh, ...named.values()]
}

/** The list in the order of the patch; what that does not name stays where it was. */
function keepOrder(live: Fields, key: string, order: unknown, node: SchemaNode, patch: Fields): void {
  const inside = below(node, key) ?? {}
  const name = mergeKey(inside) ?? ''
  const of = (one: unknown): unknown => (isMap(one) ? one[name] : one)
  const made = mergedList(live[key], (patch[key] ?? []) as unknown[], inside)
  const wanted = Array.isArray(order) ? (order as unknown[]).map(of) : []
  const place = (one: unknown): number => {
    const at = wanted.indexOf(of(one))
    return at === -1 ? wanted.length : at
  }
  live[key] = made.toSorted((a, b) => place(a) - place(b))
}

function goMap(map: Fields): string {
  const words = Object.entries(map).map(([key, value]) => `${key}:${isMap(value) ? goMap(value) : String(value)}`)
  return `map[${words.sort().join(' ')}]`
}
