import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { documentsOf } from '../../lib/stacks/yaml/documents.mts'
import { manifestsOf } from '../../lib/stacks/yaml/manifest.mts'
import { refused } from './plain.mts'

function valuesOf(text: string): unknown[] {
  return documentsOf({ name: 'a.yaml', text }).map(({ value }) => value)
}

function objectsOf(text: string): unknown[] {
  return manifestsOf([{ name: 'a.yaml', text }]).map(({ object }) => object)
}

const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n'

suite('documentsOf()', () => {
  // [as it is written, as kubectl sends it]
  for (const [written, sent] of [
    ['yes', true],
    ['on', true],
    ['n', false],
    ['"no"', 'no'],
    ['0400', 256],
    ['0x1F', 31],
    ['1_000', 1000],
    ['12:30:45', '12:30:45'],
    ['22:22', '22:22'],
    ['2026-11-21', '2026-11-21'],
    ['1.10', 1.1],
    ['"1.10"', '1.10'],
    ['!!str 5', '5'],
  ] as const)
    test(`documentsOf() reads ${written} as kubectl does`, () => {
      assert.deepEqual(valuesOf(`a: ${written}\n`), [{ a: sent }])
    })

  test('documentsOf() leaves empty documents and nulls out, and follows anchors and merge keys', () => {
    assert.deepEqual(valuesOf('# nothing\n---\n---\na: ~\nb: 1\n---\n'), [{ b: 1 }])
    assert.deepEqual(valuesOf('k: &k {a: 1}\nl: {<<: *k, b: 2}\n'), [{ k: { a: 1 }, l: { a: 1, b: 2 } }])
  })

  test('documentsOf() reads JSON, indented with tabs too', () => {
    assert.deepEqual(valuesOf('{\n\t"a": [\n\t\t1\n\t]\n}\n'), [{ a: [1] }])
  })

  test('documentsOf() gives each document the line where it begins', () => {
    const read = documentsOf({ name: 'k8s/a.yaml', text: '# words\na: 1\n---\n\nb: 2\n' })
    assert.deepEqual(
      read.map(({ at }) => at),
      ['k8s/a.yaml:2', 'k8s/a.yaml:5'],
    )
  })

  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
  for (let at = 1; at < 9; at += 1) {
    const before = 'abcdefghi'[at - 1] ?? ''
    const here = 'abcdefghi'[at] ?? ''
    bomb.push(`${here}: &${here} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`)
  }
  for (const [what, text, words] of [
    ['a tab', 'a:\n\tb: 1\n', /a\.yaml:2: Tabs .*→ indent with spaces/],
    ['a key that stands twice', 'a: 1\nb: 2\na: 3\n', /a\.yaml:3: Map keys must be unique → take one of them away/],
    ['a template', 'a: {{ .Values.a }}\n', /a\.yaml:1: .*helm template/],
    ['bytes', 'a\0b', /not text in UTF-8/],
    ['what was no UTF-8', '\uFFFDPNG', /not text in UTF-8/],
    ['aliases that multiply', bomb.join('\n'), /a\.yaml:1: .*alias/],
    ['an alias to nothing', 'a: *b\n', /a\.yaml:1: .*alias/i],
  ] as const)
    test(`documentsOf() refuses ${what}, and says where`, () => {
      assert.match(
        refused(() => valuesOf(text)),
        words,
      )
    })
})

suite('manifestsOf()', () => {
  test('manifestsOf() takes lists apart, those of one kind and lists of lists too', () => {
    const item = (name: string): string => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}}`
    const inner = `{apiVersion: v1, kind: ConfigMapList, items: [${item('a')}, ${item('b')}]}`
    const names = manifestsOf([
      { name: 'l.yaml', text: `{apiVersion: v1, kind: List, items: [${inner}, ${item('c')}]}` },
    ])
    assert.deepEqual(
      names.map(({ at, object }) => `${object.metadata.name} ${at}`),
      ['a l.yaml:1 items[0] items[0]', 'b l.yaml:1 items[0] items[1]', 'c l.yaml:1 items[1]'],
    )
  })

  test('manifestsOf() drops what only a server writes', () => {
    const text = `${MAP}  uid: u-1\n  resourceVersion: "7"\n  creationTimestamp: null\n  managedFields: []\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: "{}"\n    mine: "1"\nstatus: {}\n`
    assert.deepEqual(objectsOf(text), [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', annotations: { mine: '1' } } },
    ])
  })

  test('manifestsOf() leaves fields to the server that this schema does not know: it may be newer', () => {
    assert.equal(objectsOf(`${MAP}brandNew: 1\n`).length, 1)
  })

  for (const [what, text, words] of [
    ['a list at the top', '- a\n- b\n', /which is a map/],
    ['a word', 'hello\n', /which is a map/],
    ['no apiVersion', 'kind: ConfigMap\n', /has no apiVersion/],
    ['an apiVersion that is none', 'apiVersion: a/b/c\nkind: X\n', /has no apiVersion/],
    ['no kind', 'apiVersion: v1\n', /has no kind/],
    ['a chart', 'apiVersion: v2\nname: web\nversion: 1.0.0\n', /has no kind → render the chart/],
    ['a kustomization', 'resources: [a.yaml]\n', /no apiVersion → kubectl kustomize/],
    [
      'a kustomization with its kind',
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
      /→ kubectl kustomize/,
    ],
    ['no name', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n', /no metadata\.name/],
    ['a name that is a number', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 7}\n', /no metadata\.name/],
    ['generateName', 'apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: a-}\n', /another one → name it/],
    ['a label that is no text', `${MAP}  labels: {on: yes}\n`, /labels\.true is boolean.*quotation marks in a\.yaml:1/],
    ['data that is no text', `${MAP}data: {a: 8080}\n`, /ConfigMap a: data\.a must be a text, is 8080/],
    [
      'containers that are no list',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {}, template: {spec: {containers: web}}}\n',
      /Deployment a: spec\.template\.spec\.containers must be an array/,
    ],
  ] as const)
    test(`manifestsOf() refuses ${what}, and says where`, () => {
      const said = refused(() => objectsOf(text))
      assert.match(said, words)
      assert.match(said, /a\.yaml:1/)
    })

  test('manifestsOf() never quotes what a Secret holds', () => {
    const text = 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {pin: 123456}\n'
    assert.doesNotMatch(
      refused(() => objectsOf(text)),
      /123456/,
    )
  })
})
