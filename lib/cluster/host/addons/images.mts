import { join } from 'node:path'
import { cacheDir, type Buildable } from '../build.mts'
import { run } from '../command.mts'
import { writeImage } from '../images.mts'
import type { Layout } from '../layout.mts'
import { PAUSE } from '../node.mts'

/** What makes and removes the folders of volumes; also a small shell for trying things out. */
export const HELPER = 'localhost/busybox:1'

/** The name of the image with a module's program. */
export function imageOf(module: Buildable): string {
  // The cache folder's name changes with what was built, and so the pods do.
  const version = cacheDir(module).split('-').at(-1)
  return `localhost/${module}:${version}`
}

/** Imports the add-ons' images into containerd; none of them is ever pulled. */
export async function importImages(paths: Layout): Promise<void> {
  const ctr = (...args: string[]) =>
    run(join(cacheDir('containerd'), 'ctr'), ['-a', paths.containerd, '-n', 'k8s.io', ...args])
  const there = new Set((await ctr('images', 'ls', '-q')).split('\n'))
  for (const { module, name, programs, links, entrypoint } of images()) {
    if (there.has(name)) continue
    const archive = join(cacheDir(module), `${name.replaceAll(/\W/g, '-')}.tar`)
    await writeImage({ name, programs, links, entrypoint }, archive)
    await ctr('images', 'import', '--local', archive)
  }
}

function images() {
  const one = (module: Buildable, program: string) => ({
    module,
    name: imageOf(module),
    programs: { [program]: join(cacheDir(module), program) },
    links: {},
    entrypoint: [`/${program}`],
  })
  const busybox = {
    module: 'storage' as const,
    name: HELPER,
    programs: { 'bin/busybox': '/bin/busybox' },
    links: Object.fromEntries(['sh', 'mkdir', 'rm', 'sleep', 'cat', 'nc'].map((name) => [`bin/${name}`, 'busybox'])),
    entrypoint: ['/bin/sh'],
  }
  const pause = { ...one('pause', 'pause'), name: PAUSE }
  return [
    pause,
    one('coredns', 'coredns'),
    one('storage', 'local-path-provisioner'),
    one('traefik', 'traefik'),
    busybox,
  ]
}
