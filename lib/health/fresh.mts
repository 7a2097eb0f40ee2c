import { readsOf } from '../kube/containers.mts'
import { refOf } from '../kube/object.mts'
import type { Live, Ref } from '../kube/object.mts'
import type { Pod } from '../kube/schema/types.mts'

/** A Secret or ConfigMap with data that running pods have not read, and when it got them (RFC 3339, whole seconds). */
export interface Changed {
  ref: Ref
  at: string
}

const DATA = ['f:data', 'f:binaryData', 'f:stringData']

/**
 * When the data of a Secret or ConfigMap last changed: the newest managedFields entry that owns any of them, whoever
 * the manager is. An entry's time also moves with a label of the same manager; that errs to the safe side.
 */
export function dataChangedAt(config: Live): string | undefined {
  const times = (config.metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => DATA.some((field) => fieldsV1?.[field] !== undefined))
    .flatMap(({ time }) => (time === undefined ? [] : [time]))
  return times.sort().at(-1) ?? config.metadata.creationTimestamp
}

/**
 * Which of the configs got new data after a pod had read them (LF-08). Pods on their way out, finished ones and those
 * that have not started a container are not behind. Times are whole seconds: the same second counts as read.
 */
export function changedAfter(configs: readonly Live[], pods: readonly Live<Pod>[]): Changed[] {
  return configs.flatMap((config) => {
    const at = dataChangedAt(config)
    if (at === undefined) return []
    const behind = pods.some((pod) => reads(pod, config) && isServing(pod) && readAt(pod) < Date.parse(at))
    return behind ? [{ ref: refOf(config), at }] : []
  })
}

function reads({ metadata, spec }: Live<Pod>, config: Live): boolean {
  if (metadata.namespace !== config.metadata.namespace) return false
  return readsOf(spec).some(({ kind, name }) => kind === config.kind && name === config.metadata.name)
}

function isServing({ metadata, status }: Live<Pod>): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'
}

/**
 * When the pod read its configuration: at the start of its first container, since a pod waits for a missing Secret
 * (CreateContainerConfigError). Never before its creation, because that is the API server's clock and starts are the node's.
 */
function readAt({ metadata, status }: Live<Pod>): number {
  const starts = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].flatMap(
    ({ state }) => {
      const at = state?.running?.startedAt ?? state?.terminated?.startedAt
      return at === undefined ? [] : [Date.parse(at)]
    },
  )
  if (starts.length === 0) return Number.POSITIVE_INFINITY
  return Math.max(Math.min(...starts), Date.parse(metadata.creationTimestamp ?? '') || 0)
}
