import type { Selection } from './cluster.mts'
import type { WireAnswer, WireRequest } from './http.mts'
import type { Kind, KubeObject, Live } from './object.mts'

/** A request before it is given its words. */
export type Asking = Omit<WireRequest, 'act' | 'purpose' | 'repeatable'> &
  Partial<Pick<WireRequest, 'purpose' | 'repeatable'>>

/** Unknown fields are refused rather than dropped. */
export const STRICT = '?fieldValidation=Strict'

/** Bytes of a log's tail that are worth an operator's screen. */
export const LOG_BYTES = 256 * 1024

export function reading(path: string): { method: 'GET'; path: string; purpose: 'read'; repeatable: true } {
  return { method: 'GET', path, purpose: 'read', repeatable: true }
}

/** A write of JSON, sent once unless the caller says that twice does no harm. */
export function writing(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body: unknown): Asking {
  const headers = { 'content-type': 'application/json' }
  return { method, path, headers, body: JSON.stringify(body), purpose: 'write', repeatable: false }
}

export function parsed<T extends KubeObject>(answer: WireAnswer): Live<T> {
  return JSON.parse(answer.body.toString()) as Live<T>
}

/** "list Pod objects in reactbin" */
export function listing(verb: string, { kind }: Kind, { namespace }: Selection): string {
  return `${verb} ${kind} objects${namespace === undefined ? '' : ` in ${namespace}`}`
}

export function podPath({ namespace, name }: { namespace: string; name: string }): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`
}
