import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DeployError } from '../error.mts'
import { isMade } from './files.mts'

/** How a directory differs from the files that should be in it. */
export interface Drift {
  file: string
  how: 'missing' | 'changed' | 'surplus'
}

/** Compares without reading or writing anything: `found` is what is there. */
export function driftOf(wanted: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): Drift[] {
  const differing = [...wanted]
    .filter(([file, text]) => found.get(file) !== text)
    .map(([file]): Drift => ({ file, how: found.has(file) ? 'changed' : 'missing' }))
  const surplus = [...found.keys()].filter((file) => !wanted.has(file)).map((file): Drift => ({ file, how: 'surplus' }))
  return [...differing, ...surplus].sort((a, b) => (a.file < b.file ? -1 : 1))
}

const WRITTEN = { missing: 'made', changed: 'changed', surplus: 'removed' } as const

/** What was found, or done, as lines: one a file, or one for a directory that is as it should be. */
export function sayDrift(directory: string, drift: readonly Drift[], how: 'checked' | 'written'): string[] {
  if (drift.length === 0) return [`${directory} is up to date`]
  const next = how === 'checked' ? [`→ npx zx render.mts makes ${directory} anew`] : []
  return [
    ...drift.map((one) => `${how === 'checked' ? one.how : WRITTEN[one.how]} ${join(directory, one.file)}`),
    ...next,
  ]
}

/**
 * The YAML and JSON files of a directory by name; none where there is no directory. Those below it too where some of
 * `wanted` lie there. Throws `usage` where it is no directory, or cannot be read.
 */
export async function readFiles(
  directory: string,
  wanted: ReadonlyMap<string, string> = new Map(),
): Promise<Map<string, string>> {
  const recursive = [...wanted.keys()].some((file) => file.includes('/'))
  const entries = await readdir(directory, { withFileTypes: true, recursive }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw unusable(directory, error)
  })
  const files = entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && /\.(ya?ml|json)$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
  const texts = files.map(
    async (path) => [path.slice(join(directory, '/').length), await readFile(path, 'utf8')] as const,
  )
  return new Map(
    await Promise.all(texts).catch((error: NodeJS.ErrnoException) => {
      throw unusable(directory, error)
    }),
  )
}

/**
 * Makes the directory hold these files. Takes away only what an earlier rendering made; says what it did. Throws `usage`,
 * with nothing written, where a file of that name is somebody else's, or the directory cannot be used.
 */
export async function writeFiles(directory: string, wanted: ReadonlyMap<string, string>): Promise<Drift[]> {
  const found = await readFiles(directory, wanted)
  const drift = driftOf(wanted, found).filter(({ file, how }) => how !== 'surplus' || isMade(found.get(file) ?? ''))
  const foreign = drift.find(({ file, how }) => how === 'changed' && !isMade(found.get(file) ?? ''))
  if (foreign !== undefined) throw notOurs(join(directory, foreign.file))
  try {
    await mkdir(directory, { recursive: true })
    for (const { file, how } of drift) {
      const path = join(directory, file)
      await mkdir(dirname(path), { recursive: true })
      if (how === 'surplus') await rm(path)
      else await writeFile(path, wanted.get(file) ?? '')
    }
  } catch (error) {
    throw unusable(directory, error as NodeJS.ErrnoException)
  }
  return drift
}

function notOurs(path: string): DeployError {
  return new DeployError({
    code: 'usage',
    says: `Cannot write ${path}: the file there was not made by render.mts; nothing was written`,
    next: `mv ${path} elsewhere, or npx zx render.mts -o ANOTHER-DIRECTORY`,
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTDIR: 'it is no directory',
  EEXIST: 'it is no directory',
  EISDIR: 'a directory has the name of a file that belongs there',
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
}

function unusable(directory: string, cause: NodeJS.ErrnoException): DeployError {
  return new DeployError({
    code: 'usage',
    says: `Cannot use ${cause.path ?? directory} for -o ${directory}: ${REASONS[cause.code ?? ''] ?? cause.message}`,
    next: 'npx zx render.mts -o ANOTHER-DIRECTORY',
    cause,
  })
}
