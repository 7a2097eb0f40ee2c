import type {
  Certificate,
  ClusterIssuer,
  PrometheusRule,
  ServiceMonitor,
  VaultAuth,
  VaultStaticSecret,
} from '../kube/custom.mts'
import { DeployError } from '../error.mts'
import type { KubeObject } from '../kube/object.mts'
import type * as types from '../kube/schema/types.mts'
import type { Component } from './stack.mts'

/** The kinds that a patch knows the fields of. */
export interface Kinds {
  Certificate: Certificate
  ClusterIssuer: ClusterIssuer
  ConfigMap: types.ConfigMap
  CronJob: types.CronJob
  Deployment: types.Deployment
  HorizontalPodAutoscaler: types.HorizontalPodAutoscaler
  Ingress: types.Ingress
  Job: types.Job
  LimitRange: types.LimitRange
  Namespace: types.Namespace
  NetworkPolicy: types.NetworkPolicy
  PersistentVolumeClaim: types.PersistentVolumeClaim
  PodDisruptionBudget: types.PodDisruptionBudget
  PrometheusRule: PrometheusRule
  ResourceQuota: types.ResourceQuota
  Role: types.Role
  RoleBinding: types.RoleBinding
  Secret: types.Secret
  Service: types.Service
  ServiceAccount: types.ServiceAccount
  ServiceMonitor: ServiceMonitor
  StatefulSet: types.StatefulSet
  VaultAuth: VaultAuth
  VaultStaticSecret: VaultStaticSecret
}

/** Part of an object. In lists whose items have names (containers, env, ports), an item replaces fields of its namesake. */
export type Part<T> = T extends readonly (infer Item)[]
  ? Part<Item>[]
  : T extends object
    ? { [K in keyof T]?: Part<T[K]> | null }
    : T

/** What to change: a function of the object, or the fields that shall be other ones (null takes a field away). */
export type Change<T> = Part<T> | ((object: T) => T)

/** The same objects with one of them changed: `patch(objects, 'Deployment/api', { spec: { replicas: 2 } })`. */
export function patch<K extends keyof Kinds>(
  objects: readonly KubeObject[],
  at: `${K}/${string}`,
  change: Change<Kinds[K]>,
): KubeObject[] {
  if (!objects.some((object) => isAt(object, at))) throw nothingAt(at, objects)
  return objects.map((object) => (isAt(object, at) ? changed(object as Kinds[K] & KubeObject, change) : object))
}

/** `patch` over a whole stack's components. */
export function patchComponents<K extends keyof Kinds>(
  components: readonly Component[],
  at: `${K}/${string}`,
  change: Change<Kinds[K]>,
): Component[] {
  const all = components.flatMap(({ objects }) => objects)
  if (!all.some((object) => isAt(object, at))) throw nothingAt(at, all)
  return components.map((one) =>
    one.objects.some((object) => isAt(object, at)) ? { ...one, objects: patch(one.objects, at, change) } : one,
  )
}

function isAt({ kind, metadata }: KubeObject, at: string): boolean {
  return at === `${kind}/${metadata.name}`
}

function changed<T extends KubeObject>(object: T, change: Change<T>): T {
  return typeof change === 'function' ? change(object) : (merged(object, change) as T)
}

function merged(value: unknown, part: unknown): unknown {
  if (Array.isArray(part)) return mergedList(Array.isArray(value) ? value : [], part)
  if (typeof part !== 'object' || part === null) return part
  const base: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {}
  for (const [key, item] of Object.entries(part)) {
    if (item === null) delete base[key]
    else if (item !== undefined) base[key] = merged(base[key], item)
  }
  return base
}

function mergedList(list: readonly unknown[], part: readonly unknown[]): unknown[] {
  if (!part.every(isNamed) || !list.every(isNamed)) return [...part]
  const replaced = list.map((item) => merged(item, part.find(({ name }) => name === item.name) ?? {}))
  const added = part.filter(({ name }) => !list.some((item) => item.name === name))
  return [...replaced, ...added]
}

function isNamed(item: unknown): item is { name: string } {
  return typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string'
}

function nothingAt(at: string, objects: readonly KubeObject[]): DeployError {
  return new DeployError({
    code: 'broken-stack',
    says: `Cannot patch ${at}: there is ${objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(', ')}`,
    next: 'name one of these',
  })
}
