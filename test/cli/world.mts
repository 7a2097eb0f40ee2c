import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isAbsolute, relative } from 'node:path'
import { DeployError } from '../../lib/error.mts'
import type { Script } from '../../lib/settings/flags.mts'
import { loadSettings } from '../../lib/settings/load.mts'
import type { Settings } from '../../lib/settings/settings.mts'
import type { Stack } from '../../lib/stacks/stack.mts'

/** What an operator has around him: nothing but these files and variables. */
export interface Around {
  script?: Script
  env?: Readonly<Record<string, string>>
  files?: Readonly<Record<string, string>>
  stack?: Stack
}

const CWD = '/home/operator/app'

/** Settings from arguments as they are typed, in a world of their own. */
export async function settingsOf(args: readonly string[], around: Around = {}): Promise<Settings> {
  const { script = 'deploy', env = {}, files = {}, stack } = around
  const readFile = (path: string): string => {
    const name = isAbsolute(path) ? relative(CWD, path) : path
    if (Object.hasOwn(files, name)) return files[name] ?? ''
    throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
  }
  return loadSettings(args, script, { env, cwd: CWD, readFile, ...(stack === undefined ? {} : { stack }) })
}

/** The refusal of these arguments. Fails where they are taken, or where what is thrown is not meant for an operator. */
export async function refusalOf(args: readonly string[], around: Around = {}): Promise<DeployError> {
  try {
    await settingsOf(args, around)
  } catch (error) {
    if (error instanceof DeployError) return error
    throw error
  }
  throw new Error(`${args.join(' ')} was taken`)
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** The folder that scripts and paths are relative to. */
export const HERE = fileURLToPath(new URL('.', import.meta.url))
const ZX = fileURLToPath(new URL('../../node_modules/zx/build/cli.js', import.meta.url))

export interface Spawning {
  env?: Readonly<Record<string, string>>
  cwd?: string
  under?: 'node' | 'zx'
  /** Called with all of stderr so far. */
  onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
}

/** Runs a script of fixtures/ as an operator does, in an environment without settings. Paths are relative to test/cli. */
export async function spawned(script: string, args: readonly string[], options: Spawning = {}): Promise<Ended> {
  const { env = {}, cwd = HERE, under = 'node', onStderr } = options
  const command = [...(under === 'zx' ? [ZX] : []), fileURLToPath(new URL(script, import.meta.url)), ...args]
  const child = spawn(process.execPath, command, { cwd, env: { PATH: process.env['PATH'] ?? '', ...env } })
  const ended: Ended = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => {
    ended.stderr += chunk.toString()
    onStderr?.(ended.stderr, (signal) => child.kill(signal))
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...ended, code }))
  })
}
