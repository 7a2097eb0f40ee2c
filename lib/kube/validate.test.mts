import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RIGHT, WRONG, complaintsOf } from '../../test/corpus/errors.mts'
import { ROWS } from '../../test/corpus/run.mts'
import { placed } from '../../test/corpus/row.mts'
import type { Manifest } from '../../test/corpus/row.mts'
import { validate } from './validate.mts'

describe('validate()', () => {
  for (const [what, object, complaint] of WRONG) {
    test(`refuses ${what}`, () => {
      assert.match(complaintsOf(object), complaint)
    })
  }

  for (const object of RIGHT) {
    test(`takes a ${object.kind}`, () => {
      assert.equal(complaintsOf(object), '')
    })
  }

  // The corpus ran on a real server, which took every object of these rows: so must the offline schema.
  const taken = ROWS.filter((row) => 'plan' in row.expect && row.act.verb === 'apply')
  for (const row of taken) {
    test(`takes what the server takes: ${row.name}`, () => {
      const objects = [...(row.before ?? []), row.act].flatMap((step) => (step.verb === 'apply' ? [step.object] : []))
      for (const object of objects) assert.equal(complaintsOf(spoken(object)), '')
    })
  }

  test('tells every complaint, not the first one only', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'X' }, data: { a: 1, b: 2 }, dta: {} }
    assert.equal(validate(placed(object, 'home')).length, 4)
  })

  for (const [object, expected] of [
    [{ apiVersion: 'apps/v1', kind: 'Deploymnt' }, 'kind unknown kind "Deploymnt"; did you mean Deployment?'],
    [{ apiVersion: 'extensions/v1beta1', kind: 'Ingress' }, ''],
    [{ apiVersion: 'apps/v1beta2', kind: 'Deployment' }, 'apiVersion Deployment is of apps/v1, not of apps/v1beta2'],
    [{ apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultAuth' }, ''],
    [{ apiVersion: 'v1', kind: 'PodTemplate' }, ''],
  ] as const) {
    test(`says ${JSON.stringify(expected)} of ${object.kind} in ${object.apiVersion}`, () => {
      assert.equal(complaintsOf({ ...object, metadata: { name: 'x' } }), expected)
    })
  }

  for (const [kind, name, fits] of [
    ['ConfigMap', 'a.b-c', true],
    ['ConfigMap', 'a..b', false],
    ['ConfigMap', '-a', false],
    ['ConfigMap', 'a'.repeat(253), true],
    ['ConfigMap', 'a'.repeat(254), false],
    ['Service', 'a.b', false],
    ['Service', 'a'.repeat(63), true],
    ['Service', 'a'.repeat(64), false],
    ['ConfigMap', '', false],
  ] as const) {
    test(`${fits ? 'takes' : 'refuses'} the name ${name.slice(0, 10)} (${name.length}) for a ${kind}`, () => {
      assert.equal(complaintsOf({ apiVersion: 'v1', kind, metadata: { name } }) === '', fits)
    })
  }

  test('takes the colons in names of RBAC', () => {
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'system:x' } }
    assert.equal(complaintsOf(role), '')
  })
})

function spoken(object: Manifest): Manifest {
  return JSON.parse(JSON.stringify(object).replaceAll('NAMESPACE', 'corpus')) as Manifest
}
