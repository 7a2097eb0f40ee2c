import type { SchemaNode } from '../../kube/schema/schema.mts'
import { below, isEmpty, isMap, itemsOf } from '../apply/node.mts'
import { amountOf, canonical } from '../../kube/quantity.mts'
import { wordOf } from './setting.mts'

const QUANTITIES = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/.source

/** Go's zero values of these fields are left out; of all other flags and numbers they are kept behind a pointer. */
const NO_POINTER = new Set([
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'readOnly',
  'stdin',
  'stdinOnce',
  'tty',
  'paused',
  'minReadySeconds',
  'initialDelaySeconds',
  'publishNotReadyAddresses',
])

/** Texts whose emptiness says something. */
const EMPTY_SAYS = new Set(['storageClassName', 'ingressClassName', 'apiGroup', 'appProtocol'])

/** An object in the form in which it is kept, or why it has none: the words of Go's decoder. */
export type Form = { state: 'formed'; value: unknown } | { state: 'broken'; why: string }

class Broken extends Error {}

/** Takes nulls, empty lists and maps and zero values away and writes quantities in the one way. */
export function stored(value: unknown, node: SchemaNode): Form {
  try {
    return { state: 'formed', value: formed(value, node, '') }
  } catch (error) {
    if (error instanceof Broken) return { state: 'broken', why: error.message }
    throw error
  }
}

function formed(value: unknown, node: SchemaNode, name: string): unknown {
  if (value === null || value === undefined) return undefined
  if (Array.isArray(value)) return listed(value, node)
  if (isMap(value)) return mapped(value, node)
  if (isQuantity(node)) return quantity(value)
  if (node.format === 'byte') return base64(wordOf(value))
  if (node.format === 'date-time') return moment(wordOf(value), FINE.has(name) ? '.000000' : '')
  return isZero(value, name) ? undefined : value
}

function listed(list: readonly unknown[], node: SchemaNode): unknown {
  const kept = list.flatMap((item) => {
    const made = typeof item === 'string' && !isQuantity(itemsOf(node)) ? item : formed(item, itemsOf(node), '')
    return made === undefined ? [] : [made]
  })
  return kept.length === 0 ? undefined : kept
}

function mapped(value: Record<string, unknown>, node: SchemaNode): unknown {
  const struct = node.properties !== undefined
  const entries = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    const inside = below(node, key) ?? {}
    const made = !struct && child === '' ? child : formed(child, inside, struct ? key : '')
    return made === undefined || (!isStruct(inside) && isEmpty(made)) ? [] : [[key, made]]
  })
  return !struct && entries.length === 0 && node.type !== undefined ? undefined : Object.fromEntries(entries)
}

function isStruct(node: SchemaNode): boolean {
  return node.properties !== undefined || node.type === undefined || !isContainer(node)
}

function isContainer(node: SchemaNode): boolean {
  return node.type === 'array' || node.type === 'object'
}

function isZero(value: unknown, name: string): boolean {
  if (value === '') return name !== '' && !EMPTY_SAYS.has(name)
  return (value === false || value === 0) && NO_POINTER.has(name)
}

function isQuantity(node: SchemaNode): boolean {
  return node.oneOf?.some(({ type }) => type === 'number') === true
}

function quantity(value: unknown): string {
  if (Number.isNaN(amountOf(value)))
    throw new Broken(`quantities must match the regular expression '^${QUANTITIES.slice(1, -1)}$'`)
  return canonical(value)
}

function base64(text: string): string {
  const clean = text.replace(/[\r\n]/g, '')
  const bad = clean.search(/[^A-Za-z0-9+/=]|=(?=[^=])/)
  const padding = clean.indexOf('=')
  const at =
    bad !== -1 ? bad : clean.length % 4 === 0 ? -1 : padding === -1 ? clean.length - (clean.length % 4) : padding
  if (at !== -1) throw new Broken(`error decoding from json: illegal base64 data at input byte ${at}`)
  return clean
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** Times that are kept to the microsecond. */
const FINE = new Set(['renewTime', 'acquireTime', 'eventTime'])

function moment(text: string, fraction: string): string {
  if (!MOMENT.test(text))
    throw new Broken(
      `parsing time "${text}" as "2006-01-02T15:04:05${fraction}Z07:00": cannot parse "${text}" as "2006"`,
    )
  return text
}
