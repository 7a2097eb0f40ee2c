import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Somebody's own folder with these files; gone with its disposal. */
export interface Folder extends Disposable {
  path: string
  write: (name: string, text: string | Uint8Array) => string
}

export function folderOf(files: Readonly<Record<string, string>> = {}): Folder {
  const path = mkdtempSync(join(tmpdir(), 'landfall-own-'))
  const write: Folder['write'] = (name, text) => {
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  return { path, write, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a command in the folder, with nothing of the tester's own settings, and feeds it `input`. */
export function runIn(folder: Folder, command: readonly string[], input = ''): Promise<Ended> {
  const [program = '', ...args] = command
  // The cache would lie in TMPDIR, and every process would strip the types of all modules anew.
  const compiled = join(ROOT, 'node_modules/.cache/node')
  const own = { HOME: folder.path, TMPDIR: folder.path, NODE_COMPILE_CACHE: compiled, NO_COLOR: '1' }
  const env = { PATH: process.env['PATH'], ...own }
  const child = spawn(program, args, { cwd: folder.path, env })
  const ended: Ended = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (ended.stderr += chunk.toString()))
  // A reader that has refused what it read so far closes the pipe.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...ended, code }))
  })
}

/** One of the scripts of this repository, as somebody types it in his own folder. */
export function script(name: string): string[] {
  return [process.execPath, join(ROOT, name)]
}
