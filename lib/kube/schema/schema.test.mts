import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { emitJson, emitTypes } from './emit.mts'
import { KINDS } from './kinds.mts'
import type { Schema } from './schema.mts'
import { trim } from './trim.mts'
import type { OpenApi } from './trim.mts'

const HERE = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
const SCHEMA = JSON.parse(HERE('schema.json')) as Schema

test('types.mts is what emitTypes() makes of schema.json', () => {
  assert.equal(emitTypes(SCHEMA), HERE('types.mts'))
})

test('schema.json is what emitJson() makes of itself, so that its order is stable', () => {
  assert.equal(emitJson(SCHEMA), HERE('schema.json'))
})

test('schema.json has every kind of KINDS and every definition that one refers to', () => {
  const wanted = Object.entries(KINDS).flatMap(([version, kinds]) => kinds.map((kind) => `${version}/${kind}`))
  assert.deepEqual(Object.keys(SCHEMA.kinds).sort(), wanted.sort())
  const refs = [...HERE('schema.json').matchAll(/"#\/definitions\/(\w+)"/g)].map(([, name = '']) => name)
  for (const name of refs) assert.ok(name in SCHEMA.definitions, name)
})

test('schema.json has no words of Kubernetes in it', () => {
  assert.ok(!HERE('schema.json').includes('"description"'))
})

test('schema.json keeps the keys of lists', () => {
  const ports = SCHEMA.definitions['Container']?.properties?.['ports']
  assert.deepEqual(ports?.['x-kubernetes-list-map-keys'], ['containerPort', 'protocol'])
})

test('trim() follows references, unwraps allOf, leaves words out and gives two names of one word apart', () => {
  const ref = (name: string): { allOf: { $ref: string }[] } => ({ allOf: [{ $ref: `#/components/schemas/${name}` }] })
  const root = (group: string, kind: string, fields: object): object => ({
    type: 'object',
    description: 'words',
    properties: fields,
    'x-kubernetes-group-version-kind': [{ group, version: 'v1', kind }],
  })
  const kinds = (apiVersion: string): Record<string, object> => {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
    const named = (KINDS[apiVersion] ?? []).map((kind): [string, object] => [
      `io.k8s.api.${group.split('.')[0] || 'core'}.v1.${kind}`,
      root(group, kind, { spec: ref(`io.k8s.api.${group.split('.')[0] || 'core'}.v1.Spec`) }),
    ])
    return Object.fromEntries(named)
  }
  const versions = ['v1', 'apps/v1']
  const spec = { type: 'object', properties: { a: { type: 'string', description: 'words', default: '' } } }
  const document = (version: string, name: string): OpenApi =>
    ({ components: { schemas: { ...kinds(version), [name]: spec, unused: spec } } }) as OpenApi
  const documents = new Map(versions.map((version) => [version, document(version, `io.k8s.api.${version === 'v1' ? 'core' : 'apps'}.v1.Spec`)]))
  const trimmed = trim(documents, 'v0')
  assert.deepEqual(trimmed.definitions['Spec'], { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false })
  assert.ok('CoreV1Spec' in trimmed.definitions)
  assert.ok(!('unused' in trimmed.definitions))
  assert.deepEqual(trimmed.definitions['Pod']?.properties?.['spec'], { $ref: '#/definitions/CoreV1Spec' })
})

test('trim() refuses a server that does not describe a kind', () => {
  const empty: OpenApi = { components: { schemas: {} } }
  assert.throws(() => trim(new Map([['v1', empty]]), 'v0'), /does not describe v1 ConfigMap/)
})
