import type { Live, Ref } from '../../kube/object.mts'
import { canonical } from '../../kube/quantity.mts'
import type { ResourceQuota } from '../../kube/schema/types.mts'
import { usageOf } from '../objects/quota.mts'
import { isLeaving } from './owning.mts'
import { itself, KINDS, reconcile, type Controller, type World } from './world.mts'

const COUNTED = [KINDS.Pod, KINDS.ConfigMap, KINDS.PersistentVolumeClaim, KINDS.Secret, KINDS.Service]

/** Tells in each quota's status what is used of it. */
export const startQuotas: Controller = (world) => {
  const inNamespace = (object: Live): readonly Ref[] =>
    world.store.list(KINDS.ResourceQuota, object.metadata.namespace).flatMap(itself)
  return reconcile(world, {
    watches: [
      { kind: KINDS.ResourceQuota, concerns: itself },
      ...COUNTED.map((kind) => ({ kind, concerns: inNamespace })),
    ],
    sync: (ref) => sync(world, ref),
  })
}

function sync({ store }: World, ref: Ref): undefined {
  const quota = store.get<ResourceQuota>(ref)
  if (quota === undefined || isLeaving(quota)) return undefined
  const hard = quota.spec?.hard ?? {}
  const usages = COUNTED.flatMap((kind) => store.list(kind, quota.metadata.namespace)).map((object) => usageOf(object))
  const used = Object.keys(hard).map((name) => {
    const amount = usages.reduce((sum, usage) => sum + (usage[name] ?? 0), 0)
    return [name, canonical(amount)]
  })
  store.put({ ...quota, status: { hard, used: Object.fromEntries(used) } })
}
