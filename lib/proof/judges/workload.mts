import type { KubeObject, Live } from '../../kube/object.mts'
import type { Deployment, LabelSelector, Pod, ReplicaSet, StatefulSet } from '../../kube/schema/types.mts'

/** A workload and what belongs to it, as it was listed. */
export interface Crew {
  workload: Live<Deployment | StatefulSet>
  replicaSets: readonly Live<ReplicaSet>[]
  pods: readonly Live<Pod>[]
}

const REVISION = 'deployment.kubernetes.io/revision'

/** The pods that the workload owns now, directly or by a ReplicaSet; those on their way out are not among them. */
export function podsOf(crew: Crew): Live<Pod>[] {
  const owners = new Set([crew.workload.metadata.uid, ...ownReplicaSets(crew).map(({ metadata }) => metadata.uid)])
  return crew.pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && owners.has(controllerOf(pod) ?? ''))
}

/** Whether the controller has seen the newest template; before that every pod is an old one. */
export function isObserved({ workload }: Crew): boolean {
  return (workload.status?.observedGeneration ?? 0) >= (workload.metadata.generation ?? 0)
}

/** Whether the pod was made from the workload's newest template. */
export function isNewest(pod: Live<Pod>, crew: Crew): boolean {
  const { workload } = crew
  if (workload.kind === 'StatefulSet') {
    return pod.metadata.labels?.['controller-revision-hash'] === workload.status?.updateRevision
  }
  const newest = ownReplicaSets(crew).sort((a, b) => revisionOf(b) - revisionOf(a))[0]
  return newest !== undefined && controllerOf(pod) === newest.metadata.uid
}

export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

/** A selector as a list request takes it. */
export function selectorText(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const terms = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`
  })
  return [...equal, ...terms].join(',')
}

function ownReplicaSets({ workload, replicaSets }: Crew): Live<ReplicaSet>[] {
  return replicaSets.filter((set) => controllerOf(set) === workload.metadata.uid)
}

function controllerOf({ metadata }: KubeObject): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid
}

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[REVISION] ?? 0)
}
