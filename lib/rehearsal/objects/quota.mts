import { COMPUTE, demandOf } from '../../kube/demand.mts'
import type { KubeObject } from '../../kube/object.mts'
import { amountOf, canonical } from '../../kube/quantity.mts'
import type { PodSpec } from '../../kube/schema/types.mts'
import type { Store } from '../store.mts'
import { mapAt, mapsAt } from './setting.mts'
import type { Fields } from './setting.mts'

/** What of a namespace an object uses, by the names that quotas have for it. */
export function usageOf(object: KubeObject): Record<string, number> {
  const fields = object as unknown as Fields
  if (object.kind === 'Pod') return podUsage(fields)
  const count = COUNTED[object.kind]
  if (count === undefined) return {}
  const storage = mapAt(mapAt(mapAt(fields, 'spec'), 'resources'), 'requests')['storage']
  return { [count]: 1, ...(object.kind === 'PersistentVolumeClaim' ? { 'requests.storage': amountOf(storage) } : {}) }
}

const COUNTED: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  Secret: 'secrets',
  Service: 'services',
}

function podUsage(pod: Fields): Record<string, number> {
  const phase = mapAt(pod, 'status')['phase']
  // Pods that have ended use nothing.
  return phase === 'Succeeded' || phase === 'Failed' ? {} : { ...demandOf(pod['spec'] as PodSpec | undefined) }
}

/** Why a quota of the namespace refuses the object; undefined where none does. */
export function quotaRefusal(store: Store, object: KubeObject): string | undefined {
  const usage = usageOf(object)
  if (Object.keys(usage).length === 0) return undefined
  const quotas = store.list({ apiVersion: 'v1', kind: 'ResourceQuota' }, object.metadata.namespace)
  const reasons = quotas.flatMap((quota) => {
    const hard = mapAt(mapAt(quota as unknown as Fields, 'spec'), 'hard')
    const why = unsaid(object, hard) ?? exceeded(store, object, hard, usage)
    return why === undefined ? [] : [`${why[0]} quota: ${quota.metadata.name}${why[1]}`]
  })
  return reasons[0]
}

type Reason = readonly ['exceeded' | 'failed', string]

/** A quota for a resource asks every container to say how much of it. */
function unsaid(object: KubeObject, hard: Fields): Reason | undefined {
  if (object.kind !== 'Pod') return undefined
  const containers = mapsAt(mapAt(object as unknown as Fields, 'spec'), 'containers')
  const missing = Object.keys(hard)
    .sort()
    .flatMap((key) => {
      if (!isComputed(key)) return []
      const [share, resource] = COMPUTE[key]
      const silent = containers.filter((one) => mapAt(mapAt(one, 'resources'), share)[resource] === undefined)
      return silent.length === 0 ? [] : [`${key} for: ${silent.map((one) => String(one['name'])).join(',')}`]
    })
  return missing.length === 0 ? undefined : ['failed', `: must specify ${missing.join('; ')}`]
}

function isComputed(key: string): key is keyof typeof COMPUTE {
  return Object.hasOwn(COMPUTE, key)
}

function exceeded(store: Store, object: KubeObject, hard: Fields, usage: Record<string, number>): Reason | undefined {
  const used = usedIn(store, object)
  const over = Object.keys(hard)
    .filter((key) => (usage[key] ?? 0) > 0 && (used[key] ?? 0) + (usage[key] ?? 0) > amountOf(hard[key]))
    .sort()
  if (over.length === 0) return undefined
  const said = (value: (key: string) => unknown): string =>
    over.map((key) => `${key}=${canonical(value(key))}`).join(',')
  const requested = said((key) => usage[key])
  return [
    'exceeded',
    `, requested: ${requested}, used: ${said((key) => used[key] ?? 0)}, limited: ${said((key) => hard[key])}`,
  ]
}

function usedIn(store: Store, { apiVersion, kind, metadata }: KubeObject): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const one of store.list({ apiVersion, kind }, metadata.namespace))
    for (const [key, value] of Object.entries(usageOf(one))) sum[key] = (sum[key] ?? 0) + value
  return sum
}
