import { refOf } from '../kube/object.mts'
import { causeOf } from './cause.mts'
import { warningsOf } from './event.mts'
import { currentOf, type Judge } from './health.mts'
import { isLeaving } from './owner.mts'
import { progressing, ready } from './say.mts'
import { list, text, timeOf, type Ingress } from './seen.mts'

/** Milliseconds after which a controller that has not published an address is taken for one that never does. */
const PUBLISHES_WITHIN = 30_000

/**
 * Ready when its controller published an address. Some never do (host ports, a load balancer that somebody else keeps),
 * so the wait ends after 30 s and the proof, which asks through it, has the last word: it fails where nothing serves.
 */
export const judgeIngress: Judge = (subject, snapshot) => {
  const live = currentOf<Ingress>(subject, snapshot)
  if (isLeaving(live)) return progressing('being deleted')
  const addresses = list(live.status?.loadBalancer?.ingress).map(({ ip, hostname }) => text(ip) || text(hostname))
  const address = addresses.find((candidate) => candidate !== '')
  if (address !== undefined) return ready(address)
  const from = Math.max(subject.since, timeOf(live.metadata.creationTimestamp) ?? 0)
  if (snapshot.at - from >= PUBLISHES_WITHIN) return ready('no address published')
  const warnings = warningsOf(snapshot, live)
  if (warnings.length === 0) return progressing('waiting for an address')
  const facts = { namespace: live.metadata.namespace ?? '', at: refOf(live) }
  const says = `Cannot route ingress ${live.metadata.name}: ${warnings[0] ?? ''}`
  return progressing('waiting for an address', causeOf({ code: 'unready', next: 'describe' }, facts, says, warnings))
}
