import type { Permission } from '../../kube/cluster.mts'
import { isMap } from '../apply/node.mts'
import { mapAt } from '../objects/setting.mts'
import type { Fields } from '../objects/setting.mts'
import { mayDo } from './identity.mts'
import type { Identity } from './identity.mts'
import { invalidValue } from '../objects/problems.mts'
import { badRequest, invalidOptions, unanswered } from './refused.mts'
import { json } from './reply.mts'
import type { Reply } from './reply.mts'

/** What the asker may do. */
export function reviewReply(user: Identity, kind: string, body: unknown, now: string): Reply {
  if (!isMap(body)) throw badRequest('the body is not a review')
  const spec = mapAt(body, 'spec')
  if (kind === 'SelfSubjectReview') return json(201, whoAmI(user, now))
  const status = kind === 'SelfSubjectAccessReview' ? access(user, spec) : rules(user, spec)
  const asked = kind === 'SelfSubjectAccessReview' ? spec : {}
  return json(201, { ...body, kind, apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec: asked, status })
}

function whoAmI({ name }: Identity, creationTimestamp: string): object {
  const userInfo = { username: name, groups: ['system:authenticated'] }
  const [apiVersion, kind] = ['authentication.k8s.io/v1', 'SelfSubjectReview']
  return { kind, apiVersion, metadata: { creationTimestamp }, status: { userInfo } }
}

function access(user: Identity, spec: Fields): object {
  if (spec['nonResourceAttributes'] !== undefined) throw unanswered('a review of nonResourceAttributes')
  if (spec['resourceAttributes'] === undefined) throw invalidOptions('', NOTHING, 'authorization.k8s.io')
  const asked = mapAt(spec, 'resourceAttributes')
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
  return { allowed }
}

const NOTHING = invalidValue(
  'spec.resourceAttributes',
  null,
  'exactly one of nonResourceAttributes or resourceAttributes must be specified',
)

function rules(user: Identity, spec: Fields): object {
  if (typeof spec['namespace'] !== 'string') throw badRequest('no namespace on request')
  const found = user.rules.filter((rule) => rule.namespace === undefined || rule.namespace === spec['namespace'])
  const resourceRules = found.map(({ namespace: _namespace, ...rule }) => rule)
  return { resourceRules, nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/version'] }], incomplete: false }
}
