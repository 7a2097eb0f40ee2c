import type { Permission } from '../../kube/cluster.mts'
import { isMap } from '../apply/node.mts'
import { mapAt } from '../objects/setting.mts'
import type { Fields } from '../objects/setting.mts'
import { mayDo } from './identity.mts'
import type { Identity } from './identity.mts'
import { badRequest, unanswered } from './refused.mts'
import { json } from './reply.mts'
import type { Reply } from './reply.mts'

/** What the asker may do. */
export function reviewReply(user: Identity, kind: string, body: unknown): Reply {
  if (!isMap(body)) throw badRequest('the body is not a review')
  const spec = mapAt(body, 'spec')
  const status = kind === 'SelfSubjectAccessReview' ? access(user, spec) : rules(user, spec)
  return json(201, { ...body, kind, apiVersion: 'authorization.k8s.io/v1', metadata: {}, status })
}

function access(user: Identity, spec: Fields): object {
  const asked = mapAt(spec, 'resourceAttributes')
  if (typeof asked['verb'] !== 'string') throw unanswered('a review of other than resourceAttributes')
  const text = (key: string): string | undefined => {
    const value = asked[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const { verb, resource, ...maybe } = {
    verb: text('verb') ?? '',
    resource: text('resource') ?? '',
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
  }
  const named = Object.fromEntries(Object.entries(maybe).filter(([, value]) => value !== undefined))
  const permission: Permission = { verb, resource, group: text('group') ?? '', ...named }
  const allowed = mayDo(user, permission)
  return { allowed, ...(allowed ? { reason: 'RBAC: allowed' } : {}) }
}

function rules(user: Identity, spec: Fields): object {
  const found = user.rules.filter((rule) => rule.namespace === undefined || rule.namespace === spec['namespace'])
  const resourceRules = found.map(({ namespace: _namespace, ...rule }) => rule)
  return { resourceRules, nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/version'] }], incomplete: false }
}
