import { SERVED } from '../objects/served.mts'
import type { Served } from '../objects/served.mts'

/** What a path asks about. */
export type Route =
  | { about: 'objects'; served: Served; namespace?: string }
  | { about: 'object'; served: Served; namespace?: string; name: string; subresource?: string; rest: string }
  | { about: 'review'; kind: string }
  | { about: 'server'; path: string }
  | { about: 'nothing' }

const REVIEWS: Readonly<Record<string, string>> = {
  selfsubjectaccessreviews: 'SelfSubjectAccessReview',
  selfsubjectrulesreviews: 'SelfSubjectRulesReview',
}

/** Reads a request's path, query left out. */
export function routeOf(path: string): Route {
  const [, root, ...parts] = path.split('/').map((part) => decodeURIComponent(part))
  if (root === 'api' && parts.length > 1) return within('', parts[0] ?? '', parts.slice(1))
  if (root === 'apis' && parts.length > 2) return within(parts[0] ?? '', parts[1] ?? '', parts.slice(2))
  return { about: 'server', path }
}

function within(group: string, version: string, parts: readonly string[]): Route {
  const review = group === 'authorization.k8s.io' && version === 'v1' ? REVIEWS[parts[0] ?? ''] : undefined
  if (review !== undefined) return { about: 'review', kind: review }
  const find = (plural: string | undefined): Served | undefined =>
    SERVED.find((one) => one.group === group && one.version === version && one.plural === plural)
  const [first, namespace, plural, ...rest] = parts
  const inside = first === 'namespaces' && plural !== undefined ? find(plural) : undefined
  if (inside !== undefined && namespace !== undefined)
    return inside.scope === 'Namespaced' ? target(inside, rest, namespace) : { about: 'nothing' }
  const served = find(first)
  return served === undefined ? { about: 'nothing' } : target(served, parts.slice(1), undefined)
}

function target(served: Served, parts: readonly string[], namespace: string | undefined): Route {
  const [name, subresource, ...rest] = parts
  const place = namespace === undefined ? {} : { namespace }
  if (name === undefined || name === '') return { about: 'objects', served, ...place }
  if (served.scope === 'Namespaced' && namespace === undefined) return { about: 'nothing' }
  const below = subresource === undefined ? {} : { subresource }
  return { about: 'object', served, ...place, name, ...below, rest: rest.join('/') }
}
