import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layoutName } from './build.mts'
import { APPS } from './catalog.mts'

const app = (repository: string) => {
  const found = APPS.find((one) => one.repository === repository)
  assert.ok(found)
  return found
}

test('layoutName() tells apart images of one folder by their repository', () => {
  const [web, admin] = [layoutName(app('yourorg/web'), ''), layoutName(app('yourorg/admin'), '')]
  assert.match(web, /^yourorg\.web-[0-9a-f]{16}$/)
  assert.match(admin, /^yourorg\.admin-[0-9a-f]{16}$/)
})

test('layoutName() is another one where the tags are', () => {
  const api = app('library/reactbin-api')
  assert.notEqual(layoutName(api, ''), layoutName({ ...api, tags: { abc: {} } }, ''))
})

test('layoutName() is another one where what the image stands on is', () => {
  const api = app('library/reactbin-api')
  assert.notEqual(layoutName(api, ''), layoutName({ ...api, base: 'nginx' }, ''))
})

test('layoutName() follows the programs only where they are put beside', () => {
  const [minio, api] = [app('minio/minio'), app('library/reactbin-api')]
  assert.notEqual(layoutName(minio, '/cache/minio-1'), layoutName(minio, '/cache/minio-2'))
  assert.equal(layoutName(api, '/cache/minio-1'), layoutName(api, '/cache/minio-2'))
})
