import { causeOf, isCertain, ruleFor, UNSCHEDULABLE, type Facts, type Rule } from './cause.mts'
import type { Finding } from './finding.mts'
import { eventsOf, warningsOf } from './event.mts'
import { refOf } from '../kube/object.mts'
import type { Noted, Snapshot } from './health.mts'
import { isSomethingLeaving } from './owner.mts'
import { conditionOf, list, text, turnedAt, type Claim, type Pod } from './seen.mts'
import { oneLine } from './words.mts'

/** A pod that no node takes. */
export function unscheduledOf(pod: Pod, snapshot: Snapshot): Finding | undefined {
  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.status !== 'False') return undefined
  const words = oneLine(text(scheduled.message)).replace(/\. (no new claims|preemption:).*$/, '')
  const step = 'waiting for a node'
  if (words === '') return { grade: 'waits', step }
  const claim = stuckClaimOf(pod, snapshot)
  const rule = claim === undefined ? worstRule(words) : { ...LASTING, next: 'claim' as const }
  const says = `Cannot place pod ${pod.metadata.name}: ${claim === undefined ? words : oneLine(claim.event.message)}`
  const evidence = [...(claim === undefined ? [] : [words]), ...warningsOf(snapshot, pod)]
  const cause = causeOf(rule, factsOf(pod, claim?.claim), says, evidence)
  const waited = snapshot.at - (turnedAt(scheduled) ?? snapshot.at)
  return isCertain(rule.patience, { ms: waited }) && !mayHeal(pod, words, snapshot)
    ? { grade: 'doomed', cause }
    : { grade: 'trouble', cause, step }
}

const LASTING: Rule = { code: 'unschedulable', patience: { seconds: 15 }, next: 'nodes' }

function factsOf(pod: Pod, claim: Claim | undefined): Facts {
  return { namespace: pod.metadata.namespace ?? '', at: refOf(pod), wanted: claim?.metadata.name }
}

/** "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had …": one clause that may change is hope for the pod. */
function worstRule(words: string): Rule {
  const reasons = words.replace(/^\d+\/\d+ nodes are available: /, '')
  const rules = reasons.split(/, (?=\d+ )/).map((clause) => ruleFor(UNSCHEDULABLE, { words: clause }))
  const hope = rules.find((rule) => rule === undefined || rule.patience === 'heals')
  return hope ?? rules[0] ?? { code: 'unschedulable', patience: 'heals', next: 'describe' }
}

// Room that is being freed, a node that is being added, a pod that is being pushed out: all end the wait by themselves.
function mayHeal(pod: Pod, words: string, snapshot: Snapshot): boolean {
  const helped = eventsOf(snapshot, pod).some(({ reason }) => /^(TriggeredScaleUp|Nominated)$/.test(reason))
  const preempts = text(pod.status?.nominatedNodeName) !== ''
  const frees =
    /Insufficient|Too many pods|free ports/.test(words) && isSomethingLeaving(snapshot, pod.metadata.namespace)
  return helped || preempts || frees || hasClaimByNow(pod, words, snapshot)
}

// The scheduler's words are those of its last try; a claim that came since then makes it try again.
function hasClaimByNow({ metadata: { namespace } }: Pod, words: string, { objects }: Snapshot): boolean {
  const name = /persistentvolumeclaim "([^"]+)" not found/.exec(words)?.[1]
  return objects.some(
    ({ kind, metadata }) =>
      kind === 'PersistentVolumeClaim' && metadata.namespace === namespace && metadata.name === name,
  )
}

const NO_CLASS = /storageclass\S* "[^"]*" not found|no storage class is set|no volume plugin matched/i

/** A claim of this pod that nobody can ever fill: the scheduler only says "unbound", the claim's events say why. */
function stuckClaimOf(pod: Pod, snapshot: Snapshot): { claim: Claim; event: Noted } | undefined {
  const names = list(pod.spec?.volumes).map((volume) => volume.persistentVolumeClaim?.claimName)
  const claims: readonly Claim[] = snapshot.objects.filter(
    (object) =>
      object.kind === 'PersistentVolumeClaim' &&
      object.metadata.namespace === pod.metadata.namespace &&
      names.includes(object.metadata.name),
  )
  for (const claim of claims) {
    const event = eventsOf(snapshot, claim).find(({ message }) => NO_CLASS.test(message))
    if (event !== undefined && claim.status?.phase !== 'Bound') return { claim, event }
  }
  return undefined
}
