import { isMap } from '../apply/node.mts'
import type { Fields } from '../apply/node.mts'

export type { Fields } from '../apply/node.mts'

/** The map at a field; where there is none, an empty one that belongs to nobody. */
export function mapAt(fields: Fields, key: string): Fields {
  const found = fields[key]
  return isMap(found) ? found : {}
}

/** The map at a field, made where there is none. */
export function defaultsTo(fields: Fields, key: string, value: Fields): Fields {
  const found = fields[key]
  if (isMap(found)) return found
  fields[key] = value
  return value
}

/** Sets what is not said, but for values that are themselves unsaid. */
export function setDefaults(fields: Fields, values: Fields): void {
  for (const [key, value] of Object.entries(values))
    if (fields[key] === undefined && value !== undefined) fields[key] = value
}

/** A value as refusals quote it. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** Every map in the list at a field. */
export function eachMap(fields: Fields, key: string, act: (item: Fields, place: number) => void): void {
  for (const [place, item] of mapsAt(fields, key).entries()) act(item, place)
}

export function mapsAt(fields: Fields, key: string): Fields[] {
  const found = fields[key]
  return Array.isArray(found) ? (found as unknown[]).filter(isMap) : []
}
