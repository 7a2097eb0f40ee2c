import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { DeployError, type Code } from '../../lib/error.mts'
import { loadManifests, placeOf } from '../../lib/stacks/manifests.mts'
import { loadStack } from '../../lib/stacks/load.mts'
import { folderOf } from './folder.mts'
import { app } from './plain.mts'

async function refusal(act: Promise<unknown>, code: Code): Promise<string> {
  const error = await act.then(
    () => assert.fail('it was taken'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof DeployError, String(error))
  assert.equal(error.code, code)
  return `${error.message} → ${error.next}`
}

suite('placeOf()', () => {
  test('placeOf() knows directories, YAML and JSON files and the pipe, named or not', () => {
    using folder = folderOf()
    const rows: [string, ReturnType<typeof placeOf>][] = [
      [folder.path, { path: folder.path }],
      [`shop=${folder.path}`, { name: 'shop', path: folder.path }],
      ['./shop.yaml', { path: './shop.yaml' }],
      ['shop=-', { name: 'shop', path: '-' }],
      ['-', { path: '-' }],
      ['./shop.mts', undefined],
      ['reactbin', undefined],
    ]
    for (const [asked, place] of rows) assert.deepEqual(placeOf(asked), place, asked)
  })
})

suite('loadManifests()', () => {
  test('loadManifests() takes the files of a directory as kubectl apply -f does, and says what it left', async () => {
    using folder = folderOf({
      'b.yml': app('web'),
      'a.json': '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "words"}}',
      'README.md': '# not a manifest',
      '.hidden.yaml': 'rules: []',
      'jobs/later.yaml': 'not: read',
    })
    const stack = await loadManifests({ name: 'shop', path: folder.path }, 'manifests')
    const components = stack.components({
      settings: {},
      environment: 'production',
      namespace: 'shop',
      image: String,
      tag: String,
      file: String,
    })
    assert.deepEqual(
      components.map(({ name }) => name),
      ['config', 'web'],
    )
    assert.deepEqual(stack.told?.notes, ['not read, as with kubectl apply -f: directories jobs'])
  })

  test('loadManifests() calls the stack by the directory or the file', async () => {
    using folder = folderOf({ 'k8s/web.yaml': app('web') })
    assert.equal((await loadStack(join(folder.path, 'k8s'))).name, 'k8s')
    assert.equal((await loadStack(join(folder.path, 'k8s/web.yaml'))).name, 'web')
    assert.equal((await loadStack(`shop=${folder.path}/k8s`)).name, 'shop')
  })

  test('loadManifests() reads no pipe where only the release is wanted', async () => {
    assert.equal((await loadManifests({ name: 'shop', path: '-' }, 'record')).name, 'shop')
    assert.match(await refusal(loadManifests({ path: '-' }, 'record'), 'unknown-stack'), /--stack NAME=-/)
  })

  test('loadManifests() says what is wrong with a place, and what to type', async () => {
    using folder = folderOf({
      'empty/README.md': '',
      'Upper_Case/a.yaml': app('web'),
      'only.yaml': '# nothing\n---\n',
      'marked.yaml': '\uFEFFapiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
    })
    const at = (name: string): string => join(folder.path, name)
    const rows: [string, Code, RegExp][] = [
      ['nowhere.yaml', 'missing-file', /there is no such file.*→ ls -l/],
      ['empty', 'bad-manifest', /there is no object in it/],
      ['only.yaml', 'bad-manifest', /there is no object in it/],
      ['Upper_Case', 'unknown-stack', /Cannot call a stack "Upper_Case".*→ --stack NAME=/],
    ]
    for (const [name, code, words] of rows) assert.match(await refusal(loadStack(at(name)), code), words)
    folder.write('big.yaml', Buffer.alloc(9 * 2 ** 20, '#'))
    assert.match(await refusal(loadStack(at('big.yaml')), 'bad-manifest'), /8 MiB at most/)
    folder.write('picture.yaml', Buffer.from([0xff, 0xd8, 0xff, 0xe0]))
    assert.match(await refusal(loadStack(at('picture.yaml')), 'bad-manifest'), /not text in UTF-8/)
    assert.equal((await loadStack(at('marked.yaml'))).name, 'marked', 'a byte order mark is no text')
  })
})
