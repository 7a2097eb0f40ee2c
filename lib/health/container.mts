import { causeOf, isCertain, ruleFor, WAITING } from './cause.mts'
import { warningsOf } from './event.mts'
import { endingOf, exitsOf, KILLED, type Ending } from './exit.mts'
import { producedOf, type Finding } from './finding.mts'
import { awaited } from './producer.mts'
import { unreadyOf } from './readiness.mts'
import { text, type Terminated } from './seen.mts'
import { factsOf, type View } from './view.mts'
import { oneLine, plain, tailOf } from './words.mts'

/** What is wrong with one container, if anything is. */
export function findingOf(view: View): Finding | undefined {
  const { state, lastState } = view.status
  if (state?.waiting != null) return waitingOf(view, state.waiting) ?? endedOf(view, lastState?.terminated)
  if (state?.terminated != null) return endedOf(view, state.terminated)
  if (state?.running == null) return undefined
  return endedOf(view, view.status.ready === true ? undefined : lastState?.terminated) ?? unreadyOf(view)
}

function waitingOf(
  view: View,
  waiting: { reason?: string | undefined; message?: string | undefined },
): Finding | undefined {
  const reason = text(waiting.reason)
  const message = oneLine(text(waiting.message))
  // What it waits for is said by its last end.
  if (/^(CrashLoopBackOff|RunContainerError)$/.test(reason) && view.status.lastState?.terminated != null)
    return undefined
  if (reason === 'RunContainerError') return endedOf(view, { reason: 'StartError', exitCode: 128, message })
  const rule = ruleFor(WAITING, { role: view.role, reason, words: anonymous(message, view) })
  if (rule === undefined) return undefined
  const lack = rule.code === 'config-missing' ? awaited(message, view.pod, view.snapshot) : undefined
  const produced = lack === undefined ? undefined : producedOf(lack)
  if (produced !== undefined) return produced
  const cause = causeOf(rule, factsOf(view, lack?.name), refusal(view, reason, message), [
    whereOf(view),
    ...warningsOf(view.snapshot, view.pod),
  ])
  return isCertain(rule.patience, {}) ? { grade: 'doomed', cause } : { grade: 'trouble', cause, step: stepOf(reason) }
}

// An image may be called `tls-proxy:503`: its name must not be read as what is wrong with it.
function anonymous(message: string, { spec }: View): string {
  const image = text(spec.image)
  const unnamed = image === '' ? message : message.replaceAll(image, 'IMAGE')
  return unnamed.replaceAll(/https?:\/\/\S+/g, 'URL')
}

const PULLING = /^(ErrImagePull|ImagePullBackOff|RegistryUnavailable)$/

function refusal(view: View, reason: string, message: string): string {
  const words = plain(message)
  const what = PULLING.test(reason) ? `pull ${text(view.spec.image)} for container` : 'start container'
  return `Cannot ${what} ${view.name}: ${reason}${words === '' ? '' : `: ${words}`}`
}

function stepOf(reason: string): string {
  return PULLING.test(reason) ? 'pulling image' : `starting (${reason})`
}

function whereOf({ pod, name, status }: View): string {
  const restarts = status.restartCount === undefined ? '' : `, restarts ${status.restartCount}`
  return `pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}, container ${name}${restarts}`
}

function endedOf(view: View, ended: Terminated | undefined | null): Finding | undefined {
  if (ended == null || isDone(view, ended)) return undefined
  const ending = endingOf(view, ended)
  const cause = causeOf(ending.rule, factsOf(view), sentence(view, ending), [
    whereOf(view),
    ...tailOf(ending.words),
    ...warningsOf(view.snapshot, view.pod),
  ])
  return isFinal(view, ending) ? { grade: 'doomed', cause } : { grade: 'trouble', cause, step: stepAfter(view, ending) }
}

function isDone(view: View, ended: Terminated): boolean {
  return ended.exitCode === 0 && (view.role !== 'main' || view.isAttempt)
}

function sentence(view: View, { rule, says }: Ending): string {
  const exits = exitsOf(view)
  const times = exits > 1 && !isCertain(rule.patience, {}) ? ` (${exits} times so far)` : ''
  const what = view.role === 'migration' ? 'migrate' : view.isAttempt ? 'complete' : 'run'
  return `Cannot ${what}: container ${view.name} ${says}${times}`
}

function stepAfter(view: View, { rule }: Ending): string {
  if (rule.code === 'database-unreachable') return 'waiting for the database'
  if (view.role === 'migration') return 'migrating again'
  return `${view.name} ended ${exitsOf(view)} ${exitsOf(view) === 1 ? 'time' : 'times'}, starting again`
}

// A Job says itself how often it may fail, so only what no attempt can change is certain here. A container that runs
// again is given its chance, but a migration's own error is not undone by running it twice, and one that a probe killed
// runs again in the same breath: nobody ever sees it stand still.
function isFinal(view: View, { rule }: Ending): boolean {
  const once = isCertain(rule.patience, {})
  if (view.isAttempt) return once
  if (view.status.state?.running != null && rule !== KILLED) return once && view.role === 'migration'
  return isCertain(rule.patience, { exits: exitsOf(view) })
}
