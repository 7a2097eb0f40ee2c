import { currentOf, type Judge } from './health.mts'
import { isLeaving } from './owner.mts'
import { progressing, ready } from './say.mts'
import { conditionOf, count, text, type Autoscaler } from './seen.mts'
import { oneLine } from './words.mts'

/**
 * An autoscaler never holds a rollout up: in its first minute there are no metrics of new pods, and without any it still
 * keeps its least number. What it says of itself is told, so that one that never gets metrics is seen.
 */
export const judgeAutoscaler: Judge = (subject, snapshot) => {
  const live = currentOf<Autoscaler>(subject, snapshot)
  if (isLeaving(live)) return progressing('being deleted')
  const { minReplicas, maxReplicas } = live.spec ?? {}
  const range = `${count(minReplicas ?? 1)} to ${count(maxReplicas)} pods`
  const stuck = ['AbleToScale', 'ScalingActive']
    .map((type) => conditionOf(live, type))
    .find((condition) => condition?.status === 'False')
  if (stuck === undefined) return ready(range)
  return ready(`${range}, not acting: ${oneLine(text(stuck.message) || text(stuck.reason))}`)
}
