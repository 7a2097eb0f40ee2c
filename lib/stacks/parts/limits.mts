import type { LimitRange, ResourceQuota } from '../../kube/schema/types.mts'

/** What all pods of a namespace together may ask for: `{ 'requests.cpu': '4', pods: '40' }`. */
export function resourceQuota(name: string, hard: Readonly<Record<string, string>>): ResourceQuota {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard: { ...hard } } }
}

/** What a container gets that asks for nothing, and the most it may ask for. */
export interface ContainerRange {
  request: Readonly<Record<string, string>>
  limit: Readonly<Record<string, string>>
  max?: Readonly<Record<string, string>>
}

/** Defaults and bounds of single containers. Without it a quota refuses every pod that names no resources of its own. */
export function limitRange(name: string, { request, limit, max }: ContainerRange): LimitRange {
  const bound = max === undefined ? {} : { max: { ...max } }
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name },
    spec: { limits: [{ type: 'Container', defaultRequest: { ...request }, default: { ...limit }, ...bound }] },
  }
}
