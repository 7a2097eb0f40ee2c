import { execFile } from 'node:child_process'
import { DeployError } from '../../error.mts'

interface Options {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Milliseconds until the command is ended; ten minutes if not said. */
  readonly limit?: number
}

/** Where a daemon looks for programs: the same whoever starts it. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Where a command is looked for: also in the folders that an ordinary user's PATH lacks. */
export const PATH = `${process.env['PATH'] ?? ''}:${SYSTEM_PATH}`

/** How a command ended; `code` is -1 where it could not be started or was ended by a signal. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end, whatever the end is. */
export function attempt(command: string, args: readonly string[], options: Options = {}): Promise<Ended> {
  const { input, env, cwd, limit = 600_000 } = options
  const settings = { maxBuffer: 1 << 28, timeout: limit, env: { ...process.env, PATH, ...env }, ...(cwd && { cwd }) }
  return new Promise((resolve) => {
    const child = execFile(command, [...args], settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr: stderr || (error?.message ?? '') })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(input ?? '')
  })
}

/** Runs a command and returns its standard output; `cluster-failed` with the last lines it said where it fails. */
export async function run(command: string, args: readonly string[], options: Options = {}): Promise<string> {
  const ended = await attempt(command, args, options)
  if (ended.code === 0) return ended.stdout
  const line = [command.split('/').at(-1), ...args.slice(0, 6)].join(' ')
  throw new DeployError({
    code: 'cluster-failed',
    says: `Cannot make the cluster: "${line}" ended with ${ended.code}`,
    evidence: lastLines(ended.stderr || ended.stdout, 12),
    next: 'npx zx cluster.mts down && npx zx cluster.mts up',
  })
}

/** The last lines of a text that are not blank. */
export function lastLines(text: string, count: number): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(-count)
}
