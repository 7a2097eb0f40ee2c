import { refOf, type KubeObject } from '../kube/object.mts'
import { causeOf, CREATING, isCertain, ruleFor } from './cause.mts'
import { eventsOf, saidOf, warningsOf } from './event.mts'
import type { Finding } from './finding.mts'
import type { Snapshot } from './health.mts'
import { isSomethingLeaving } from './owner.mts'
import { conditionOf, text, turnedAt, type Condition } from './seen.mts'
import { oneLine } from './words.mts'

/** Milliseconds after which a refusal that was not repeated no longer speaks for the present. */
const FRESH = 300_000

interface Refusal {
  message: string
  from: number
}

/**
 * Pods that the API server refused to make for this owner (quota, Pod Security, webhooks): without it a rollout just
 * waits, as there is no pod to ask. Callers ask only while pods are missing.
 */
export function refusedOf(owner: KubeObject, snapshot: Snapshot, since: number): Finding | undefined {
  const refusal = byCondition(conditionOf(owner, 'ReplicaFailure')) ?? byEvent(owner, snapshot, since)
  return refusal === undefined ? undefined : findingFor(owner, refusal, snapshot)
}

/** A Deployment that could not even make its ReplicaSet. */
export function setRefusedOf(deployment: KubeObject, snapshot: Snapshot): Finding | undefined {
  const condition = conditionOf(deployment, 'Progressing')
  if (condition?.reason !== 'ReplicaSetCreateError') return undefined
  const from = turnedAt(condition) ?? snapshot.at
  return findingFor(deployment, { message: text(condition.message), from }, snapshot)
}

function byCondition(condition: Condition | undefined): Refusal | undefined {
  if (condition?.status !== 'True') return undefined
  return { message: text(condition.message), from: turnedAt(condition) ?? Number.POSITIVE_INFINITY }
}

// StatefulSets and Jobs have no such condition, only events, which outlive the trouble.
function byEvent(owner: KubeObject, snapshot: Snapshot, since: number): Refusal | undefined {
  const made = saidOf(snapshot, owner, /^SuccessfulCreate$/)
  const after = Math.max(since, snapshot.at - FRESH, (made?.at ?? -1) + 1)
  const failed = eventsOf(snapshot, owner).filter(({ reason, at }) => reason === 'FailedCreate' && at >= after)
  const [newest] = failed
  if (newest === undefined) return undefined
  // A Job's pods get a new name each time, and so each refusal an event of its own.
  const from = Math.min(...failed.map((event) => event.first ?? event.at))
  return { message: newest.message, from: Math.max(from, since) }
}

function findingFor(owner: KubeObject, { message, from }: Refusal, snapshot: Snapshot): Finding | undefined {
  const words = oneLine(message)
  const rule = ruleFor(CREATING, { words })
  if (rule === undefined) return undefined
  const { namespace = '', name } = owner.metadata
  const says = `Cannot create pods of ${owner.kind.toLowerCase()} ${name}: ${words}`
  const cause = causeOf(rule, { namespace, at: refOf(owner) }, says, warningsOf(snapshot, owner))
  // Pods that leave still count against a quota.
  const frees = rule.code === 'quota' && isSomethingLeaving(snapshot, owner.metadata.namespace)
  return isCertain(rule.patience, { ms: snapshot.at - from }) && !frees
    ? { grade: 'doomed', cause }
    : { grade: 'trouble', cause, step: 'creating pods' }
}
