import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allows, missingPermissions } from './permissions.mts'
import type { AskReview } from './permissions.mts'

const PATCH = { verb: 'patch', group: 'apps', resource: 'deployments' }

for (const [expected, rule, permission] of [
  [true, { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, PATCH],
  [true, { verbs: ['get', 'patch'], apiGroups: ['apps'], resources: ['deployments'] }, PATCH],
  [false, { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'] }, PATCH],
  [false, { verbs: ['patch'], apiGroups: [''], resources: ['deployments'] }, PATCH],
  [false, { verbs: ['patch'], apiGroups: ['apps'], resources: ['statefulsets'] }, PATCH],
  [false, { verbs: ['patch'] }, PATCH],
  [false, { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments/scale'] }, PATCH],
  [false, { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'] }, { ...PATCH, subresource: 'scale' }],
  [
    true,
    { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments/scale'] },
    { ...PATCH, subresource: 'scale' },
  ],
  [true, { verbs: ['patch'], apiGroups: ['apps'], resources: ['*/scale'] }, { ...PATCH, subresource: 'scale' }],
  [false, { verbs: ['patch'], apiGroups: ['apps'], resources: ['*'], resourceNames: ['api'] }, PATCH],
  [
    true,
    { verbs: ['patch'], apiGroups: ['apps'], resources: ['*'], resourceNames: ['api'] },
    { ...PATCH, name: 'api' },
  ],
  [
    false,
    { verbs: ['patch'], apiGroups: ['apps'], resources: ['*'], resourceNames: ['api'] },
    { ...PATCH, name: 'ui' },
  ],
] as const) {
  test(`allows() says ${expected} for ${JSON.stringify(permission)} by ${JSON.stringify(rule)}`, () => {
    const copied = JSON.parse(JSON.stringify(rule)) as Parameters<typeof allows>[0]
    assert.equal(allows(copied, permission), expected)
  })
}

function asking(answers: Record<string, unknown>): { ask: AskReview; kinds: string[] } {
  const kinds: string[] = []
  const ask = ((kind: string) => {
    kinds.push(kind)
    return Promise.resolve(answers[kind] === undefined ? undefined : { status: answers[kind] })
  }) as AskReview
  return { ask, kinds }
}

test('missingPermissions() asks one by one where the rules are incomplete', async () => {
  const rules = { incomplete: true, resourceRules: [] }
  const { ask, kinds } = asking({ SelfSubjectRulesReview: rules, SelfSubjectAccessReview: { allowed: true } })
  assert.deepEqual(await missingPermissions([{ ...PATCH, namespace: 'home' }], ask), { missing: [], unknown: [] })
  assert.deepEqual(kinds, ['SelfSubjectRulesReview', 'SelfSubjectAccessReview'])
})

test('missingPermissions() asks for cluster-scoped rights by themselves', async () => {
  const { ask, kinds } = asking({ SelfSubjectAccessReview: { allowed: false, reason: 'no' } })
  assert.deepEqual(await missingPermissions([PATCH], ask), { missing: [PATCH], unknown: [] })
  assert.deepEqual(kinds, ['SelfSubjectAccessReview'])
})

test('missingPermissions() does not take an authorizer that failed for a no', async () => {
  const { ask } = asking({ SelfSubjectAccessReview: { allowed: false, evaluationError: 'webhook timed out' } })
  assert.deepEqual(await missingPermissions([PATCH], ask), { missing: [], unknown: [PATCH] })
})
