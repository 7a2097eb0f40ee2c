import { fileURLToPath } from 'node:url'
import { Sink } from './sink.mts'
import { HERE, type Ended, type Spawning } from './world.mts'

let runs = 0

/**
 * Runs a script as `spawned` does, but inside this process: starting one costs more than most refusals. What cannot be
 * had here is `process.exit`, an error that nobody awaits, and zx.
 */
export async function inside(script: string, args: readonly string[], options: Spawning = {}): Promise<Ended> {
  const { env = {}, cwd = HERE, onStderr } = options
  const url = new URL(script, import.meta.url)
  const stderr = new Sink()
  const stdout = new Sink()
  stderr.onText = (text) => onStderr?.(text, (signal) => setImmediate(() => process.emit(signal)))
  using _place = standingIn({ PATH: process.env['PATH'] ?? '', ...env }, cwd)
  using _streams = streamsTo(stdout, stderr)
  const { argv } = process
  process.argv = [process.execPath, fileURLToPath(url), ...args]
  try {
    // A new address each time, so that the script runs each time.
    await import(`${url.href}?run=${(runs += 1)}`)
    const text = stderr.text.replaceAll(/\?run=\d+/g, '')
    return { code: Number(process.exitCode ?? 0), stdout: stdout.text, stderr: text }
  } finally {
    process.argv = argv
    process.exitCode = undefined
  }
}

function standingIn(env: Readonly<Record<string, string>>, cwd: string): Disposable {
  const before = { env: { ...process.env }, cwd: process.cwd() }
  setEnvironment(env)
  process.chdir(cwd)
  return {
    [Symbol.dispose]: () => {
      setEnvironment(before.env)
      process.chdir(before.cwd)
    },
  }
}

// The object itself must stay: what Node reads of the environment (HOME) goes past its JavaScript copy.
function setEnvironment(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
}

/** The test runner has its own hold of the real streams: only the properties change. */
function streamsTo(stdout: Sink, stderr: Sink): Disposable {
  const names = ['stdout', 'stderr'] as const
  const before = names.map((name) => Object.getOwnPropertyDescriptor(process, name) ?? {})
  Object.defineProperty(process, 'stdout', { value: stdout, configurable: true })
  Object.defineProperty(process, 'stderr', { value: stderr, configurable: true })
  return {
    [Symbol.dispose]: () => names.forEach((name, at) => Object.defineProperty(process, name, before[at] ?? {})),
  }
}
