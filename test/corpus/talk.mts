import type { Manifest, Row, Step } from './row.mts'
import { OURS, named } from './row.mts'
import type { Asking } from './wire.mts'

/**
 * One request of a talk. In path and body `NAMESPACE` stands for the namespace of the talk, and `$uid`, `$version` and
 * `$continue` for what the last answer that had such a thing said.
 */
export interface Ask {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  type?: string
  accept?: string
  /** An object, or a text that is sent as it is. */
  body?: unknown
  as?: string
  /** Sent again until it is refused, or warned about: admission takes a while to see what stands before. */
  soon?: 'refused' | 'warned'
  /** Lays what is given over the last answer's body. */
  over?: Record<string, unknown>
}

/** Requests one after another in a namespace of their own; every answer is compared. */
export interface Talk {
  name: string
  asks: readonly Ask[]
  /** What is left behind that keeps the namespace from going away. */
  after?: readonly Ask[]
}

const APPLY = 'application/apply-patch+yaml'
export const MERGE = 'application/merge-patch+json'
export const STRATEGIC = 'application/strategic-merge-patch+json'

type Place = 'Namespaced' | 'Cluster'

const PLURALS: Readonly<Record<string, readonly [plural: string, place?: Place]>> = {
  Namespace: ['namespaces', 'Cluster'],
  ClusterRole: ['clusterroles', 'Cluster'],
  ClusterRoleBinding: ['clusterrolebindings', 'Cluster'],
  StorageClass: ['storageclasses', 'Cluster'],
  IngressClass: ['ingressclasses', 'Cluster'],
  Ingress: ['ingresses'],
  NetworkPolicy: ['networkpolicies'],
}

/** The path of an object, or of all of its kind without a name. */
export function pathOf(of: { apiVersion: string; kind: string }, name = '', namespace = 'NAMESPACE'): string {
  const [plural, place = 'Namespaced'] = PLURALS[of.kind] ?? [`${of.kind.toLowerCase()}s`]
  const root = of.apiVersion === 'v1' ? '/api/v1' : `/apis/${of.apiVersion}`
  const home = place === 'Cluster' ? '' : `/namespaces/${namespace}`
  return `${root}${home}/${plural}${name === '' ? '' : `/${name}`}`
}

export function get(of: Manifest, query = ''): Ask {
  return { method: 'GET', path: `${pathOf(of, of.metadata.name)}${query}` }
}

export function list(of: { apiVersion: string; kind: string }, query = ''): Ask {
  return { method: 'GET', path: `${pathOf(of)}${query}` }
}

export function post(object: Manifest, query = ''): Ask {
  const path = `${pathOf(object)}?fieldManager=${OURS}&fieldValidation=Strict${query}`
  return { method: 'POST', path, type: 'application/json', body: object }
}

export function put(object: Manifest, over: Record<string, unknown> = {}, query = ''): Ask {
  const path = `${pathOf(object, object.metadata.name)}?fieldManager=${OURS}&fieldValidation=Strict${query}`
  return { method: 'PUT', path, type: 'application/json', over }
}

export function patch(object: Manifest, body: unknown, type = MERGE, query = ''): Ask {
  const path = `${pathOf(object, object.metadata.name)}?fieldManager=${OURS}&fieldValidation=Strict${query}`
  return { method: 'PATCH', path, type, body }
}

export function ssa(object: Manifest, { manager = OURS, query = '' }: { manager?: string; query?: string } = {}): Ask {
  const namespace = object.metadata['namespace']
  const at = typeof namespace === 'string' ? namespace : 'NAMESPACE'
  const path = `${pathOf(object, object.metadata.name, at)}?fieldManager=${manager}&fieldValidation=Strict${query}`
  return { method: 'PATCH', path, type: APPLY, body: object }
}

export function remove(of: { apiVersion: string; kind: string; name: string }, body?: unknown, query = ''): Ask {
  const given = body === undefined ? {} : { type: 'application/json', body }
  return { method: 'DELETE', path: `${pathOf(of, of.name)}${query}`, ...given }
}

/** The requests of a row: the steps before it, then what it is about. */
export function talkOf({ name, before = [], act, expect, after = [] }: Row): Talk {
  const soon = 'refused' in expect && expect.soon === true ? { soon: 'refused' as const } : {}
  const last = asksOf(act)
  const asks = [...before.flatMap(asksOf), ...last.slice(0, -1), ...last.slice(-1).map((ask) => ({ ...ask, ...soon }))]
  return { name, asks, after: after.flatMap(asksOf) }
}

function asksOf(step: Step): Ask[] {
  if (step.verb === 'create') return [post(step.object)]
  if (step.verb === 'apply') return applied(step)
  const object = { ...step.ref, metadata: { name: step.ref.name } }
  if (step.verb === 'merge') return [patch(object, step.patch)]
  if (step.verb === 'replace') {
    const version = step.resourceVersion === undefined ? {} : { metadata: { resourceVersion: step.resourceVersion } }
    return [get(object), put(object, { ...step.with, ...version })]
  }
  if (step.uid === undefined) return [remove(step.ref)]
  const uid = step.uid === 'live' ? '$uid' : step.uid
  return [...(step.uid === 'live' ? [get(object)] : []), remove(step.ref, { preconditions: { uid } })]
}

function applied(step: Extract<Step, { verb: 'apply' }>): Ask[] {
  const { object, manager = OURS, force, dryRun, uid, resourceVersion } = step
  const query = `${force === true ? '&force=true' : ''}${dryRun === true ? '&dryRun=All' : ''}`
  const metadata = {
    ...object.metadata,
    ...(uid === undefined ? {} : { uid: uid === 'live' ? '$uid' : uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
  const looked = uid === 'live' ? [{ ...get(object), path: pathOf(object, named(object).name) }] : []
  return [...looked, ssa({ ...object, metadata }, { manager, query })]
}

/** The request as it is sent. */
export function spokenOf(ask: Ask, speak: (text: string) => string, last: unknown): Asking {
  const { method, path, type, accept, as, over } = ask
  const body = over === undefined ? ask.body : laidOver(last, over)
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  return { method, path: speak(path), type, accept, as, body: text === undefined ? undefined : speak(text) }
}

function laidOver(live: unknown, over: Record<string, unknown>): unknown {
  const base = live as Record<string, unknown> & { metadata?: object }
  const metadata = { ...base.metadata, ...(over['metadata'] as object | undefined) }
  return { ...base, ...over, metadata }
}
