import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { APPS } from './catalog.mts'

const api = new URL('../../../test/apps/api/source/', import.meta.url)

interface Revision {
  readonly revision: string
  readonly down: string | undefined
}

function revisionsIn(folder: string): Revision[] {
  const files = readdirSync(new URL(folder, api)).filter((name) => name.endsWith('.py'))
  return files.map((name) => {
    const text = readFileSync(new URL(`${folder}${name}`, api), 'utf8')
    const [, revision = ''] = /^revision = "(\w+)"$/m.exec(text) ?? []
    return { revision, down: /^down_revision = "(\w+)"$/m.exec(text)?.[1] }
  })
}

function headsOf(revisions: readonly Revision[]): string[] {
  const below = new Set(revisions.map(({ down }) => down))
  return revisions.map(({ revision }) => revision).filter((revision) => !below.has(revision))
}

const heads = {
  abc: '3f2a9c1e5b74',
  abd: '9bc17d03f6a2',
  bad: 'c40d5e8821fb',
  slow: '51ee90b7c3d4',
  bare: '9bc17d03f6a2',
  noconf: '9bc17d03f6a2',
}

const tags = APPS.find(({ folder }) => folder === 'api')?.tags ?? {}

test('APPS builds the API under the tags whose heads are known here', () => {
  assert.deepEqual(Object.keys(tags), Object.keys(heads))
})

for (const [tag, head] of Object.entries(heads)) {
  test(`APPS gives reactbin-api:${tag} one unbroken line of migrations up to ${head}`, () => {
    const variants = (tags[tag]?.['MIGRATIONS'] ?? '').split(' ').filter((name) => name !== '')
    const revisions = ['alembic/versions/', ...variants.map((name) => `variants/${name}/`)].flatMap(revisionsIn)
    const known = new Set<string | undefined>(revisions.map(({ revision }) => revision))
    assert.equal(known.size, revisions.length)
    assert.deepEqual(headsOf(revisions), [head])
    assert.equal(revisions.filter(({ down }) => !known.has(down)).length, 1)
  })
}

test('APPS gives the UI a build for every tag of the API', () => {
  assert.deepEqual(Object.keys(APPS.find(({ folder }) => folder === 'ui')?.tags ?? {}), Object.keys(tags))
})
