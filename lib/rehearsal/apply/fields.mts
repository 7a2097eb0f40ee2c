import { below, isMap, itemsOf } from './node.mts'
import type { SchemaNode } from '../../kube/schema/schema.mts'

/** A set of fields as a tree: which of them belong to it, by the path elements of managedFields (`f:spec`, `k:{…}`). */
export interface FieldSet {
  readonly member: boolean
  readonly children: ReadonlyMap<string, FieldSet>
}

export const NONE: FieldSet = { member: false, children: new Map() }

export function isNone(set: FieldSet): boolean {
  return !set.member && set.children.size === 0
}

/** The set with one more path. */
export function including(set: FieldSet, path: readonly string[]): FieldSet {
  const [first, ...rest] = path
  if (first === undefined) return { ...set, member: true }
  const children = new Map(set.children)
  children.set(first, including(set.children.get(first) ?? NONE, rest))
  return { ...set, children }
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map(a.children)
  for (const [key, child] of b.children) children.set(key, union(children.get(key) ?? NONE, child))
  return { member: a.member || b.member, children }
}

export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combined(a, b, (own, other) => own && !other)
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combined(a, b, (own, other) => own && other)
}

function combined(a: FieldSet, b: FieldSet, keep: (own: boolean, other: boolean) => boolean): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const [key, child] of a.children) {
    const made = combined(child, b.children.get(key) ?? NONE, keep)
    if (!isNone(made)) children.set(key, made)
  }
  return { member: keep(a.member, b.member), children }
}

/** The set without everything at and below these paths. */
export function without(set: FieldSet, paths: readonly (readonly string[])[]): FieldSet {
  return paths.reduce<FieldSet>(cutAt, set)
}

function cutAt(set: FieldSet, [first, ...rest]: readonly string[]): FieldSet {
  const found = first === undefined ? undefined : set.children.get(first)
  if (first === undefined || found === undefined) return set
  const children = new Map(set.children)
  const left = rest.length === 0 ? NONE : cutAt(found, rest)
  if (isNone(left)) children.delete(first)
  else children.set(first, left)
  return { ...set, children }
}

/** The set with each declared field that has members below it: without them no parent could ever be taken away. */
export function withParents(set: FieldSet, node: SchemaNode): FieldSet {
  const children = [...set.children].map(([key, child]): [string, FieldSet] => {
    const declared = key.startsWith('f:') && node.properties?.[key.slice(2)] !== undefined
    const made = withParents(child, beneath(node, key))
    return [key, declared && child.children.size > 0 ? { ...made, member: true } : made]
  })
  return { member: set.member, children: new Map(children) }
}

function beneath(node: SchemaNode, key: string): SchemaNode {
  return key.startsWith('f:') ? (below(node, key.slice(2)) ?? {}) : itemsOf(node)
}

/** Every path, in the order of their words. */
export function pathsOf(set: FieldSet, path: readonly string[] = []): string[][] {
  const own = set.member && path.length > 0 ? [[...path]] : []
  const inside = [...set.children].sort(byKey).flatMap(([key, child]) => pathsOf(child, [...path, key]))
  return [...own, ...inside]
}

/** `.spec.template.spec.containers[name="web"].image` */
export function spoken(path: readonly string[]): string {
  return path.map(elementWords).join('')
}

function elementWords(element: string): string {
  const word = element.slice(2)
  if (element.startsWith('f:')) return `.${word}`
  if (element.startsWith('v:')) return `[=${word}]`
  const keys = Object.entries(JSON.parse(word) as Record<string, unknown>)
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
}

/** As managedFields write it. */
export function toFieldsV1(set: FieldSet): Record<string, unknown> {
  const own: [string, unknown][] = set.member && set.children.size > 0 ? [['.', {}]] : []
  const children = [...set.children].sort(byKey).map(([key, child]): [string, unknown] => [key, toFieldsV1(child)])
  return Object.fromEntries([...own, ...children])
}

export function fromFieldsV1(fields: Readonly<Record<string, unknown>>, root = true): FieldSet {
  const entries = Object.entries(fields).filter(([key]) => key !== '.')
  const children = entries.map(([key, child]): [string, FieldSet] => [
    key,
    fromFieldsV1(isMap(child) ? child : {}, false),
  ])
  return { member: !root && (entries.length === 0 || '.' in fields), children: new Map(children) }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
