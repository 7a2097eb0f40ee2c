import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse as parseVariables } from 'dotenv'
import { LineCounter, parseDocument } from 'yaml'
import { DeployError } from '../error.mts'
import { isRecord } from './layers.mts'

/** Where files are read: relative names start at `cwd`. */
export interface Folder {
  cwd: string
  /** The text of a file by its absolute path; throws as node:fs does. */
  readFile: (path: string) => string
}

/** The folder of the process. */
export function folderAt(cwd: string): Folder {
  return { cwd, readFile: (path) => readFileSync(path, 'utf8') }
}

/** The text of a file that a flag or a setting names. Throws `missing-file`. */
export function readNamed(folder: Folder, name: string, by: string): string {
  try {
    return folder.readFile(resolve(folder.cwd, name))
  } catch (cause) {
    throw new DeployError({
      code: 'missing-file',
      says: `Cannot read ${name === '' ? '""' : name} of ${by}: ${reasonOf(cause)}`,
      next: `ls -l ${resolve(folder.cwd, name)}`,
      cause,
    })
  }
}

/** The mapping in a values file. Throws `missing-file`, or `bad-setting` with the line. */
export function readValues(folder: Folder, name: string): Record<string, unknown> {
  const lines = new LineCounter()
  const document = parseDocument(readNamed(folder, name, '--values'), { prettyErrors: false, lineCounter: lines })
  const [error] = document.errors
  // The library's own message would quote the line, and with it whatever secret stands there.
  if (error !== undefined) throw broken(name, `line ${lines.linePos(error.pos[0]).line}: ${error.message}`)
  const value = plainValue(name, () => document.toJS())
  if (value === null || value === undefined) return {}
  if (!isRecord(value)) throw broken(name, 'line 1: it is not a mapping of settings')
  return value
}

/** What a dotenv file says, by the name that it was asked by. */
export interface DotenvFile {
  name: string
  variables: readonly (readonly [string, string])[]
}

/** The variables in a dotenv file; none where the file is only the default and not there. */
export function readVariables(folder: Folder, asked: string | undefined): DotenvFile {
  const name = asked ?? '.env'
  if (asked === undefined && !exists(folder, name)) return { name, variables: [] }
  return { name, variables: Object.entries(parseVariables(readNamed(folder, name, '--dotenv'))) }
}

function exists(folder: Folder, name: string): boolean {
  try {
    folder.readFile(resolve(folder.cwd, name))
    return true
  } catch (error) {
    return codeOf(error) !== 'ENOENT'
  }
}

// Aliases can make a value endless or huge; what JSON cannot hold is no setting.
function plainValue(name: string, make: () => unknown): unknown {
  try {
    const value = make()
    JSON.stringify(value)
    return value
  } catch (cause) {
    throw broken(name, cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause), cause)
  }
}

function broken(name: string, why: string, cause?: unknown): DeployError {
  return new DeployError({ code: 'bad-setting', says: `Cannot use ${name}: ${why}`, next: `fix ${name}`, cause })
}

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a directory'
  if (code === 'EACCES') return 'permission denied'
  return error instanceof Error ? error.message : String(error)
}

function codeOf(error: unknown): unknown {
  return isRecord(error) || error instanceof Error ? (error as { code?: unknown }).code : undefined
}
