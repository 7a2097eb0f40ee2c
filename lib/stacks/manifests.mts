import { statSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { DeployError } from '../error.mts'
import type { Stack } from './stack.mts'
import type { Source } from './yaml/documents.mts'
import type { Manifest } from './yaml/manifest.mts'

/** What is read at most, of all files together: a release record holds 1 MiB, compressed. */
const LARGEST = 8 * 2 ** 20

const EXTENSION = /\.(ya?ml|json)$/
const STACK_NAME = /^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/

/** Where plain manifests are, as `--stack` says it: `./k8s`, `shop=./k8s`, `-` (a pipe), `shop=-`. */
export interface Place {
  /** What the stack shall be called. */
  name?: string
  path: string
}

/** The manifests' place where `--stack` names one: a directory, a YAML or JSON file, or a pipe. */
export function placeOf(asked: string): Place | undefined {
  const [, name, rest] = /^([^=/\\]*)=(.+)$/s.exec(asked) ?? []
  const path = rest ?? asked
  const found = path === '-' || EXTENSION.test(path) || isDirectory(path)
  if (!found) return undefined
  return name === undefined ? { path } : { name: checkedName(name, path), path }
}

function isDirectory(path: string): boolean {
  return statSync(resolve(path), { throwIfNoEntry: false })?.isDirectory() ?? false
}

/**
 * A stack of the manifests there. `record` reads no pipe: a verification or rollback takes all but the name from the
 * release. Throws `missing-file`, `bad-manifest`, or `unknown-stack` where it has no name.
 */
export async function loadManifests({ name, path }: Place, reads: 'manifests' | 'record'): Promise<Stack> {
  const { recordedStack, stackOfManifests } = await import('./yaml/stack.mts')
  if (path === '-' && reads === 'record') return recordedStack(name ?? unnamed('a release is found by its name'))
  const { sources, notes } = path === '-' ? { sources: [await readPipe()], notes: [] } : await readFiles(path)
  const { manifestsOf } = await import('./yaml/manifest.mts')
  const manifests = manifestsOf(sources)
  if (manifests.length === 0) throw nothingIn(path)
  return stackOfManifests(name ?? (path === '-' ? releaseOf(manifests) : nameOf(path)), manifests, notes)
}

interface Found {
  sources: Source[]
  notes: string[]
}

/** The files of a directory, as `kubectl apply -f` takes them: not those of the directories in it. */
async function readFiles(path: string): Promise<Found> {
  const found = await stat(resolve(path)).catch((cause: unknown) => {
    throw missing(path, 'there is no such file or directory', cause)
  })
  if (!found.isDirectory()) return { sources: [await readSource(path, LARGEST)], notes: [] }
  const entries = await readdir(resolve(path), { withFileTypes: true })
  const names = entries.map(({ name }) => name).filter((name) => !name.startsWith('.'))
  const directories = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  const sources: Source[] = []
  let left = LARGEST
  for (const name of names.filter((name) => EXTENSION.test(name)).sort()) {
    const source = await readSource(join(path, name), left)
    left -= source.text.length
    sources.push(source)
  }
  const inside = directories.map(({ name }) => name).join(', ')
  return { sources, notes: inside === '' ? [] : [`not read, as with kubectl apply -f: directories ${inside}`] }
}

async function readSource(path: string, left: number): Promise<Source> {
  try {
    const { size } = await stat(resolve(path))
    if (size > left) throw tooLarge(path)
    return { name: path, text: withoutMark(await readFile(resolve(path), 'utf8')) }
  } catch (cause) {
    throw cause instanceof DeployError ? cause : missing(path, wordsOf(cause), cause)
  }
}

// A pipe can be read once, however often a run asks for its stack.
let piped: Promise<Source> | undefined

function readPipe(): Promise<Source> {
  piped ??= drain()
  return piped
}

async function drain(): Promise<Source> {
  if (process.stdin.isTTY)
    throw new DeployError({
      code: 'usage',
      says: 'Cannot read manifests from a terminal: --stack - takes them from a pipe',
      next: 'helm template NAME DIR | npx zx deploy.mts --stack -',
    })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST) throw tooLarge('stdin')
    chunks.push(chunk)
  }
  return { name: 'stdin', text: withoutMark(Buffer.concat(chunks).toString()) }
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/** A directory's name, or a file's without its ending. */
function nameOf(path: string): string {
  return checkedName(basename(resolve(path)).replace(EXTENSION, ''), path)
}

const INSTANCE = 'app.kubernetes.io/instance'

/** The Helm release that a rendered chart says it is. */
function releaseOf(manifests: readonly Manifest[]): string {
  const names = new Set(manifests.flatMap(({ object }) => object.metadata.labels?.[INSTANCE] ?? []))
  const [name] = names
  if (name !== undefined && names.size === 1) return checkedName(name, '-')
  const why =
    names.size === 0 ? `no object has the label ${INSTANCE}` : `${INSTANCE} says ${[...names].sort().join(', ')}`
  return unnamed(why)
}

function checkedName(name: string, path: string): string {
  if (STACK_NAME.test(name)) return name
  throw new DeployError({
    code: 'unknown-stack',
    says: `Cannot call a stack ${JSON.stringify(name)}: a name is at most 42 of a-z, 0-9 and "-"`,
    next: `--stack NAME=${path}`,
  })
}

function unnamed(why: string): never {
  throw new DeployError({
    code: 'unknown-stack',
    says: `Cannot tell what the stack is called: ${why}`,
    next: '--stack NAME=-',
  })
}

function nothingIn(path: string): DeployError {
  const says =
    path === '-'
      ? 'Cannot use stdin: no object came out of the pipe'
      : `Cannot use ${path}: there is no object in it (.yaml, .yml, .json)`
  return new DeployError({ code: 'bad-manifest', says, next: path === '-' ? 'look at what was piped' : `ls ${path}` })
}

function tooLarge(path: string): DeployError {
  const says = `Cannot use ${path}: manifests are ${LARGEST / 2 ** 20} MiB at most, all together`
  return new DeployError({ code: 'bad-manifest', says, next: 'take large files out; a release has to fit a ConfigMap' })
}

function missing(path: string, why: string, cause: unknown): DeployError {
  return new DeployError({
    code: 'missing-file',
    says: `Cannot read ${path}: ${why}`,
    next: `ls -l ${resolve(path)}`,
    cause,
  })
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
}
