import { containersOf, templateOf } from '../kube/containers.mts'
import type { KubeObject } from '../kube/object.mts'
import type { Affinity, Container, Deployment, PodTemplateSpec, ResourceRequirements } from '../kube/schema/types.mts'
import type { CommonSettings } from './common.mts'

// A Deployment has to say that it is stuck before the run's clock ends, or nothing would be left to report.
const STUCK_BEFORE_END = 10

/** The object with what every stack takes (pull secrets, placement, resources) in its pod template, if it has one. */
export function dressPods<T extends KubeObject>(object: T, common: CommonSettings, slo: number): T {
  const dressed = structuredClone(object)
  const template = templateOf(dressed)
  if (template !== undefined) dressTemplate(template, common)
  if (isDeployment(dressed)) limitProgress(dressed, slo)
  return dressed
}

/** Names of all containers of the object's pods. */
export function containerNames(object: KubeObject): string[] {
  return containersOf(templateOf(object)?.spec).map((container) => container.name)
}

function dressTemplate(template: PodTemplateSpec, { imagePullSecrets, placement, resources }: CommonSettings): void {
  const { spec } = template
  if (spec === undefined) return
  const secrets = [...(spec.imagePullSecrets ?? []).map(({ name }) => name), ...imagePullSecrets]
  spec.imagePullSecrets = [...new Set(secrets)].flatMap((name) => (name === undefined ? [] : [{ name }]))
  spec.nodeSelector = { ...spec.nodeSelector, ...placement.nodeSelector }
  if (Object.keys(spec.nodeSelector).length === 0) delete spec.nodeSelector
  spec.tolerations = [...(spec.tolerations ?? []), ...placement.tolerations.map(withoutUndefined)]
  if (placement.affinity !== undefined) spec.affinity = { ...spec.affinity, ...(placement.affinity as Affinity) }
  for (const container of containersOf(spec)) dressContainer(container, resources[container.name])
}

// The last lines of a dead container then arrive inside the pod's status, even after its log is gone.
function dressContainer(container: Container, asked: CommonSettings['resources'][string] | undefined): void {
  container.terminationMessagePolicy ??= 'FallbackToLogsOnError'
  if (asked === undefined) return
  const { requests, limits, ...rest } = container.resources ?? {}
  container.resources = {
    ...rest,
    ...amounts('requests', requests, asked.requests),
    ...amounts('limits', limits, asked.limits),
  }
}

function amounts(
  key: 'requests' | 'limits',
  own: ResourceRequirements['requests'],
  asked: Readonly<Record<string, string | null>> | undefined,
): Partial<ResourceRequirements> {
  const kept = Object.entries({ ...own, ...asked }).filter((entry): entry is [string, string] => entry[1] !== null)
  return kept.length === 0 ? {} : { [key]: Object.fromEntries(kept) }
}

function limitProgress({ spec }: Deployment, slo: number): void {
  if (spec === undefined) return
  const longest = Math.max(Math.floor(slo / 1000) - STUCK_BEFORE_END, (spec.minReadySeconds ?? 0) + 1)
  spec.progressDeadlineSeconds = Math.min(spec.progressDeadlineSeconds ?? longest, longest)
}

function isDeployment(object: KubeObject): object is KubeObject & Deployment {
  return object.kind === 'Deployment' && object.apiVersion === 'apps/v1'
}

// What zod calls optional may be there as undefined.
function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
