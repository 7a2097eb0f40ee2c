import type { ApplyOptions, Selection } from './cluster.mts'
import type { WireAnswer, WireRequest } from './http.mts'
import type { Kind, KubeObject, Live } from './object.mts'
import { query } from './paths.mts'

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

/** A server-side apply; as a dry run it differs in that one parameter. Twice is once, so that a lost answer is asked for again. */
export function applying(object: KubeObject, path: string, options: ApplyOptions): Asking {
  const { manager, dryRun = false, force = false, uid, resourceVersion, signal } = options
  const asked = { fieldManager: manager, fieldValidation: 'Strict', force, dryRun: dryRun ? 'All' : undefined }
  const held = { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) }
  return {
    method: 'PATCH',
    path: `${path}${query(asked)}`,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify({ ...object, metadata: { ...object.metadata, ...held } }),
    signal,
    purpose: dryRun ? 'dryRun' : 'write',
    repeatable: true,
  }
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
