import { refOf, type KubeObject } from '../kube/object.mts'
import { causeOf } from './cause.mts'
import { warningsOf } from './event.mts'
import { currentOf, type Cause, type Judge, type Snapshot } from './health.mts'
import { isLeaving } from './owner.mts'
import { doomed, progressing, ready } from './say.mts'
import { conditionOf, count, text, type Condition } from './seen.mts'
import { oneLine } from './words.mts'

/** An object without a life of its own (ConfigMap, Service, Role …): it is there. */
export const judgeExisting: Judge = (subject, snapshot) =>
  isLeaving(currentOf(subject, snapshot)) ? progressing('being deleted') : ready('')

/** A namespace that is being deleted takes nothing in and never comes back. */
export const judgeNamespace: Judge = (subject, snapshot) => {
  const live = currentOf<KubeObject & { status?: { phase?: string } }>(subject, snapshot)
  if (!isLeaving(live) && live.status?.phase !== 'Terminating') return ready('')
  const facts = { namespace: '', at: refOf(live) }
  const says = `Cannot use namespace ${live.metadata.name}: it is being deleted`
  return doomed(causeOf({ code: 'namespace-terminating', next: 'describe' }, facts, says, []))
}

/**
 * Any other kind, by the conventions of kstatus: a generation that was not observed yet, then Stalled, Reconciling and
 * Ready. A kind that tells nothing is ready once it exists.
 */
export const judgeAnything: Judge = (subject, snapshot) => {
  const live = currentOf(subject, snapshot)
  if (isLeaving(live)) return progressing('being deleted')
  if (isBehind(live)) return progressing('waiting for the controller')
  const [stalled, reconciling, isReady] = ['Stalled', 'Reconciling', 'Ready'].map((type) => conditionOf(live, type))
  if (stalled?.status === 'True') return doomed(unready(live, stalled, snapshot))
  if (reconciling?.status === 'True') return progressing(oneLine(text(reconciling.message)) || 'reconciling')
  if (isReady === undefined || isReady.status === 'True') return ready(isReady === undefined ? '' : 'ready')
  const step = oneLine(text(isReady.message)) || 'waiting for Ready'
  return progressing(step, isReady.status === 'False' ? unready(live, isReady, snapshot) : undefined)
}

function isBehind(live: KubeObject): boolean {
  const { status } = live as { status?: { observedGeneration?: unknown } | null }
  const seen = status?.observedGeneration
  return typeof seen === 'number' && seen < count(live.metadata.generation)
}

function unready(live: KubeObject, condition: Condition, snapshot: Snapshot): Cause {
  const facts = { namespace: live.metadata.namespace ?? '', at: refOf(live) }
  const words = [text(condition.reason), oneLine(text(condition.message))].filter((word) => word !== '').join(': ')
  const says = `Cannot call ${live.kind} ${live.metadata.name} ready: ${words || text(condition.type)}`
  return causeOf({ code: 'unready', next: 'describe' }, facts, says, warningsOf(snapshot, live))
}
