import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { DeployError } from '../../error.mts'
import { run } from '../host/command.mts'
import { DEBIAN, type Image } from './catalog.mts'

/** Puts what an image's Containerfile copies, but no registry or repository holds, into its build context. */
export async function putBeside(image: Image, context: string, minioPrograms: string): Promise<void> {
  switch (image.beside) {
    case 'nothing':
      return
    case 'debian':
      return await makeDebian(context)
    case 'wheels':
      return await unpackWheels(context)
    case 'busybox':
      return copyPrograms(context, [findProgram('busybox')])
    case 'minio':
      return copyPrograms(context, [findProgram('busybox'), join(minioPrograms, 'minio'), join(minioPrograms, 'mc')])
  }
}

/** The glibc versions a wheel may ask for on Debian 12 (2.36); pip takes each by name only. */
const GLIBC = ['2014', '_2_17', '_2_24', '_2_26', '_2_27', '_2_28', '_2_31', '_2_34']

/** For the image's Python, which need not be this machine's. */
async function unpackWheels(context: string): Promise<void> {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  const platforms = GLIBC.flatMap((version) => ['--platform', `manylinux${version}_${machine}`])
  const image = ['--only-binary=:all:', '--implementation', 'cp', '--python-version', '3.11', ...platforms]
  const pinned = ['--no-deps', '--require-hashes', '-r', join(context, 'requirements.txt')]
  const quiet = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--no-compile']
  await run('python3', ['-m', 'pip', 'install', ...quiet, ...image, ...pinned, '--target', join(context, 'site')])
}

function copyPrograms(context: string, programs: readonly string[]): void {
  mkdirSync(join(context, 'bin'), { recursive: true })
  for (const program of programs) copyFileSync(program, join(context, 'bin', program.split('/').at(-1) ?? ''))
}

function findProgram(name: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/bin']
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new DeployError({
    code: 'package-missing',
    says: `Cannot build the demo's images: there is no ${name} on this host`,
    next: 'npx zx cluster.mts up --demo --install',
  })
}

const SUITE = Object.keys(DEBIAN.tags)[0] ?? ''

const UNREAD = ['doc', 'info', 'locale', 'man'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`)

/** Makes the root file system of a small Debian with apt; takes most of a minute. */
async function makeDebian(context: string): Promise<void> {
  const archive = join(context, 'rootfs.tar')
  await run('mmdebstrap', ['--quiet', '--variant=apt', ...UNREAD, SUITE, archive, ...aptSources()])
}

/** This machine's own sources where they have the suite (they may name a mirror), otherwise mmdebstrap's. */
function aptSources(): string[] {
  const own = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']
  const fitting = own.find((file) => existsSync(file) && readFileSync(file, 'utf8').includes(SUITE))
  return fitting === undefined ? [] : [fitting]
}
