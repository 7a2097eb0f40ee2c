import { kindKey, refOf, type KubeObject, type Live } from '../kube/object.mts'
import type { Certificate } from '../kube/custom.mts'
import { causeOf } from './cause.mts'
import { warningsOf } from './event.mts'
import { currentOf, type Cause, type Judge, type Snapshot } from './health.mts'
import { isLeaving, ownedBy } from './owner.mts'
import { doomed, progressing, ready } from './say.mts'
import { conditionOf, strings, text, timeOf, type Seen } from './seen.mts'
import { oneLine } from './words.mts'

/**
 * Ready by its own condition. A failed issuance is certain: cert-manager tries again after an hour at the earliest
 * (pkg/controller/certificates/trigger), so a failure of this rollout ends it. The last link of the chain
 * CertificateRequest → Order → Challenge says why.
 */
export const judgeCertificate: Judge = (subject, snapshot) => {
  const live = currentOf<Certificate>(subject, snapshot) as Live<Seen<Certificate>>
  if (isLeaving(live)) return progressing('being deleted')
  const isReady = conditionOf(live, 'Ready')
  const generation = live.metadata.generation ?? 0
  if (isReady?.status === 'True' && (isReady.observedGeneration ?? generation) >= generation) return ready('issued')
  const links = chainOf(live, snapshot)
  const failed = links.find((link) => link.state === 'failed')
  const lastFailure = timeOf(live.status?.lastFailureTime)
  const issuing = conditionOf(live, 'Issuing')
  const words = failed?.words ?? (oneLine(text(issuing?.message)) || 'its issuance failed')
  if (failed !== undefined || (lastFailure !== undefined && lastFailure > subject.since)) {
    return doomed(causeFor(live, words, snapshot))
  }
  const waiting = links.findLast((link) => link.words !== '')
  const step = links.length === 0 ? 'issuing' : `issuing: ${links.map((link) => link.step).join(', ')}`
  const before =
    lastFailure === undefined ? undefined : `${words} (failed before, cert-manager waits before it tries again)`
  const trouble = before ?? (waiting === undefined ? undefined : waiting.words)
  return progressing(step, trouble === undefined ? undefined : causeFor(live, trouble, snapshot))
}

interface Link {
  state: 'open' | 'failed'
  /** `order pending` */
  step: string
  words: string
}

interface Chained extends KubeObject {
  spec?: { dnsName?: string }
  status?: { state?: string; reason?: string }
}

/** What was made for this certificate, the certificate's own request first. */
function chainOf(live: Live, snapshot: Snapshot): Link[] {
  const newest = (kind: string, owners: readonly Live[]): Live<Chained>[] =>
    owners
      .flatMap((owner) => ownedBy<Chained>(snapshot, kind, owner.metadata.uid))
      .filter((object) => /cert-manager/.test(kindKey(object)))
  const requests = newest('CertificateRequest', [live]).toSorted(byAge).slice(-1)
  const orders = newest('Order', requests)
  return [
    ...newest('Challenge', orders).map((challenge) =>
      stateLink(challenge, `challenge ${text(challenge.spec?.dnsName)}`),
    ),
    ...orders.map((order) => stateLink(order, 'order')),
    ...requests.map((request) => requestLink(request)),
  ]
}

function byAge(a: Live, b: Live): number {
  return (timeOf(a.metadata.creationTimestamp) ?? 0) - (timeOf(b.metadata.creationTimestamp) ?? 0)
}

function stateLink(object: Live<Chained>, name: string): Link {
  const state = text(object.status?.state)
  const words = oneLine(text(object.status?.reason))
  const isFailed = /^(invalid|expired|errored)$/.test(state)
  return {
    state: isFailed ? 'failed' : 'open',
    step: `${name} ${state || 'waiting'}`,
    words: words === '' && isFailed ? `${name} is ${state}` : words,
  }
}

function requestLink(request: Live): Link {
  const isReady = conditionOf(request, 'Ready')
  const refused = ['Denied', 'InvalidRequest']
    .map((type) => conditionOf(request, type))
    .find((found) => found?.status === 'True')
  const isFailed = isReady?.reason === 'Failed' || isReady?.reason === 'Denied' || refused !== undefined
  const words = oneLine(
    text(refused?.message) ||
      (isReady?.status === 'False' && isReady.reason !== 'Pending' ? text(isReady.message) : ''),
  )
  const pending =
    isReady?.reason === 'Pending' && /not found|not ready/i.test(text(isReady.message))
      ? oneLine(text(isReady.message))
      : ''
  return {
    state: isFailed ? 'failed' : 'open',
    step: isFailed ? 'request failed' : 'requested',
    words: words || pending,
  }
}

function causeFor(live: Live<Seen<Certificate>>, words: string, snapshot: Snapshot): Cause {
  const facts = { namespace: live.metadata.namespace ?? '', at: refOf(live) }
  const names = strings(live.spec?.dnsNames).join(', ') || live.metadata.name
  const conditions = ['Ready', 'Issuing'].flatMap((type) => {
    const condition = conditionOf(live, type)
    return condition === undefined
      ? []
      : [`${type}=${text(condition.status)} ${text(condition.reason)}: ${oneLine(text(condition.message))}`]
  })
  const says = `Cannot issue a certificate for ${names}: ${words}`
  return causeOf({ code: 'certificate-failed', next: 'certificate' }, facts, says, [
    ...conditions,
    ...warningsOf(snapshot, live),
  ])
}
