import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { parse } from 'yaml'
import { defaultInput } from '../../lib/stacks/defaults.mts'
import { filesOf, streamOf } from '../../lib/stacks/files.mts'
import reactbin from '../../lib/stacks/reactbin.mts'
import { render } from '../../lib/stacks/render.mts'
import { driftOf, writeFiles } from '../../lib/stacks/write.mts'
import { inside } from '../cli/inside.mts'
import { objectsOf } from './rendered.mts'
import { configMap, renderToy } from './toy.mts'
import { component } from '../../lib/stacks/stack.mts'

const ORIGIN = { environment: 'production', settings: 'defaults' } as const
const desired = render(reactbin, defaultInput(reactbin, 'production'))
const files = filesOf(desired, ORIGIN)
const root = new URL('../../', import.meta.url).pathname

function text(name: RegExp): string {
  const found = [...files].filter(([file]) => name.test(file))
  assert.equal(found.length, 1, String(name))
  return found[0]?.[1] ?? ''
}

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'manifests-'))
  try {
    await run(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

suite('filesOf()', () => {
  test('RB-25 sorted by name, the namespace comes first and every object behind what its component needs', () => {
    const sorted = [...files.keys()].sort()
    assert.deepEqual(
      [...files.keys()].map((file) => file.slice(0, 2)),
      sorted.map((file) => file.slice(0, 2)),
    )
    assert.match(sorted[0] ?? '', /^00-namespace/)
    assert.equal(files.size, objectsOf(desired).length)
  })

  test('filesOf() writes what a reader of YAML 1.1 reads back as the same object', () => {
    const odd = {
      ...configMap('odd'),
      data: { a: 'yes', b: '0400', c: '1e3', d: 'null', e: '12:30:00', f: 'on\n ', g: '# x', h: '' },
    }
    const toy = renderToy(component('odd', odd))
    for (const [object, file] of objectsOf(toy).map(
      (object, at) => [object, [...filesOf(toy, ORIGIN).values()][at] ?? ''] as const,
    )) {
      assert.deepEqual(parse(file, { version: '1.1' }), object)
      assert.deepEqual(parse(file, { version: '1.2' }), object)
    }
    objectsOf(desired).forEach((object, at) =>
      assert.deepEqual(parse([...files.values()][at] ?? '', { version: '1.1' }), object),
    )
  })

  test('filesOf() says in each file how it was made', () => {
    for (const one of files.values())
      assert.match(one, /^# Made by `npx zx render\.mts --stack reactbin --env production`/)
    const [own = ''] = filesOf(desired, { ...ORIGIN, settings: 'operator' }).values()
    assert.match(own, /^# Made by `npx zx render\.mts .* -o DIR` with an operator's settings/)
  })

  test('filesOf() tells namesakes of two namespaces apart', () => {
    const toy = renderToy(component('a', [configMap('x', 'one'), configMap('x', 'two')]))
    assert.deepEqual([...filesOf(toy, ORIGIN).keys()].slice(1), [
      '01-a-configmap-x-one.yaml',
      '01-a-configmap-x-two.yaml',
    ])
  })

  test('filesOf() keeps the name of the file of a Job whose content changed', () => {
    const other = render(reactbin, {
      ...defaultInput(reactbin, 'production'),
      own: reactbin.settings.parse({ bucket: 'other' }),
    })
    assert.deepEqual([...filesOf(other, ORIGIN).keys()], [...files.keys()])
    assert.notDeepEqual(filesOf(other, ORIGIN), files)
  })

  test('RB-29 the committed files hold a valid placeholder tag, reactbin.example.com, and say that they have to be replaced', () => {
    for (const app of ['api', 'ui']) {
      const file = text(new RegExp(`${app}-deployment`))
      assert.match(file, new RegExp(`image: reactbin-${app}:replace-me\n`))
      assert.match(file, /# Replace the tag replace-me by a real one before applying/)
    }
    assert.match(text(/ingress/), /host: reactbin\.example\.com\n/)
    assert.match(text(/ingress/), /# Replace reactbin\.example\.com by the real domain before applying/)
  })

  test('RB-29 comments say what the tasks ask for: role and binding, required keys, storage class, no Ingress', () => {
    const comments = (name: RegExp) => text(name).replaceAll('\n# ', ' ')
    assert.match(
      comments(/vaultauth/),
      /role reactbin in auth\/kubernetes, bind it to ServiceAccount default in namespace reactbin/,
    )
    assert.match(
      comments(/vaultauth/),
      /read secret\/data\/reactbin\/api\/config and secret\/data\/reactbin\/minio\/credentials/,
    )
    assert.match(
      comments(/api-secret/),
      /Required keys .*DATABASE_URL, JWT_SECRET_KEY, OWNER_USERNAME, OWNER_PASSWORD, S3_ENDPOINT_URL, S3_BUCKET_NAME, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, API_BASE_URL\./,
    )
    assert.match(comments(/minio-secret/), /MINIO_ROOT_USER, MINIO_ROOT_PASSWORD\./)
    assert.match(comments(/statefulset/), /storageClassName is left out/)
    assert.match(comments(/minio-service/), /No Ingress leads to minio/)
  })

  test('streamOf() is the same objects in one stream', () => {
    assert.equal(streamOf(files).split('\n---\n').length, files.size)
  })
})

suite('committed manifests', () => {
  const directory = join(root, 'manifests/reactbin/production')

  test('RB-22 they are what the code renders', () => {
    const found = new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]))
    assert.deepEqual(driftOf(files, found), [])
  })

  test('RB-22 no line is longer than 120 characters or ends with a space', () => {
    for (const one of files.values())
      for (const line of one.split('\n')) assert.ok(line.length <= 120 && !/\s$/.test(line), line)
  })

  test('RB-19 no key of a Secret has a value', () => {
    for (const one of files.values()) {
      assert.doesNotMatch(one, /^kind: Secret$/m)
      assert.doesNotMatch(one, /(PASSWORD|SECRET\w*|DATABASE_URL|ACCESS_KEY\w*)\s*[:=]\s*\S/)
    }
  })
})

suite('writeFiles()', () => {
  const wanted = new Map([
    ['a.yaml', 'a\n'],
    ['b.yaml', 'b\n'],
  ])

  test('writeFiles() makes a directory hold the files, and does nothing the second time', () =>
    inDirectory(async (directory) => {
      const inside = join(directory, 'new')
      assert.deepEqual(
        (await writeFiles(inside, wanted)).map(({ how }) => how),
        ['missing', 'missing'],
      )
      assert.deepEqual(readdirSync(inside), ['a.yaml', 'b.yaml'])
      assert.deepEqual(await writeFiles(inside, wanted), [])
    }))

  test('writeFiles() takes away what an earlier rendering made, and nothing else', () =>
    inDirectory(async (directory) => {
      writeFileSync(join(directory, 'old.yaml'), '# Made by `npx zx render.mts --stack x`\n')
      writeFileSync(join(directory, 'mine.yaml'), 'a: 1\n')
      writeFileSync(join(directory, 'notes.txt'), 'x')
      assert.deepEqual(
        (await writeFiles(directory, wanted)).map(({ file, how }) => [file, how]),
        [
          ['a.yaml', 'missing'],
          ['b.yaml', 'missing'],
          ['old.yaml', 'surplus'],
        ],
      )
      assert.deepEqual(readdirSync(directory), ['a.yaml', 'b.yaml', 'mine.yaml', 'notes.txt'])
    }))

  test('driftOf() names what is missing, changed or surplus', () => {
    const found = new Map([
      ['b.yaml', 'other\n'],
      ['c.yaml', 'c\n'],
    ])
    assert.deepEqual(driftOf(wanted, found), [
      { file: 'a.yaml', how: 'missing' },
      { file: 'b.yaml', how: 'changed' },
      { file: 'c.yaml', how: 'surplus' },
    ])
  })
})

suite('render.mts', () => {
  const run = (cwd: string, ...words: string[]) => inside('../../render.mts', words, { cwd })

  test('render.mts --check exits 1 and names each file that drifted', () =>
    inDirectory(async (directory) => {
      assert.equal((await run(directory)).code, 0)
      assert.equal((await run(directory, '--check')).code, 0)
      const made = join(directory, 'manifests/reactbin/production')
      const [first = '', second = ''] = readdirSync(made)
      writeFileSync(join(made, first), 'changed: true\n')
      rmSync(join(made, second))
      writeFileSync(join(made, 'zz.yaml'), 'a: 1\n')
      const { code, stderr } = await run(directory, '--check')
      assert.equal(code, 1)
      for (const words of [`changed .*${first}`, `missing .*${second}`, 'surplus .*zz.yaml'])
        assert.match(stderr, new RegExp(words))
    }))

  test('render.mts reads no .env for manifests/, and every setting for -o', () =>
    inDirectory(async (directory) => {
      writeFileSync(join(directory, '.env'), 'LANDFALL_DOMAIN=env.acme.dev\n')
      assert.equal((await run(directory)).code, 0)
      const made = join(directory, 'manifests/reactbin/production')
      for (const name of readdirSync(made))
        assert.doesNotMatch(readFileSync(join(made, name), 'utf8'), /env\.acme\.dev/)
      const { code, stdout } = await run(directory, '-o', '-', '--tag', 'abc', '-n', 'other')
      assert.equal(code, 0)
      assert.match(stdout, /host: env\.acme\.dev\n/)
      assert.match(stdout, /image: reactbin-api:abc\n/)
      assert.match(stdout, /namespace: other\n/)
    }))

  test('render.mts refuses a setting where only defaults are written, and names the way to use it', () =>
    inDirectory(async (directory) => {
      const { code, stderr } = await run(directory, '--tag', 'abc')
      assert.equal(code, 2)
      assert.match(stderr, /--tag.*\n.*-o DIR/)
      assert.deepEqual(readdirSync(directory), [])
    }))
})
