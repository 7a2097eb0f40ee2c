import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempDisposableSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fingerprint } from './fingerprint.mts'

function folderWith(content: string) {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'fingerprint-'))
  mkdirSync(join(folder.path, 'app'))
  writeFileSync(join(folder.path, 'app/main.py'), content)
  return folder
}

test('fingerprint() is the same for the same files elsewhere, written at another time', () => {
  using one = folderWith('a')
  using two = folderWith('a')
  utimesSync(join(two.path, 'app/main.py'), 1, 1)
  assert.equal(fingerprint(one.path, 'word'), fingerprint(two.path, 'word'))
})

test('fingerprint() tells apart content, names, the executable bit and words', () => {
  using folder = folderWith('a')
  const file = join(folder.path, 'app/main.py')
  const changes = [
    () => {},
    () => writeFileSync(file, 'b'),
    () => chmodSync(file, 0o755),
    () => writeFileSync(join(folder.path, 'another'), ''),
  ]
  const seen = changes.map((change) => {
    change()
    return fingerprint(folder.path, 'word')
  })
  assert.equal(new Set([...seen, fingerprint(folder.path, 'other')]).size, changes.length + 1)
})

test('fingerprint() does not count what Python leaves behind', () => {
  using folder = folderWith('a')
  const before = fingerprint(folder.path)
  mkdirSync(join(folder.path, 'app/__pycache__'))
  writeFileSync(join(folder.path, 'app/__pycache__/main.pyc'), '')
  assert.equal(fingerprint(folder.path), before)
})
