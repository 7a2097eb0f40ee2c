import { refOf } from '../kube/object.mts'
import { causeOf } from './cause.mts'
import { warningsOf } from './event.mts'
import { currentOf, type Judge } from './health.mts'
import { doomed, ready } from './say.mts'
import { text, type Claim } from './seen.mts'

/**
 * A claim never holds a rollout up: with WaitForFirstConsumer it stays Pending until a pod uses it, and what is wrong
 * with it is that pod's trouble. Only one whose volume is gone is certain: nothing brings it back.
 */
export const judgeClaim: Judge = (subject, snapshot) => {
  const live = currentOf<Claim>(subject, snapshot)
  const phase = text(live.status?.phase)
  if (phase !== 'Lost') return ready(phase === 'Bound' ? 'bound' : 'bound by its first pod')
  const facts = { namespace: live.metadata.namespace ?? '', at: refOf(live), wanted: live.metadata.name }
  const says = `Cannot use claim ${live.metadata.name}: its volume ${text(live.spec?.volumeName)} is gone (Lost)`
  return doomed(causeOf({ code: 'volume-stuck', next: 'claim' }, facts, says, warningsOf(snapshot, live)))
}
