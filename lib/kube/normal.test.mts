import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { normal } from './normal.mts'
import type { KubeObject } from './object.mts'

type Loose = Record<string, unknown>

function object(fields: Loose, metadata: Loose = {}, kind = 'Deployment'): KubeObject {
  const apiVersion = kind === 'Secret' || kind === 'ConfigMap' ? 'v1' : 'apps/v1'
  return { ...fields, apiVersion, kind, metadata: { name: 'x', ...metadata } }
}

function rest(found: KubeObject): Loose {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...fields } = found as unknown as Loose
  return fields
}

describe('normal()', () => {
  for (const [what, given, expected] of [
    ['drops nulls', { spec: { a: null, b: 1 } }, { spec: { b: 1 } }],
    ['drops what is undefined', { spec: { a: undefined } }, { spec: {} }],
    ['drops empty lists', { spec: { env: [], args: ['a'] } }, { spec: { args: ['a'] } }],
    ['drops an empty matchLabels', { spec: { podSelector: { matchLabels: {} } } }, { spec: { podSelector: {} } }],
    [
      'drops empty labels of a template',
      { spec: { template: { metadata: { labels: {} } } } },
      { spec: { template: { metadata: {} } } },
    ],
    ['drops the status', { status: { replicas: 1 } }, {}],
    ['keeps an emptyDir', { spec: { volumes: [{ emptyDir: {} }] } }, { spec: { volumes: [{ emptyDir: {} }] } }],
    ['keeps an empty podSelector', { spec: { podSelector: {} } }, { spec: { podSelector: {} } }],
    ['keeps an empty rule, which allows all', { spec: { ingress: [{}] } }, { spec: { ingress: [{}] } }],
    ['keeps zero, false and the empty text', { spec: { a: 0, b: false, c: '' } }, { spec: { a: 0, b: false, c: '' } }],
    [
      'keeps the order of lists',
      { spec: { env: [{ name: 'B' }, { name: 'A' }] } },
      { spec: { env: [{ name: 'B' }, { name: 'A' }] } },
    ],
  ] as const) {
    test(what, () => {
      assert.deepEqual(rest(normal(object(given))), expected)
    })
  }

  test('drops generation, empty labels and empty annotations of the metadata', () => {
    const found = normal(object({}, { generation: 3, labels: {}, annotations: {}, namespace: 'home' }))
    assert.deepEqual(found.metadata, { name: 'x', namespace: 'home' })
  })

  test('takes the keys of a ConfigMap for data, whatever they are called', () => {
    const data = { labels: 'a', status: 'b', generation: 'c', matchLabels: '' }
    assert.deepEqual(rest(normal(object({ data }, {}, 'ConfigMap'))), { data })
  })

  test('turns stringData of a Secret into data, which it goes before', () => {
    const found = normal(object({ data: { A: 'b2xk', B: 'Yg==' }, stringData: { A: 'new', C: 'ü' } }, {}, 'Secret'))
    assert.deepEqual(rest(found), { data: { A: 'bmV3', B: 'Yg==', C: 'w7w=' } })
  })

  test('leaves a Secret without data without data', () => {
    assert.deepEqual(rest(normal(object({ type: 'Opaque' }, {}, 'Secret'))), { type: 'Opaque' })
  })

  test('puts apiVersion, kind and metadata first, name and namespace first in it', () => {
    const found = normal(
      object({ spec: {}, data: {} }, { labels: { a: 'b' }, annotations: { c: 'd' }, namespace: 'home' }),
    )
    assert.deepEqual(Object.keys(found), ['apiVersion', 'kind', 'metadata', 'data', 'spec'])
    assert.deepEqual(Object.keys(found.metadata), ['name', 'namespace', 'labels', 'annotations'])
  })

  test('leaves the given object alone', () => {
    const given = object({ spec: { a: null }, status: {} })
    const before = JSON.stringify(given)
    normal(given)
    assert.equal(JSON.stringify(given), before)
  })

  test('is the normal form of itself, to the byte', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom('ConfigMap', 'Secret', 'Deployment'),
        (spec, kind) => {
          const once = normal(object({ spec }, {}, kind))
          assert.equal(JSON.stringify(normal(once)), JSON.stringify(once))
        },
      ),
    )
  })
})
