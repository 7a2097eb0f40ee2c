import type { Permission } from './cluster.mts'
import type { ResourceRule, SelfSubjectAccessReview, SelfSubjectRulesReview } from './schema/types.mts'

/** Asks the server for one review; undefined where it may not be asked. */
export type AskReview = <T>(
  kind: 'SelfSubjectAccessReview' | 'SelfSubjectRulesReview',
  spec: object,
) => Promise<T | undefined>

export interface Permissions {
  missing: Permission[]
  unknown: Permission[]
}

/**
 * Which of the wanted rights the user lacks: one rules review a namespace, and a review of its own for what is not of
 * a namespace or what an incomplete answer leaves open.
 */
export async function missingPermissions(wanted: readonly Permission[], ask: AskReview): Promise<Permissions> {
  const namespaces = Map.groupBy(wanted, (permission) => permission.namespace)
  const parts = await Promise.all(
    [...namespaces].map(([namespace, group]) =>
      namespace === undefined ? oneByOne(group, ask) : byRules(namespace, group, ask),
    ),
  )
  return { missing: parts.flatMap((part) => part.missing), unknown: parts.flatMap((part) => part.unknown) }
}

async function byRules(namespace: string, wanted: readonly Permission[], ask: AskReview): Promise<Permissions> {
  const review = await ask<SelfSubjectRulesReview>('SelfSubjectRulesReview', { namespace })
  const open = wanted.filter(
    (permission) => !(review?.status?.resourceRules ?? []).some((rule) => allows(rule, permission)),
  )
  if (open.length === 0 || review?.status?.incomplete === false) return { missing: open, unknown: [] }
  return oneByOne(open, ask)
}

async function oneByOne(wanted: readonly Permission[], ask: AskReview): Promise<Permissions> {
  const answers = await Promise.all(
    wanted.map(async (permission) => {
      const { namespace, verb, group, resource, subresource, name } = permission
      const resourceAttributes = { namespace, verb, group, resource, subresource, name }
      const review = await ask<SelfSubjectAccessReview>('SelfSubjectAccessReview', { resourceAttributes })
      return { permission, verdict: verdictOf(review) }
    }),
  )
  const of = (verdict: string): Permission[] =>
    answers.filter((one) => one.verdict === verdict).map((one) => one.permission)
  return { missing: of('missing'), unknown: of('unknown') }
}

function verdictOf(review: SelfSubjectAccessReview | undefined): 'allowed' | 'missing' | 'unknown' {
  if (review?.status === undefined) return 'unknown'
  if (review.status.allowed) return 'allowed'
  const failed = (review.status.evaluationError ?? '') !== '' && review.status.denied !== true
  return failed ? 'unknown' : 'missing'
}

/** Whether an RBAC rule grants the permission (`*` and `resource/subresource` as RBAC reads them). */
export function allows(rule: ResourceRule, { verb, group, resource, subresource, name }: Permission): boolean {
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`
  const names = rule.resourceNames ?? []
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups ?? [], group) &&
    (has(rule.resources ?? [], whole) ||
      (subresource !== undefined && (rule.resources ?? []).includes(`*/${subresource}`))) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  )
}

function has(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted)
}
