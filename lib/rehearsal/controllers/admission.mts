import type { Pod } from '../../kube/schema/types.mts'
import { admitNew } from '../objects/admission.mts'
import type { Stage } from '../stage/stage.mts'
import type { Store } from '../store.mts'
import type { Meta } from './owning.mts'

/** Why the API server would not make this pod, in its words; fills in what a LimitRange gives it. */
export function refusalOf(pod: Pod, store: Store, stage: Stage): string | undefined {
  const { namespace = '', name, generateName = name }: Meta = pod.metadata
  const row = stage.refusals.find((one) => (one.namespace?.test(namespace) ?? true) && (one.pod?.test(name) ?? true))
  const staged = typeof row?.says === 'function' ? row.says(pod) : row?.says
  const admission = admitNew(store, pod)
  const why = staged ?? (admission.state === 'refused' ? admission.why : undefined)
  if (why === undefined) return undefined
  // Accounts are looked up before the name is made (recorded: account-missing).
  const called = why.startsWith('error looking up service account') ? generateName : name
  return `pods "${called}" is forbidden: ${why}`
}
