import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { appsOf, APPS, baseOf } from './catalog.mts'
import { DEMOS } from './names.mts'

const folders = new URL('../../../test/apps/', import.meta.url)

interface Revision {
  readonly revision: string
  readonly down: string | undefined
}

function revisionsIn(path: string): Revision[] {
  const folder = new URL(path, folders)
  const files = readdirSync(folder).filter((name) => name.endsWith('.py'))
  return files.map((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8')
    const [, revision = ''] = /^revision = "(\w+)"$/m.exec(text) ?? []
    return { revision, down: /^down_revision = "(\w+)"$/m.exec(text)?.[1] }
  })
}

function headsOf(revisions: readonly Revision[]): string[] {
  const below = new Set(revisions.map(({ down }) => down))
  return revisions.map(({ revision }) => revision).filter((revision) => !below.has(revision))
}

const heads: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  api: {
    abc: '3f2a9c1e5b74',
    abd: '9bc17d03f6a2',
    bad: 'c40d5e8821fb',
    slow: '51ee90b7c3d4',
    bare: '9bc17d03f6a2',
    noconf: '9bc17d03f6a2',
  },
  yab: { 'sha-4f1c2ab': '2f90c4d1ab37', 'sha-8d03e57': '84ed1736fc02', 'sha-b61e9c4': 'd3a07e9c5518' },
  pybase: { '1.4.0': '1b7e4f20c9a3', '1.5.0': '6d02ab9517ef', '1.6.0': 'c8845e3d0b61', '1.7.0': '6d02ab9517ef' },
}

const tagsOf = (folder: string) => APPS.find((app) => app.folder === folder)?.tags ?? {}

for (const [folder, byTag] of Object.entries(heads)) {
  test(`APPS builds ${folder} under the tags whose heads are known here`, () => {
    assert.deepEqual(Object.keys(tagsOf(folder)), Object.keys(byTag))
  })

  for (const [tag, head] of Object.entries(byTag)) {
    test(`APPS gives ${folder}:${tag} one unbroken line of migrations up to ${head}`, () => {
      const variants = (tagsOf(folder)[tag]?.['MIGRATIONS'] ?? '').split(' ').filter((name) => name !== '')
      const paths = ['alembic/versions/', ...variants.map((name) => `variants/${name}/`)]
      const revisions = paths.flatMap((path) => revisionsIn(`${folder}/source/${path}`))
      const known = new Set<string | undefined>(revisions.map(({ revision }) => revision))
      assert.equal(known.size, revisions.length)
      assert.deepEqual(headsOf(revisions), [head])
      assert.equal(revisions.filter(({ down }) => !known.has(down)).length, 1)
    })
  }
}

for (const demo of DEMOS) {
  test(`appsOf() gives every image of ${demo} that is deployed by one tag the same tags`, () => {
    const own = appsOf([demo]).filter(
      ({ folder, demos }) => demos.length === 1 && (folder === 'site' || folder in heads),
    )
    const [first] = own
    for (const { tags } of own) assert.deepEqual(Object.keys(tags), Object.keys(first?.tags ?? {}))
  })
}

test('baseOf() finds for each image what it stands on, down to nothing', () => {
  for (const app of APPS) {
    let image = baseOf(app)
    let depth = 0
    while (image !== undefined && depth < 10) [image, depth] = [baseOf(image), depth + 1]
    assert.ok(depth < 10, app.folder)
    assert.equal(app.base === 'scratch', depth === 0, app.folder)
  }
})

test('APPS names each repository once', () => {
  const repositories = APPS.map(({ repository }) => repository)
  assert.equal(new Set(repositories).size, repositories.length)
})
