import { templateOf } from '../../kube/containers.mts'
import { kindKey } from '../../kube/object.mts'
import type { KubeObject } from '../../kube/object.mts'
import type {
  HorizontalPodAutoscaler,
  LabelSelector,
  PodDisruptionBudget,
  PodTemplateSpec,
  Service,
} from '../../kube/schema/types.mts'

/** A workload and the objects that are only there for it: applied before it, and behind it. */
export interface Crew {
  workload: KubeObject
  first: readonly KubeObject[]
  then: readonly KubeObject[]
}

/** Kinds that run pods. */
export const WORKLOADS: ReadonlySet<string> = new Set([
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'batch/Job',
  'batch/CronJob',
  '/Pod',
  '/ReplicationController',
])

/** Kinds that belong to the one workload they are about, where there is exactly one. */
const BESIDE: ReadonlySet<string> = new Set([
  '/Service',
  '/PersistentVolumeClaim',
  'autoscaling/HorizontalPodAutoscaler',
  'policy/PodDisruptionBudget',
])

/** Every workload with its Service, claims, autoscaler and budget; and all objects that belong to none. */
export function crewsOf(objects: readonly KubeObject[], home: string): { crews: Crew[]; others: KubeObject[] } {
  const workloads = objects.filter((object) => WORKLOADS.has(kindKey(object)))
  const owners = new Map(objects.map((object) => [object, onlyOwner(object, workloads, home)]))
  const crews = workloads.map((workload) => {
    const own = objects.filter((object) => owners.get(object) === workload)
    const then = own.filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
    return { workload, first: own.filter((object) => !then.includes(object)), then }
  })
  return {
    crews,
    others: objects.filter((object) => !workloads.includes(object) && owners.get(object) === undefined),
  }
}

/** The one workload whose pods the Service leads to; undefined where there is none, or more than one. */
export function workloadBehind(
  service: KubeObject,
  workloads: readonly KubeObject[],
  home: string,
): KubeObject | undefined {
  const behind = workloads.filter((workload) => isAbout(service, workload, home))
  return behind.length === 1 ? behind[0] : undefined
}

function onlyOwner(object: KubeObject, workloads: readonly KubeObject[], home: string): KubeObject | undefined {
  return BESIDE.has(kindKey(object)) ? workloadBehind(object, workloads, home) : undefined
}

function isAbout(object: KubeObject, workload: KubeObject, home: string): boolean {
  if ((object.metadata.namespace ?? home) !== (workload.metadata.namespace ?? home)) return false
  switch (object.kind) {
    case 'Service':
      return selects((object as Service).spec?.selector, workload)
    case 'PodDisruptionBudget':
      return selects(plainSelector((object as PodDisruptionBudget).spec?.selector), workload)
    case 'HorizontalPodAutoscaler': {
      const target = (object as HorizontalPodAutoscaler).spec?.scaleTargetRef
      return target?.kind === workload.kind && target.name === workload.metadata.name
    }
    default:
      return mounts(workload, object.metadata.name)
  }
}

function plainSelector(selector: LabelSelector | undefined): Record<string, string> | undefined {
  return selector?.matchExpressions === undefined ? selector?.matchLabels : undefined
}

function selects(selector: Readonly<Record<string, string>> | undefined, workload: KubeObject): boolean {
  const wanted = Object.entries(selector ?? {})
  const { labels } = podOf(workload)?.metadata ?? {}
  return wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value)
}

function mounts(workload: KubeObject, claim: string): boolean {
  return podOf(workload)?.spec?.volumes?.some((one) => one.persistentVolumeClaim?.claimName === claim) ?? false
}

/** The pod of a workload: its template, or it itself. */
export function podOf(workload: KubeObject): PodTemplateSpec | undefined {
  return workload.kind === 'Pod' ? workload : templateOf(workload)
}
