import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { DeployError } from '../error.mts'
import { storage } from './host/addons/storage.mts'
import { claimFolder, claimsIn, FOLDER_PATTERN, removeVolumes } from './volumes.mts'

let place = ''
beforeEach(() => (place = mkdtempSync(join(tmpdir(), 'landfall-volumes-'))))
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** What a provisioner leaves there. */
function volume(folder: string, claim: string): void {
  mkdirSync(join(folder, claim), { recursive: true })
  writeFileSync(join(folder, claim, 'file'), 'kept')
}

test('WN-07 claimFolder() takes a folder that is not there, or empty, or was ours before, with what is in it', () => {
  const folder = join(place, 'new')
  claimFolder(folder)
  volume(folder, 'staging-infra/redis-data')
  claimFolder(folder)
  assert.deepEqual(claimsIn(folder), ['staging-infra/redis-data'])
  const empty = join(place, 'empty')
  mkdirSync(empty)
  claimFolder(empty)
  assert.deepEqual(claimsIn(empty), [])
})

test('claimFolder() refuses a folder that holds something else, and a file, and writes nothing there', () => {
  volume(place, 'photos/2025')
  for (const [path, why] of [
    [place, /holds something else/],
    [join(place, 'photos/2025/file'), /is no folder/],
  ] as const)
    assert.throws(
      () => claimFolder(path),
      (error) => error instanceof DeployError && error.code === 'blocked' && why.test(error.message),
    )
  assert.deepEqual(readdirSync(place), ['photos'])
})

test('WN-07 removeVolumes() removes what is ours, and nothing where it is not marked as ours', () => {
  const folder = join(place, 'ours')
  claimFolder(folder)
  volume(folder, 'staging-infra/redis-data')
  removeVolumes(folder)
  assert.ok(!existsSync(folder))
  const other = join(place, 'other')
  volume(other, 'photos/2025')
  removeVolumes(other)
  assert.ok(existsSync(join(other, 'photos/2025/file')))
  assert.deepEqual(claimsIn(other), [])
})

test('WN-07 storage() names volumes by their claims where they outlive the cluster, and only there', () => {
  const images = { provisioner: 'p:1', helper: 'h:1' }
  const classOf = (outlives: 'cluster' | 'nothing') =>
    storage(images, { path: '/v', outlives }).find(({ kind }) => kind === 'StorageClass')
  assert.deepEqual(classOf('cluster')?.['parameters'], { pathPattern: FOLDER_PATTERN })
  assert.equal(classOf('nothing')?.['parameters'], undefined)
})
