import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { changes, flattened, sameGround } from './compare.mts'
import type { Live, ManagedFields } from './object.mts'

type Extra = Record<string, unknown>

function live(extra: Extra = {}, metadata: Extra = {}): Live {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'home', uid: 'u', resourceVersion: '1', ...metadata },
    ...extra,
  }
}

function owner(manager: string, fieldsV1: Extra, more: Partial<ManagedFields> = {}): ManagedFields {
  return { manager, operation: 'Apply', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1, ...more }
}

const env = (...names: string[]): unknown[] => names.map((name) => ({ name, value: name }))

describe('changes()', () => {
  for (const [what, before, after] of [
    ['resourceVersion', live({}, { resourceVersion: '1' }), live({}, { resourceVersion: '2' })],
    ['generation', live({}, { generation: 1 }), live({}, { generation: 2 })],
    ['the status', live({ status: { replicas: 1 } }), live({ status: { replicas: 2 } })],
    ['the order of keys', live({ spec: { a: 1, b: 2 } }), live({ spec: { b: 2, a: 1 } })],
    [
      'the time in managedFields',
      live({}, { managedFields: [owner('a', { 'f:spec': {} }, { time: '2026-01-01T00:00:00Z' })] }),
      live({}, { managedFields: [owner('a', { 'f:spec': {} }, { time: '2026-01-02T00:00:00Z' })] }),
    ],
    [
      'the order of managedFields',
      live({}, { managedFields: [owner('a', { 'f:x': {} }), owner('b', { 'f:y': {} })] }),
      live({}, { managedFields: [owner('b', { 'f:y': {} }), owner('a', { 'f:x': {} })] }),
    ],
    [
      'what a controller owns in the status',
      live(),
      live({}, { managedFields: [owner('kcm', { 'f:status': {} }, { operation: 'Update', subresource: 'status' })] }),
    ],
  ] as const) {
    test(`do not count ${what}`, () => {
      assert.deepEqual(changes(before, after), [])
    })
  }

  for (const [what, before, after, expected] of [
    ['a value', { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, [['spec.replicas', 1, 2]]],
    ['a new field', { spec: {} }, { spec: { paused: true } }, [['spec.paused', undefined, true]]],
    ['a field that goes', { spec: { paused: true } }, { spec: {} }, [['spec.paused', true, undefined]]],
    ['null for nothing', { spec: { a: null } }, { spec: {} }, [['spec.a', null, undefined]]],
    ['a text for a number', { spec: { a: 1 } }, { spec: { a: '1' } }, [['spec.a', 1, '1']]],
    ['a map for a list', { spec: { a: {} } }, { spec: { a: [] } }, [['spec.a', {}, []]]],
    ['an item by name', { env: env('A') }, { env: [{ name: 'A', value: 'x' }] }, [['env[A].value', 'A', 'x']]],
    [
      'a new item by name',
      { env: env('A') },
      { env: env('A', 'B') },
      [['env[B]', undefined, { name: 'B', value: 'B' }]],
    ],
    ['order', { env: env('A', 'B') }, { env: env('B', 'A') }, [['env', ['A', 'B'], ['B', 'A']]]],
    ['items by place', { args: ['a', 'b'] }, { args: ['a', 'c'] }, [['args[1]', 'b', 'c']]],
    ['a longer list', { args: ['a'] }, { args: ['a', 'b'] }, [['args[1]', undefined, 'b']]],
    [
      'doubled names by place',
      { env: env('A', 'A') },
      { env: env('A') },
      [['env[1]', { name: 'A', value: 'A' }, undefined]],
    ],
  ] as const) {
    test(`tell ${what}`, () => {
      const found = changes(live(before), live(after)).map(({ path, from, to }) => [path, from, to])
      assert.deepEqual(found, expected)
    })
  }

  test('tell an added item and a changed order both', () => {
    const paths = changes(live({ env: env('A', 'B') }), live({ env: env('C', 'B', 'A') })).map(({ path }) => path)
    assert.deepEqual(paths, ['env[C]', 'env'])
  })

  test('tell a field that only changes its owner', () => {
    const before = live({}, { managedFields: [owner('ours', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } })] })
    const after = live(
      {},
      {
        managedFields: [
          owner('ours', { 'f:spec': { 'f:paused': {} } }),
          owner('theirs', { 'f:spec': { 'f:replicas': {} } }),
        ],
      },
    )
    assert.deepEqual(changes(before, after), [
      { path: 'metadata.managedFields[ours Apply apps/v1]', from: ['spec.replicas'], to: [] },
      { path: 'metadata.managedFields[theirs Apply apps/v1]', from: [], to: ['spec.replicas'] },
    ])
  })

  test('tell an entry that moves to another version of the API', () => {
    const before = live({}, { managedFields: [owner('ours', { 'f:spec': {} }, { apiVersion: 'autoscaling/v1' })] })
    const after = live({}, { managedFields: [owner('ours', { 'f:spec': {} }, { apiVersion: 'autoscaling/v2' })] })
    assert.equal(changes(before, after).length, 2)
  })

  test('tell a deletion that has begun', () => {
    const paths = changes(live(), live({}, { deletionTimestamp: '2026-01-01T00:00:00Z' })).map(({ path }) => path)
    assert.deepEqual(paths, ['metadata.deletionTimestamp'])
  })

  test('of what is not there are the whole object', () => {
    const [whole, ...others] = changes(undefined, live({ spec: { replicas: 1 } }))
    assert.equal(whole?.path, '')
    assert.deepEqual(others, [])
    assert.deepEqual((whole?.to as { spec?: unknown } | undefined)?.spec, { replicas: 1 })
  })

  test("never hold a Secret's value", () => {
    const secret = (data: Extra, annotations: Extra = {}): Live => ({
      ...live({ data }, { annotations }),
      apiVersion: 'v1',
      kind: 'Secret',
    })
    const applied = 'kubectl.kubernetes.io/last-applied-configuration'
    const pairs: [Live | undefined, Live][] = [
      [secret({ A: 'b2xkc2VjcmV0' }), secret({ A: 'bmV3c2VjcmV0' })],
      [secret({ A: 'b2xkc2VjcmV0' }), secret({ B: 'bmV3c2VjcmV0' })],
      [
        secret({}, { [applied]: '{"data":{"A":"b2xkc2VjcmV0"}}' }),
        secret({}, { [applied]: '{"data":{"A":"bmV3c2VjcmV0"}}' }),
      ],
      [secret({}), { ...secret({}), data: undefined } as Live],
      [undefined, secret({ A: 'bmV3c2VjcmV0' }, { [applied]: 'b2xkc2VjcmV0' })],
    ]
    for (const [before, after] of pairs) {
      const found = changes(before, after)
      assert.ok(found.length > 0)
      assert.ok(!/b2xkc2VjcmV0|bmV3c2VjcmV0/.test(JSON.stringify(found)), JSON.stringify(found))
    }
    assert.deepEqual(changes(secret({ A: 'x' }), secret({ A: 'y' })), [{ path: 'data.A', from: '***', to: '***' }])
    assert.deepEqual(changes(secret({ A: 'x' }), secret({})), [{ path: 'data.A', from: '***', to: undefined }])
  })

  test('of an object and itself are none, and of two different ones never none', () => {
    const spec = fc.dictionary(fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(spec, spec, (one, other) => {
        assert.deepEqual(changes(live({ spec: one }), live({ spec: structuredClone(one) })), [])
        const differ = JSON.stringify(sorted(one)) !== JSON.stringify(sorted(other))
        assert.equal(changes(live({ spec: one }), live({ spec: other })).length > 0, differ)
      }),
    )
  })
})

test('sameGround() knows a dry run that stood on another state', () => {
  assert.ok(sameGround(live(), live({ spec: {} })))
  assert.ok(!sameGround(live(), live({}, { resourceVersion: '2' })))
  assert.ok(!sameGround(live(), live({}, { uid: 'other' })))
})

test('flattened() spells owned fields as paths', () => {
  const fields = {
    'f:spec': { 'f:containers': { 'k:{"name":"api"}': { '.': {}, 'f:image': {} } }, 'f:list': { 'v:"a"': {} } },
  }
  assert.deepEqual(flattened(fields, ''), [
    'spec.containers[{"name":"api"}]',
    'spec.containers[{"name":"api"}].image',
    'spec.list["a"]',
  ])
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, child]) => [key, sorted(child)])
}
