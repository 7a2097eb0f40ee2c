import type { IncomingMessage } from 'node:http'
import type { ResourceRule } from '../../kube/schema/types.mts'
import type { Permission } from '../../kube/cluster.mts'
import { allows } from '../../kube/permissions.mts'
import type { Served } from '../objects/served.mts'
import { forbidden, Refused } from './refused.mts'

/** Who may come in, by bearer token, and what they may do. */
export interface Identity {
  token: string
  name: string
  rules: readonly Rule[]
}

/** A right everywhere, or in one namespace. */
export interface Rule extends ResourceRule {
  namespace?: string
}

/** Whoever the operator's own kubeconfig names on a cluster of their own. */
export const OPERATOR: Identity = {
  token: 'rehearsal',
  name: 'operator',
  rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
}

/** The user that a request's token names; 401 where it names none. */
export function userOf(request: IncomingMessage, identities: readonly Identity[]): Identity {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  const found = identities.find((identity) => identity.token === token)
  if (found === undefined) throw new Refused({ status: 401, reason: 'Unauthorized', message: 'Unauthorized' })
  return found
}

/** What a request on a resource needs. */
export interface Wanted {
  verb: string
  served: Served
  namespace: string | undefined
  name: string | undefined
  subresource: string | undefined
}

/** 403 in the words of the server's authorizer where the user lacks the right. */
export function authorize(user: Identity, { verb, served, namespace, name, subresource }: Wanted): void {
  const { group, plural: resource } = served
  // A namespace is in itself, for whoever may see into it.
  const place = served.kind === 'Namespace' ? name : namespace
  const permission = { verb, group, resource, ...only({ subresource, namespace: place, name }) }
  if (mayDo(user, permission)) return
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`
  const where = place === undefined ? 'at the cluster scope' : `in the namespace "${place}"`
  const why = `User "${user.name}" cannot ${verb} resource "${whole}" in API group "${group}" ${where}`
  throw forbidden(served, name, why)
}

export function mayDo(user: Identity, permission: Permission): boolean {
  return user.rules.some(
    (rule) => (rule.namespace === undefined || rule.namespace === permission.namespace) && allows(rule, permission),
  )
}

function only<T extends Record<string, string | undefined>>(fields: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string
  }
}
