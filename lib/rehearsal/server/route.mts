import { SERVED } from '../objects/served.mts'
import type { Served } from '../objects/served.mts'

/** What a path asks about. */
export type Route =
  | { about: 'objects'; served: Served; namespace?: string }
  | { about: 'object'; served: Served; namespace?: string; name: string; subresource?: string; rest: string }
  | { about: 'review'; kind: string }
  | { about: 'server'; path: string }
  /** Not of a group that is served. */
  | { about: 'nothing' }
  /** Of such a group, but not of what it has. */
  | { about: 'no-resource' }

const REVIEWS: Readonly<Record<string, string>> = {
  selfsubjectaccessreviews: 'SelfSubjectAccessReview',
  selfsubjectrulesreviews: 'SelfSubjectRulesReview',
  selfsubjectreviews: 'SelfSubjectReview',
}

const REVIEW_GROUPS: Readonly<Record<string, string>> = {
  selfsubjectaccessreviews: 'authorization.k8s.io',
  selfsubjectrulesreviews: 'authorization.k8s.io',
  selfsubjectreviews: 'authentication.k8s.io',
}

const GROUPS = new Set([...SERVED.map(({ group }) => group), 'authorization.k8s.io', 'authentication.k8s.io'])
const OF_NAMESPACES = new Set(['status', 'finalize'])

/** Reads a request's path, query left out. */
export function routeOf(path: string): Route {
  const [, root, ...parts] = path.split('/').map((part) => decodeURIComponent(part))
  if (root === 'api' && parts.length > 1) return within('', parts[0] ?? '', parts.slice(1))
  if (root === 'apis' && parts.length > 2) return within(parts[0] ?? '', parts[1] ?? '', parts.slice(2))
  return { about: 'server', path }
}

function within(group: string, version: string, parts: readonly string[]): Route {
  const review = version === 'v1' && group === REVIEW_GROUPS[parts[0] ?? ''] ? REVIEWS[parts[0] ?? ''] : undefined
  if (review !== undefined) return { about: 'review', kind: review }
  const unknown = { about: GROUPS.has(group) ? 'no-resource' : 'nothing' } as const
  const find = (plural: string | undefined): Served | undefined =>
    SERVED.find((one) => one.group === group && one.version === version && one.plural === plural)
  const [first, namespace, plural, ...rest] = parts
  const inside = first === 'namespaces' && plural !== undefined ? find(plural) : undefined
  if (inside !== undefined && namespace !== undefined)
    return inside.scope === 'Namespaced' ? target(inside, rest, namespace) : unknown
  const served = first === 'namespaces' && plural !== undefined && !OF_NAMESPACES.has(plural) ? undefined : find(first)
  return served === undefined ? unknown : target(served, parts.slice(1), undefined)
}

function target(served: Served, parts: readonly string[], namespace: string | undefined): Route {
  const [name, subresource, ...rest] = parts
  const place = namespace === undefined ? {} : { namespace }
  if (name === undefined || name === '') return { about: 'objects', served, ...place }
  if (served.scope === 'Namespaced' && namespace === undefined) return { about: 'no-resource' }
  const below = subresource === undefined ? {} : { subresource }
  return { about: 'object', served, ...place, name, ...below, rest: rest.join('/') }
}
