import { refOf } from '../kube/object.mts'
import { causeOf, isCertain, MOUNTING, ruleFor } from './cause.mts'
import { saidFor, saidOf, warningsOf } from './event.mts'
import { producedOf, type Finding } from './finding.mts'
import type { Snapshot } from './health.mts'
import { awaited } from './producer.mts'
import { conditionOf, list, text, turnedAt, type Pod } from './seen.mts'
import { oneLine } from './words.mts'

/** A pod on its node whose containers wait for a volume. */
export function unmountedOf(pod: Pod, snapshot: Snapshot): Finding | undefined {
  if (!isBeforeContainers(pod)) return undefined
  const said = saidOf(snapshot, pod, /^(FailedMount|FailedAttachVolume|FailedMapVolume)$/)
  if (said === undefined) return undefined
  const words = oneLine(said.message)
  const rule = ruleFor(MOUNTING, { words })
  if (rule === undefined) return undefined
  const lack = awaited(words, pod, snapshot)
  const produced = lack === undefined ? undefined : producedOf(lack)
  if (produced !== undefined) return produced
  const facts = { namespace: pod.metadata.namespace ?? '', at: refOf(pod), wanted: lack?.name }
  const cause = causeOf(
    rule,
    facts,
    `Cannot mount a volume of pod ${pod.metadata.name}: ${words}`,
    warningsOf(snapshot, pod),
  )
  const scheduled = conditionOf(pod, 'PodScheduled')
  const placedFor = snapshot.at - (turnedAt(scheduled) ?? snapshot.at)
  const ms = Math.max(saidFor(said, snapshot.at), placedFor)
  return isCertain(rule.patience, { ms })
    ? { grade: 'doomed', cause }
    : { grade: 'trouble', cause, step: 'mounting volumes' }
}

// Once a container of it has run, its volumes were there; the events of the start linger for an hour.
function isBeforeContainers(pod: Pod): boolean {
  const statuses = [...list(pod.status?.initContainerStatuses), ...list(pod.status?.containerStatuses)]
  return statuses.every(
    ({ state }) =>
      /^(ContainerCreating|PodInitializing|)$/.test(text(state?.waiting?.reason)) &&
      state?.running == null &&
      state?.terminated == null,
  )
}
