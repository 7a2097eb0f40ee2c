import { enableCompileCache } from 'node:module'
import { inspect } from 'node:util'
import { DeployError, EXIT, type Exit } from '../error.mts'
import type { Redactor } from '../report/redact.mts'
import type { Report } from '../report/report.mts'
import { argumentsOf, asksHelp } from '../settings/arguments.mts'
import type { Script } from '../settings/flags.mts'
import { helpOf } from '../settings/help.mts'
import type { Settings } from '../settings/settings.mts'
import type { Stack } from '../stacks/stack.mts'
import { onSignals } from './interrupt.mts'

/** What a script's body works with. */
export interface Stage {
  settings: Settings
  report: Report
  /** Told every value of every Secret that is read (redactor.learn), so that no byte of the report holds it. */
  redactor: Redactor
  /** Aborts at the first Ctrl-C; its reason is a DeployError. */
  signal: AbortSignal
}

export type Body = (stage: Stage) => Promise<Exit | void>

/**
 * Runs a script from its arguments to `process.exitCode`, and is the one place that turns errors into exit codes. `--help`
 * and `--print-settings` are answered here. A DeployError prints its code, sentence, evidence and next command; anything
 * else is a bug and prints its stack. Never throws and never exits by itself, except at a second Ctrl-C.
 */
export async function story(script: Script, body: Body, given: { stack?: Stack } = {}): Promise<void> {
  const args = argumentsOf(process.argv)
  if (asksHelp(args)) {
    process.stdout.write(helpOf(script))
    return
  }
  // Stripping types of all that follows costs half a second of processor time, the first time only.
  enableCompileCache()
  // Imported now, so that help is quick: settings bring zod and the stack, the report brings yaml.
  const { openStage } = await import('./stage.mts')
  const { report, redactor, settings } = openStage(args, script, given)
  const interruption = onSignals(script, report)
  try {
    const loaded = await settings()
    const exit =
      loaded.printSettings || loaded.rehearse === 'list'
        ? EXIT.proven
        : await body({
            settings: loaded,
            report: interruption.watched,
            redactor,
            signal: interruption.signal,
          })
    interruption.throwStray()
    process.exitCode = exit ?? EXIT.proven
  } catch (error) {
    process.exitCode = tellFailure(report, causeOf(error, interruption.reason()))
  } finally {
    interruption.stop()
    await report.end()
  }
}

/** What cut the run short, whatever error that then led to; the interrupt with its evidence where that is what was thrown. */
function causeOf(error: unknown, reason: unknown): unknown {
  const same = error instanceof DeployError && reason instanceof DeployError && error.code === reason.code
  return same ? error : (reason ?? error)
}

function tellFailure(report: Report, error: unknown): Exit {
  const told = asDeployError(error)
  // A rollout's error knows the component it is about.
  const component = error instanceof DeployError && 'component' in error ? error.component : undefined
  report.failure(told, typeof component === 'string' ? { component } : {})
  return told.exit
}

/** What was thrown as what the operator reads: a bug unless it was meant for him. */
export function asDeployError(error: unknown): DeployError {
  if (error instanceof DeployError) return error
  return new DeployError({
    code: 'bug',
    says: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    evidence: error instanceof Error ? inspect(error, { depth: 3 }).split('\n') : [],
    next: 'report it with the lines above: this is a fault of landfall',
    cause: error,
  })
}
