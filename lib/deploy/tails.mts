import type { Subject } from '../health/health.mts'
import { wantsLogs } from '../health/logs.mts'
import type { Cluster } from '../kube/cluster.mts'
import type { View } from './view.mts'

/** Lines that are fetched of each log. */
const LINES = 25
/** Milliseconds before the same log is asked for again. */
const AGAIN = 1_000

/** Fetches the log tails that judges want, in the background: a verdict never waits for them. */
export function startTailing(
  cluster: Cluster,
  view: View,
  signal: AbortSignal,
): (subjects: readonly Subject[]) => void {
  const asked = new Map<string, number>()
  return (subjects) => {
    for (const { namespace, pod, uid, container, previous } of wantsLogs(view.snapshot(), subjects)) {
      const key = `${uid}/${container}${previous ? '/previous' : ''}`
      if (performance.now() - (asked.get(key) ?? -AGAIN) < AGAIN) continue
      asked.set(key, performance.now())
      cluster
        .logs({ namespace, name: pod, container }, { tailLines: LINES, signal, previous })
        .then((lines) => lines.length > 0 && view.note(key, lines))
        // A container without a log yet, or gone already: the verdict goes by its status.
        .catch(() => undefined)
    }
  }
}
