import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A short name for what a build is made from: other files, names or words give another one. Times do not count. */
export function fingerprint(folder: string, ...words: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([process.arch, ...words]))
  for (const file of filesBelow(folder)) {
    const executable = (statSync(file).mode & 0o100) !== 0
    const content = createHash('sha256').update(readFileSync(file)).digest('hex')
    hash.update(JSON.stringify([relative(folder, file), executable, content]))
  }
  return hash.digest('hex').slice(0, 16)
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
