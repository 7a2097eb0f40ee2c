import { PassThrough } from 'node:stream'
import { asDeployError } from '../../lib/deploy/story.mts'
import type { DeployError } from '../../lib/error.mts'
import { Redactor } from '../../lib/report/redact.mts'
import { createReport } from '../../lib/report/report.mts'
import { loadSettings } from '../../lib/settings/load.mts'
import { bodies } from './bodies.mts'
import type { ActingScript } from './bodies.mts'

/** How a drill ended, and what was said. */
export interface Drilled {
  error: DeployError | undefined
  said: string
}

export interface Drilling {
  script?: ActingScript
  args?: readonly string[]
}

/** Plays a drill in this process as the scripts do. */
export async function playDrill(name: string, { script = 'deploy', args = [] }: Drilling = {}): Promise<Drilled> {
  const stderr = new PassThrough()
  let said = ''
  stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const redactor = new Redactor()
  const shared = { output: 'text', color: false, tty: false, env: {}, redactor } as const
  const report = createReport({ stdout: new PassThrough(), stderr, ...shared })
  const controller = new AbortController()
  try {
    const settings = await loadSettings([...args, `--rehearse=${name}`], script, { env: {}, cwd: process.cwd() })
    await bodies[script]({ settings, report, redactor, signal: controller.signal })
    return { error: undefined, said }
  } catch (error) {
    return { error: asDeployError(error), said }
  } finally {
    await report.end()
  }
}
