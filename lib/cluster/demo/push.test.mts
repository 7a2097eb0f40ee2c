import assert from 'node:assert/strict'
import { mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeployError } from '../../error.mts'
import type { Built } from './build.mts'
import { pushImages, readIndex } from './push.mts'

const digest = `sha256:${'0'.repeat(64)}`
const app = {
  folder: 'web',
  repository: 'library/web',
  base: 'scratch',
  beside: 'nothing',
  tags: {},
  demos: [],
} as const

function layoutWith(tag: string) {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'layout-'))
  const annotations = { 'org.opencontainers.image.ref.name': tag }
  writeFileSync(join(folder.path, 'index.json'), JSON.stringify({ manifests: [{ digest, annotations }] }))
  return folder
}

/** A registry that answers every question for a manifest with one digest. */
async function registryWith(held: string) {
  const asked: string[] = []
  const server = createServer((request, answer) => {
    asked.push(`${request.method} ${request.url}`)
    answer.setHeader('docker-content-digest', held).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { address, asked, [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(() => done())) }
}

test('readIndex() names the tags and digests of a layout', () => {
  using layout = layoutWith('abc')
  assert.deepEqual(readIndex(layout.path), [{ tag: 'abc', digest }])
})

test('pushImages() pushes nothing that the registry holds by the same digest', async () => {
  using layout = layoutWith('abc')
  await using registry = await registryWith(digest)
  const images: Built[] = [{ app, layout: layout.path }]
  assert.deepEqual(await pushImages(images, registry.address), [])
  assert.deepEqual(registry.asked, ['HEAD /v2/library/web/manifests/abc'])
})

test('pushImages() says so where no registry answers', async () => {
  using layout = layoutWith('abc')
  const { address } = await (async () => {
    await using registry = await registryWith(digest)
    return registry
  })()
  const failed = await pushImages([{ app, layout: layout.path }], address).catch((error: unknown) => error)
  assert.ok(failed instanceof DeployError)
  assert.equal(failed.code, 'cluster-failed')
  assert.match(failed.message, new RegExp(address))
})
