import { DeployError } from '../error.mts'
import type { ApplyOptions, Selection } from './cluster.mts'
import type { WireAnswer, WireRequest } from './http.mts'
import type { Kind, KubeObject, Live } from './object.mts'
import { query } from './paths.mts'
import { LostAnswer } from './status.mts'

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

/** The object in an answer; what was written and answered unreadably may have been done, and is to be read again. */
export function parsed<T extends KubeObject>(act: string, answer: WireAnswer, purpose: 'read' | 'write'): Live<T> {
  return (
    purpose === 'read' ? jsonOf(act, answer) : jsonOf(act, answer, (error) => new LostAnswer(act, error))
  ) as Live<T>
}

/** The JSON in an answer. A captive portal or a broken proxy answers 200 with something else: that is no bug of ours. */
export function jsonOf(act: string, { body }: WireAnswer, trouble: (error: unknown) => Error = noJson(act)): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (error) {
    throw trouble(error)
  }
}

function noJson(act: string): (error: unknown) => DeployError {
  return (cause) =>
    new DeployError({
      code: 'server-error',
      says: `Cannot ${act}: the answer is not JSON, so it is not the API server's`,
      next: 'look what stands in between, a proxy or a login page: kubectl get --raw /readyz?verbose',
      cause,
    })
}

/** "list Pod objects in reactbin" */
export function listing(verb: string, { kind }: Kind, { namespace }: Selection): string {
  return `${verb} ${kind} objects${namespace === undefined ? '' : ` in ${namespace}`}`
}

export function podPath({ namespace, name }: { namespace: string; name: string }): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`
}
