import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The repository's root: scripts run there, as an operator runs them. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export const ZX = fileURLToPath(new URL('../../node_modules/zx/build/cli.js', import.meta.url))

/** The demo's settings, as .env.example has them. */
const DEMO_ENV = {
  LANDFALL_DOMAIN: 'reactbin.localhost',
  LANDFALL_SECRETS: 'existing',
  LANDFALL_TLS_FROM: 'existing',
  LANDFALL_EDGE_CA_FILE: '.demo/ca.crt',
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** Milliseconds. */
  ms: number
}

interface Options {
  /** Told how to end the process once it runs. */
  onStart?: (end: (signal: NodeJS.Signals) => void) => void
  env?: Record<string, string>
  /** Called with each piece of stderr as it comes. */
  onStderr?: (text: string) => void
}

/** Runs one of the scripts under zx, with the demo's settings. */
export function landfall(script: string, args: readonly string[] = [], options: Options = {}): Promise<Ended> {
  return run(process.execPath, [ZX, script, ...args], { ...options, env: { ...DEMO_ENV, ...options.env } })
}

/** Runs a command to its end; never throws for its exit code. */
export async function run(
  command: string,
  args: readonly string[],
  options: Options & { input?: string } = {},
): Promise<Ended> {
  const started = performance.now()
  const { LANDFALL_TAG: _, ...inherited } = process.env
  const child = spawn(command, args, { cwd: ROOT, env: { ...inherited, NO_COLOR: '1', ...options.env } })
  options.onStart?.((signal) => child.kill(signal))
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    options.onStderr?.(chunk.toString())
  })
  child.stdin.end(options.input ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, ms: performance.now() - started }))
  })
}
