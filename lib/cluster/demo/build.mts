import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../host/command.mts'
import { cacheRoot } from '../host/layout.mts'
import type { Say } from '../provider.mts'
import { makeDebian, putBeside } from './beside.mts'
import { APPS, DEBIAN, type App } from './catalog.mts'
import { chooseEngine, loadImage, saveImage, unmountBelow, type Engine } from './engine.mts'
import { fingerprint } from './fingerprint.mts'

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
}

/** The base that was made here, by its name in the builder's own storage. */
const MADE = 'localhost/landfall/debian:latest'

const sources = fileURLToPath(new URL('../../../test/apps/', import.meta.url))

/**
 * Returns every image of the catalogue from `$XDG_CACHE_HOME/landfall/host/images`, after building those whose files
 * have changed or were never built: some minutes the first time, milliseconds afterwards. A build that was killed
 * leaves nothing that a later one takes for whole.
 */
export async function buildImages(minioPrograms: string, say: Say, cache = imageCache()): Promise<readonly Built[]> {
  const images = APPS.map((app) => ({ app, layout: join(cache, layoutName(app, minioPrograms)) }))
  const missing = images.filter(({ layout }) => !existsSync(layout))
  if (missing.length > 0) await buildMissing(missing, { cache, minioPrograms, say })
  return images
}

/** The folder that holds built images. */
export function imageCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheRoot(env), 'images')
}

/** The minio programs are named by their folder, whose name follows from their sources. */
function layoutName(app: App, minioPrograms: string): string {
  const words = [JSON.stringify(app), app.base === 'debian' ? debianName() : '']
  const programs = app.beside === 'minio' ? basename(minioPrograms) : ''
  return `${app.folder}-${fingerprint(join(sources, app.folder), ...words, programs)}`
}

function debianName(): string {
  return `${DEBIAN.folder}-${fingerprint(join(sources, DEBIAN.folder), DEBIAN.suite)}`
}

async function buildMissing(missing: readonly Built[], place: Omit<Bench, 'engine' | 'work'>): Promise<void> {
  const work = join(place.cache, `.build-${process.pid}`)
  await clearStale(place.cache)
  mkdirSync(work, { recursive: true })
  try {
    await using engine = await chooseEngine(work)
    const bench = { ...place, engine, work }
    const base = missing.some(({ app }) => app.base === 'debian') ? await findBase(bench) : ''
    for (const [index, built] of missing.entries()) {
      place.say(
        `images  ${index + 1} of ${missing.length}: ${built.app.folder} (${Object.keys(built.app.tags).join(', ')})`,
      )
      await buildApp(built, base, bench)
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

/** The value of ARG BASE. Docker pulls it; buildah is given one that was made from Debian packages. */
async function findBase(bench: Bench): Promise<string> {
  if (bench.engine.name === 'docker') return 'debian:bookworm-slim'
  const layout = join(bench.cache, debianName())
  if (existsSync(layout)) await loadImage(bench.engine, layout, 'latest', MADE)
  else await buildDebian(layout, bench)
  return MADE
}

async function buildDebian(layout: string, { engine, work, cache, say }: Bench): Promise<void> {
  say('images  base: a small Debian, about a minute')
  const context = join(work, DEBIAN.folder)
  cpSync(join(sources, DEBIAN.folder), context, { recursive: true })
  await makeDebian(context)
  await engine.build(context, MADE, {})
  await saveImage(engine, MADE, `${context}.oci`, 'latest')
  keep(`${context}.oci`, layout, cache)
}

async function buildApp({ app, layout }: Built, base: string, bench: Bench): Promise<void> {
  const { engine, work, cache, minioPrograms } = bench
  const context = join(work, app.folder)
  cpSync(join(sources, app.folder), context, { recursive: true })
  await putBeside(app, context, minioPrograms)
  // The uids that the images run as must be able to read what a strict umask has kept to its owner.
  await run('chmod', ['-R', 'a+rX', context])
  for (const [tag, args] of Object.entries(app.tags)) {
    const reference = `localhost/landfall/${app.folder}:${tag}`
    await engine.build(context, reference, { ...(base && { BASE: base }), BUILD: tag, ...args })
    await saveImage(engine, reference, `${context}.oci`, tag)
  }
  keep(`${context}.oci`, layout, cache)
}

/** Puts a finished layout in its place at once, and takes away the ones that older sources gave. */
function keep(made: string, layout: string, cache: string): void {
  const prefix = basename(layout).replace(/[^-]+$/, '')
  for (const name of readdirSync(cache)) {
    if (name.startsWith(prefix)) rmSync(join(cache, name), { recursive: true, force: true })
  }
  renameSync(made, layout)
}
