import { isDeepStrictEqual } from 'node:util'
import { createHash } from 'node:crypto'
import type { Said } from './said.mts'

/** Where two servers' answers to the same requests differ: `2.body.spec.replicas`, and both values. */
export function differences(real: unknown, ours: unknown, path = ''): string[] {
  if (isDeepStrictEqual(real, ours)) return []
  if (!isObject(real) || !isObject(ours) || Array.isArray(real) !== Array.isArray(ours))
    return [`${path}: ${short(real)} on the real server, ${short(ours)} on the rehearsal`]
  const keys = new Set([...Object.keys(real), ...Object.keys(ours)])
  return [...keys].flatMap((key) => differences(real[key], ours[key], path === '' ? key : `${path}.${key}`))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 300)
}

/** What stands for an answer in the recording: an answer is some kilobytes long. */
export function digestOf(said: Said): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(said)))
    .digest('hex')
    .slice(0, 16)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([key, child]): [string, unknown] => [key, sorted(child)])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
