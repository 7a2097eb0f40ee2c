import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** The YAML files of a directory by name; none where there is no directory. */
export async function readFiles(directory: string): Promise<Map<string, string>> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort()
  return new Map(
    await Promise.all(files.map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const)),
  )
}

/** Makes the directory hold these files. Takes away only what an earlier rendering made; says what it did. */
export async function writeFiles(directory: string, wanted: ReadonlyMap<string, string>): Promise<Drift[]> {
  const found = await readFiles(directory)
  const drift = driftOf(wanted, found).filter(({ file, how }) => how !== 'surplus' || isMade(found.get(file) ?? ''))
  await mkdir(directory, { recursive: true })
  for (const { file, how } of drift) {
    if (how === 'surplus') await rm(join(directory, file))
    else await writeFile(join(directory, file), wanted.get(file) ?? '')
  }
  return drift
}
