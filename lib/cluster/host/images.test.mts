import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from './command.mts'
import { writeImage } from './images.mts'

interface Descriptor {
  readonly digest: string
  readonly size: number
}

test('writeImage() writes an OCI layout whose digests hold, and the same one twice', async () => {
  const at = mkdtempSync(join(tmpdir(), 'image-'))
  try {
    writeFileSync(join(at, 'program'), '#!/bin/sh\n')
    const programs = { 'bin/program': join(at, 'program') }
    const image = { name: 'localhost/it:1', programs, links: { 'bin/sh': 'program' }, entrypoint: ['/bin/program'] }
    for (const name of ['one.tar', 'two.tar']) await writeImage(image, join(at, name))
    assert.deepEqual(readFileSync(join(at, 'one.tar')), readFileSync(join(at, 'two.tar')))

    const open = join(at, 'open')
    mkdirSync(open)
    await run('tar', ['-xf', join(at, 'one.tar'), '-C', open])
    const blob = (digest: string) => readFileSync(join(open, 'blobs', digest.replace(':', '/')))
    const index = JSON.parse(readFileSync(join(open, 'index.json'), 'utf8')) as {
      manifests: (Descriptor & { annotations: Record<string, string> })[]
    }
    assert.equal(index.manifests[0]?.annotations['io.containerd.image.name'], 'localhost/it:1')
    const manifest = JSON.parse(blob(index.manifests[0]?.digest ?? '').toString()) as {
      config: Descriptor
      layers: Descriptor[]
    }
    for (const { digest, size } of [manifest.config, ...manifest.layers]) {
      assert.equal(blob(digest).length, size)
      assert.equal(`sha256:${createHash('sha256').update(blob(digest)).digest('hex')}`, digest)
    }
    const config = JSON.parse(blob(manifest.config.digest).toString()) as { config: { Entrypoint: string[] } }
    assert.deepEqual(config.config.Entrypoint, ['/bin/program'])
    const listed = await run('tar', ['-tvf', join(open, 'blobs', (manifest.layers[0]?.digest ?? '').replace(':', '/'))])
    assert.match(listed, /-rwxr-xr-x 0\/0 .* \.\/bin\/program\n/)
    assert.match(listed, /\.\/bin\/sh -> program/)
    assert.deepEqual(readdirSync(at).sort(), ['one.tar', 'open', 'program', 'two.tar'])
  } finally {
    rmSync(at, { recursive: true })
  }
})
