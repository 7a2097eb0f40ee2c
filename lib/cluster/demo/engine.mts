import { readFileSync } from 'node:fs'
import { attempt, run } from '../host/command.mts'
import type { BuildArgs } from './catalog.mts'

/** What turns a Containerfile into an image. */
export interface Engine extends AsyncDisposable {
  readonly name: 'docker' | 'buildah'
  /** How skopeo names the place where the engine keeps its images. */
  readonly store: string
  readonly build: (context: string, reference: string, args: BuildArgs) => Promise<void>
}

/** Docker where an engine answers, otherwise buildah with its storage below `folder`, which the caller removes. */
export async function chooseEngine(folder: string): Promise<Engine> {
  const docker = await attempt('docker', ['info', '--format', '{{.ServerVersion}}'], { limit: 10_000 })
  return docker.code === 0 ? dockerEngine : buildahEngine(folder)
}

/**
 * Copies an image into an OCI layout folder under a tag. Layers stay as the store has them: nothing leaves this
 * machine, and packing them would cost more than the disk they take.
 */
export async function saveImage(engine: Engine, reference: string, layout: string, tag: string): Promise<void> {
  const unpacked = '--dest-oci-accept-uncompressed-layers'
  await run('skopeo', ['copy', '-q', unpacked, `${engine.store}${reference}`, `oci:${layout}:${tag}`])
}

/** The way back: gives the engine an image to build on. */
export async function loadImage(engine: Engine, layout: string, tag: string, reference: string): Promise<void> {
  await run('skopeo', ['copy', '-q', `oci:${layout}:${tag}`, `${engine.store}${reference}`])
}

const dockerEngine: Engine = {
  name: 'docker',
  store: 'docker-daemon:',
  build: async (context, reference, args) => {
    await run('docker', ['build', '-q', ...flags(args), '-f', `${context}/Containerfile`, '-t', reference, context])
  },
  [Symbol.asyncDispose]: async () => {},
}

async function buildahEngine(folder: string): Promise<Engine> {
  const driver = await storageDriver(folder)
  const [root, runroot] = [`${folder}/${driver}`, `${folder}/run-${driver}`]
  const storage = ['--root', root, '--runroot', runroot, '--storage-driver', driver]
  return {
    name: 'buildah',
    store: `containers-storage:[${driver}@${root}+${runroot}]`,
    build: async (context, reference, args) => {
      // Its lock would lie in /etc/cni otherwise, and stay there.
      const how = ['-q', '--isolation', 'chroot', '--layers', '--cni-config-dir', `${folder}/cni`]
      await run('buildah', [...storage, 'bud', ...how, ...flags(args), '-t', reference, context])
    },
    [Symbol.asyncDispose]: async () => {
      await attempt('buildah', [...storage, 'rm', '--all'])
      await unmountBelow(folder)
    },
  }
}

/** Overlay is ten times faster; a file system that cannot carry it (another overlay, say) gets plain copies. */
async function storageDriver(folder: string): Promise<'overlay' | 'vfs'> {
  const storage = ['--root', `${folder}/overlay`, '--runroot', `${folder}/run-overlay`, '--storage-driver', 'overlay']
  const overlay = await attempt('buildah', [...storage, 'images', '-q'])
  return overlay.code === 0 ? 'overlay' : 'vfs'
}

/** Takes away the mounts that a build which was killed has left below a folder. */
export async function unmountBelow(folder: string): Promise<void> {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${folder}/`))
  for (const point of points.reverse()) await attempt('umount', ['--lazy', point])
}

function flags(args: BuildArgs): string[] {
  return Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
}
