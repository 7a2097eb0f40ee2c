import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../host/command.mts'
import { cacheRoot } from '../host/layout.mts'
import type { Say } from '../provider.mts'
import { putBeside } from './beside.mts'
import { baseOf, DEBIAN, type App, type Image } from './catalog.mts'
import { chooseEngine, loadImage, saveImage, unmountBelow, type Engine } from './engine.mts'
import { fingerprint } from './fingerprint.mts'
import { shareBlobs } from './layout.mts'

/** An app's images as an OCI layout folder, one entry a tag. */
export interface Built {
  readonly app: App
  readonly layout: string
}

interface Bench {
  readonly engine: Engine
  readonly work: string
  readonly cache: string
  readonly minioPrograms: string
  readonly say: Say
  /** Images that the engine has in its own storage. */
  readonly ready: Set<Image>
}

const sources = fileURLToPath(new URL('../../../test/apps/', import.meta.url))

/**
 * Returns the images of some apps from `$XDG_CACHE_HOME/landfall/host/images`, after building those whose files
 * have changed or were never built: some minutes the first time, milliseconds afterwards. A build that was killed
 * leaves nothing that a later one takes for whole.
 */
export async function buildImages(
  apps: readonly App[],
  minioPrograms: string,
  say: Say,
  cache = imageCache(),
): Promise<readonly Built[]> {
  const images = apps.map((app) => ({ app, layout: join(cache, layoutName(app, minioPrograms)) }))
  const missing = images.filter(({ layout }) => !existsSync(layout))
  if (missing.length > 0) await buildMissing(missing, { cache, minioPrograms, say })
  return images
}

/** The folder that holds built images. */
export function imageCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheRoot(env), 'images')
}

/**
 * Another name for other sources, here or below in what the image stands on. The minio programs are named by their
 * folder, whose name follows from their sources.
 */
export function layoutName(image: Image, minioPrograms: string): string {
  const { folder, base, beside, tags } = image
  const below = baseOf(image)
  const words = [JSON.stringify([folder, base, beside, tags]), below === undefined ? '' : layoutName(below, '')]
  const programs = beside === 'minio' ? basename(minioPrograms) : ''
  return `${nameOf(image)}-${fingerprint(join(sources, folder), ...words, programs)}`
}

/** Two images may come from one folder, but not go to one repository. */
function nameOf(image: Image): string {
  return 'repository' in image ? String(image.repository).replaceAll('/', '.') : image.folder
}

function referenceOf(image: Image, tag: string): string {
  return `localhost/landfall/${nameOf(image)}:${tag}`
}

async function buildMissing(
  missing: readonly Built[],
  place: Pick<Bench, 'cache' | 'minioPrograms' | 'say'>,
): Promise<void> {
  const work = join(place.cache, `.build-${process.pid}`)
  await clearStale(place.cache)
  mkdirSync(work, { recursive: true })
  try {
    await using engine = await chooseEngine(work)
    const bench = { ...place, engine, work, ready: new Set<Image>() }
    for (const [index, { app, layout }] of missing.entries()) {
      const what = `${app.repository} (${Object.keys(app.tags).join(', ')})`
      place.say(`images  ${index + 1} of ${missing.length}: ${what}`)
      await buildImage(app, layout, bench)
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Removes what builds that died have left; one that is still at work is left alone. */
async function clearStale(cache: string): Promise<void> {
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    const pid = /^\.build-(\d+)$/.exec(name)?.[1]
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue
    await unmountBelow(join(cache, name))
    rmSync(join(cache, name), { recursive: true, force: true })
  }
}

/** The value of ARG BASE: an image that the engine has, or, of Docker's, can pull. */
async function findBase(image: Image, bench: Bench): Promise<string> {
  const base = baseOf(image)
  if (base === undefined) return ''
  if (base === DEBIAN && bench.engine.name === 'docker') return 'debian:bookworm-slim'
  const [tag = ''] = Object.keys(base.tags)
  if (!bench.ready.has(base)) await makeReady(base, tag, bench)
  return referenceOf(base, tag)
}

async function makeReady(image: Image, tag: string, bench: Bench): Promise<void> {
  const layout = join(bench.cache, layoutName(image, bench.minioPrograms))
  if (existsSync(layout)) {
    await loadImage(bench.engine, layout, tag, referenceOf(image, tag))
    bench.ready.add(image)
    return
  }
  bench.say(`images  first ${image.folder}, on which others stand`)
  await buildImage(image, layout, bench)
}

async function buildImage(image: Image, layout: string, bench: Bench): Promise<void> {
  const base = await findBase(image, bench)
  const { engine, work, cache } = bench
  const context = join(work, nameOf(image))
  cpSync(join(sources, image.folder), context, { recursive: true })
  await putBeside(image, context, bench.minioPrograms)
  // The uids that the images run as must be able to read what a strict umask has kept to its owner.
  await run('chmod', ['-R', 'a+rX', context])
  for (const [tag, args] of Object.entries(image.tags)) {
    await engine.build(context, referenceOf(image, tag), { ...(base && { BASE: base }), BUILD: tag, ...args })
    await saveImage(engine, referenceOf(image, tag), `${context}.oci`, tag)
  }
  keep(image, `${context}.oci`, layout, cache)
  bench.ready.add(image)
}

/** Puts a finished layout in its place at once, and takes away the ones that older sources gave. */
function keep(image: Image, made: string, layout: string, cache: string): void {
  shareBlobs(made, cache)
  for (const name of readdirSync(cache)) {
    const older = name.startsWith(`${nameOf(image)}-`) && /^[0-9a-f]{16}$/.test(name.slice(nameOf(image).length + 1))
    if (older) rmSync(join(cache, name), { recursive: true, force: true })
  }
  renameSync(made, layout)
}
