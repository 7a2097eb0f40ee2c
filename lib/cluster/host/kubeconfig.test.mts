import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { DeployError } from '../../error.mts'
import { fileToMerge, mentions, mergeContext, readContexts, removeContext } from './kubeconfig.mts'

const OWN = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'landfall-host', cluster: { server: 'https://127.0.0.1:6443' } }],
  users: [{ name: 'landfall-host', user: { 'client-key-data': 'a2V5' } }],
  contexts: [{ name: 'landfall-host', context: { cluster: 'landfall-host', user: 'landfall-host' } }],
  'current-context': 'landfall-host',
})

const THEIRS = `# mine, by hand
apiVersion: v1
kind: Config
clusters:
  - name: prod
    cluster:
      server: https://prod.example:6443 # do not touch
users:
  - name: prod
    user: { token: t }
contexts:
  - name: prod
    context: { cluster: prod, user: prod }
current-context: prod
`

function folder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('mergeContext() makes a file that only its owner reads, and removeContext() takes it away', () => {
  using at = folder()
  const file = join(at.path, 'new/config')
  const merged = mergeContext(file, OWN)
  assert.deepEqual(merged, { file, created: true })
  assert.deepEqual(parse(readFileSync(file, 'utf8')), JSON.parse(OWN))
  assert.equal(statSync(file).mode & 0o777, 0o600)
  removeContext(merged, 'landfall-host')
  assert.equal(existsSync(file), false)
})

test('mergeContext() keeps what is there, comments included, and removeContext() restores what it said', () => {
  using at = folder()
  const file = join(at.path, 'config')
  writeFileSync(file, THEIRS)
  const before = parse(THEIRS) as unknown
  const merged = mergeContext(file, OWN)
  assert.equal(merged.previous, 'prod')
  const text = readFileSync(file, 'utf8')
  assert.match(text, /# mine, by hand/)
  assert.match(text, /# do not touch/)
  assert.deepEqual(readContexts({ KUBECONFIG: file }), {
    contexts: ['prod', 'landfall-host'],
    current: 'landfall-host',
  })
  removeContext(merged, 'landfall-host')
  assert.deepEqual(parse(readFileSync(file, 'utf8')), before)
  assert.match(readFileSync(file, 'utf8'), /# do not touch/)
})

test('mergeContext() twice leaves one context', () => {
  using at = folder()
  const file = join(at.path, 'config')
  mergeContext(file, OWN)
  mergeContext(file, OWN)
  assert.deepEqual(parse(readFileSync(file, 'utf8')), JSON.parse(OWN))
})

test('removeContext() leaves the context alone that the operator has chosen meanwhile', () => {
  using at = folder()
  const file = join(at.path, 'config')
  writeFileSync(file, THEIRS.replace('current-context: prod', 'current-context: ""'))
  const merged = mergeContext(file, OWN)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/current-context: .*/, 'current-context: prod'))
  removeContext(merged, 'landfall-host')
  assert.deepEqual(readContexts({ KUBECONFIG: file }), { contexts: ['prod'], current: 'prod' })
})

test('removeContext() names no current context where the previous one is gone', () => {
  using at = folder()
  const file = join(at.path, 'config')
  writeFileSync(file, THEIRS)
  mergeContext(file, OWN)
  removeContext({ file, previous: 'gone' }, 'landfall-host')
  assert.deepEqual(readContexts({ KUBECONFIG: file }), { contexts: ['prod'] })
})

test('removeContext() does nothing where the file is gone', () => {
  removeContext({ file: '/nonexistent/config' }, 'landfall-host')
})

test('mergeContext() writes through a symbolic link', () => {
  using at = folder()
  const [file, link] = [join(at.path, 'real'), join(at.path, 'link')]
  writeFileSync(file, THEIRS)
  symlinkSync(file, link)
  mergeContext(link, OWN)
  assert.deepEqual(readContexts({ KUBECONFIG: file }).current, 'landfall-host')
})

for (const [what, text] of [
  ['a list', '- a\n- b\n'],
  ['a word', 'hello\n'],
  ['broken YAML', 'clusters: [\n  x: : y\n'],
  ['bytes', '\u0000\u0001\u0002'],
] as const) {
  test(`mergeContext() refuses a kubeconfig that is ${what}, and leaves it as it is`, () => {
    using at = folder()
    const file = join(at.path, 'config')
    writeFileSync(file, text)
    assert.throws(
      () => mergeContext(file, OWN),
      (error) => error instanceof DeployError && error.code === 'bad-kubeconfig' && error.message.includes(file),
    )
    assert.equal(readFileSync(file, 'utf8'), text)
  })
}

for (const [what, text] of [
  ['an empty file', ''],
  ['a comment', '# nothing yet\n'],
  ['lists that are null', 'clusters: null\nusers:\ncontexts: null\n'],
] as const) {
  test(`mergeContext() takes ${what} for a kubeconfig without contexts`, () => {
    using at = folder()
    const file = join(at.path, 'config')
    writeFileSync(file, text)
    mergeContext(file, OWN)
    assert.deepEqual(readContexts({ KUBECONFIG: file }), { contexts: ['landfall-host'], current: 'landfall-host' })
  })
}

test('fileToMerge() is the first file that exists, otherwise the last that is named, otherwise the one at home', () => {
  using at = folder()
  const [one, two] = [join(at.path, 'one'), join(at.path, 'two')]
  assert.equal(fileToMerge({ KUBECONFIG: `${one}:${two}` }), two)
  writeFileSync(two, THEIRS)
  assert.equal(fileToMerge({ KUBECONFIG: `:${one}:${two}` }), two)
  writeFileSync(one, THEIRS)
  assert.equal(fileToMerge({ KUBECONFIG: `${one}:${two}` }), one)
  assert.equal(fileToMerge({ KUBECONFIG: '', HOME: at.path }), join(at.path, '.kube/config'))
})

test('mentions() finds a context by its cluster, its user, or as the current one', () => {
  using at = folder()
  const file = join(at.path, 'config')
  for (const [text, found] of [
    ['users: [{name: landfall-host, user: {}}]', true],
    ['clusters: [{name: landfall-host, cluster: {}}]', true],
    ['current-context: landfall-host', true],
    [THEIRS, false],
    ['- garbage', false],
  ] as const) {
    writeFileSync(file, text)
    assert.equal(mentions(file, 'landfall-host'), found, text)
  }
  assert.equal(mentions('/nonexistent/config', 'landfall-host'), false)
})
