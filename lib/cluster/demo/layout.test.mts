import assert from 'node:assert/strict'
import { mkdirSync, mkdtempDisposableSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { shareBlobs } from './layout.mts'

function layoutIn(cache: string, name: string, blobs: Readonly<Record<string, string>>): string {
  const folder = join(cache, name, 'blobs/sha256')
  mkdirSync(folder, { recursive: true })
  for (const [digest, content] of Object.entries(blobs)) writeFileSync(join(folder, digest), content)
  return join(cache, name)
}

test('shareBlobs() keeps one copy of a layer that two layouts have, for as long as one of them is there', () => {
  using cache = mkdtempDisposableSync(join(tmpdir(), 'layouts-'))
  const old = layoutIn(cache.path, 'old', { base: 'layer', own: 'old' })
  mkdirSync(join(cache.path, '.build-1'))
  const made = layoutIn(join(cache.path, '.build-1'), 'made', { base: 'layer', other: 'made' })
  shareBlobs(made, cache.path)
  const file = (layout: string, digest: string) => join(layout, 'blobs/sha256', digest)
  assert.equal(statSync(file(made, 'base')).ino, statSync(file(old, 'base')).ino)
  assert.equal(statSync(file(made, 'other')).nlink, 1)
  rmSync(old, { recursive: true })
  assert.equal(readFileSync(file(made, 'base'), 'utf8'), 'layer')
})
