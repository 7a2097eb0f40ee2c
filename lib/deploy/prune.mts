import type { Cluster } from '../kube/cluster.mts'
import { mapLimit } from './parallel.mts'
import type { Plan } from './types.mts'

/** Removes what the proven release superseded: by uid, after the proof, never anything that holds data. */
export async function prune(cluster: Cluster, plan: Plan, signal: AbortSignal): Promise<void> {
  const superseded = plan.steps.filter(({ action }) => action === 'delete')
  await mapLimit(superseded, 4, async ({ ref, live }) => {
    if (live === undefined) return
    await cluster.remove(ref, { uid: live.metadata.uid, propagation: 'Background', signal })
  })
}
