import { currentOf, type Health, type Snapshot, type Subject } from './health.mts'
import { newestSetOf, ownedBy, setsOf } from './owner.mts'
import { progressing } from './say.mts'
import { conditionOf, type Deployment, type Pod } from './seen.mts'
import { counted } from './words.mts'

/**
 * A Deployment that is `ready`, once no pod of an earlier version can answer any more. A pod that was told to go serves
 * on while it drains, and an ingress controller asks it until it has heard of that: Traefik takes changes in
 * every 2 s at most (`providersThrottleDuration`).
 */
export function judgeReplaced(subject: Subject, snapshot: Snapshot, ready: Health): Health {
  const live = currentOf<Deployment>(subject, snapshot)
  const newest = newestSetOf(snapshot, live)?.metadata.uid
  const old = setsOf(snapshot, live)
    .filter(({ metadata }) => metadata.uid !== newest)
    .flatMap((set) => ownedBy<Pod>(snapshot, 'Pod', set.metadata.uid))
  const serving = old.filter((pod) => conditionOf(pod, 'Ready')?.status === 'True')
  if (serving.length === 0) return ready
  return progressing(`${counted(serving.length, 'old pod')} still ${serving.length === 1 ? 'serves' : 'serve'}`)
}
