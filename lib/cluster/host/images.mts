import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from './command.mts'

/** A container image without a base: some files, and what runs. */
export interface ScratchImage {
  readonly name: string
  /** Path inside the image → program on this host. */
  readonly programs: Readonly<Record<string, string>>
  /** Path inside the image → what the link there points to. */
  readonly links?: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
}

/** Writes the image as an OCI layout archive that `ctr image import` takes; nothing where the file is there. */
export async function writeImage(image: ScratchImage, archive: string): Promise<void> {
  if (existsSync(archive)) return
  mkdirSync(dirname(archive), { recursive: true })
  const work = mkdtempSync(`${archive}.`)
  try {
    await layOut(image, work)
    await tar(join(work, 'oci'), join(work, 'image.tar'))
    renameSync(join(work, 'image.tar'), archive)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The layout is that of the OCI image specification 1.1: blobs by digest, and an index that leads to them. */
async function layOut(image: ScratchImage, work: string): Promise<void> {
  const [root, layout, layer] = [join(work, 'root'), join(work, 'oci'), join(work, 'layer.tar')]
  fill(image, root)
  await tar(root, layer)
  const diff = addBlob(layout, 'application/vnd.oci.image.layer.v1.tar', readFileSync(layer))
  const config = addBlob(layout, 'application/vnd.oci.image.config.v1+json', {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: {
      Entrypoint: image.entrypoint,
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    },
    rootfs: { type: 'layers', diff_ids: [diff.digest] },
  })
  const type = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = addBlob(layout, type, { schemaVersion: 2, mediaType: type, config, layers: [diff] })
  const annotations = { 'io.containerd.image.name': image.name }
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] }
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index))
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
}

function fill(image: ScratchImage, root: string): void {
  mkdirSync(join(root, 'tmp'), { recursive: true })
  for (const [path, program] of Object.entries(image.programs)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    copyFileSync(program, join(root, path))
    chmodSync(join(root, path), 0o755)
  }
  for (const [path, target] of Object.entries(image.links ?? {})) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    symlinkSync(target, join(root, path))
  }
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

function addBlob(layout: string, mediaType: string, content: Buffer | object): Descriptor {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
  const hex = createHash('sha256').update(bytes).digest('hex')
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true })
  writeFileSync(join(layout, 'blobs/sha256', hex), bytes)
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length }
}

/** The same files give the same archive. */
async function tar(folder: string, file: string): Promise<void> {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  await run('tar', [...same, '-cf', file, '-C', folder, '.'])
}
