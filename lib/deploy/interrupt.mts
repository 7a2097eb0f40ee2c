import { DeployError, EXIT } from '../error.mts'
import type { Report } from '../report/report.mts'
import type { Script } from '../settings/flags.mts'

/** Ctrl-C, and errors that nobody awaits. */
export interface Interruption {
  /** Aborts at the first SIGINT or SIGTERM; its reason is a DeployError. */
  readonly signal: AbortSignal
  /** The report, watched: what has begun decides what is said when it is interrupted. */
  readonly watched: Report
  /** Why the run was cut short, whatever error that then led to. */
  reason(): unknown
  /** Throws an error that nobody awaited: a run that seems to have gone well did not. */
  throwStray(): void
  stop(): void
}

/** Listens to signals. The first one ends the waiting in good order; a second one leaves at once with 130. */
export function onSignals(script: Script, report: Report): Interruption {
  const controller = new AbortController()
  let state: Progress = 'untouched'
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort(interrupted(script, state))
    report.note('stopping; Ctrl-C again leaves at once')
  }
  const stray = (error: unknown): void => controller.abort(error)
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  process.on('uncaughtException', stray).on('unhandledRejection', stray)
  return {
    signal: controller.signal,
    watched: {
      ...report,
      component: (name, health) => {
        state = 'applied'
        report.component(name, health)
      },
      release: (told) => {
        state = 'recorded'
        report.release(told)
      },
    },
    throwStray: () => {
      if (controller.signal.aborted && !(controller.signal.reason instanceof DeployError))
        throw controller.signal.reason
    },
    reason: () => (controller.signal.aborted ? controller.signal.reason : undefined),
    stop: () => {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
      process.off('uncaughtException', stray).off('unhandledRejection', stray)
    },
  }
}

type Progress = 'untouched' | 'applied' | 'recorded'

/** What goes on in the cluster when nobody waits for it any more. */
function interrupted(script: Script, state: Progress): DeployError {
  if (state === 'recorded')
    return new DeployError({
      code: 'interrupted',
      says: 'Cannot end in good order: interrupted after the release was proven and recorded',
      next: 'npx zx verify.mts',
    })
  if (script === 'verify' || script === 'render')
    return new DeployError({ code: 'interrupted', says: 'Cannot finish: interrupted', next: `npx zx ${script}.mts` })
  if (script === 'teardown')
    return new DeployError({
      code: 'interrupted',
      says: `Cannot finish the teardown: interrupted; ${state === 'applied' ? 'what was deleted so far is going, the rest stays' : 'nothing was removed'}`,
      next: 'the same command again',
    })
  return new DeployError({
    code: 'interrupted',
    says:
      state === 'applied'
        ? 'Cannot prove the release: interrupted; Kubernetes goes on with what was applied, and a new version that becomes ready goes live unproven'
        : 'Cannot finish: interrupted before any component was applied',
    next: state === 'applied' ? 'npx zx verify.mts, or the same command again' : 'the same command again',
  })
}
