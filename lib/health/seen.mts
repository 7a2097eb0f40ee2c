import type { KubeObject, ObjectMeta } from '../kube/object.mts'
import type * as schema from '../kube/schema/types.mts'

// A status is written by somebody else, bit by bit, and may come from an older or newer server:
// what judges read is therefore never taken for granted, whatever the schema requires.
type Partly<T> = T extends readonly (infer Item)[]
  ? readonly Partly<Item>[]
  : T extends object
    ? { [Key in keyof T]?: Partly<T[Key]> | undefined }
    : T

/** An object of which only its identity is sure. */
export type Seen<T> = KubeObject & Partly<Omit<T, keyof KubeObject>> & { metadata: ObjectMeta }

export type Pod = Seen<schema.Pod>
export type Deployment = Seen<schema.Deployment>
export type ReplicaSet = Seen<schema.ReplicaSet>
export type StatefulSet = Seen<schema.StatefulSet>
export type DaemonSet = Seen<schema.DaemonSet>
export type Job = Seen<schema.Job>
export type Autoscaler = Seen<schema.HorizontalPodAutoscaler>
export type Claim = Seen<schema.PersistentVolumeClaim>
export type Ingress = Seen<schema.Ingress>
export type ContainerSpec = Partly<schema.Container>
export type ContainerStatus = Partly<schema.ContainerStatus>
export type Terminated = Partly<schema.ContainerStateTerminated>
export type Probe = Partly<schema.Probe>

/** Any condition of any kind: Jobs, Deployments and custom resources spell their times differently. */
export interface Condition {
  type?: string | undefined
  status?: string | undefined
  reason?: string | undefined
  message?: string | undefined
  lastTransitionTime?: string | undefined
  lastUpdateTime?: string | undefined
  observedGeneration?: number | undefined
}

interface Conditioned {
  status?: { conditions?: readonly unknown[] | undefined } | undefined
}

/** The items of a list that is one; nothing where it is missing or of another form. */
export function list<T>(value: readonly T[] | undefined): readonly T[] {
  const items: readonly T[] = Array.isArray(value) ? value : []
  return items.filter((item) => typeof item === 'object' && item !== null)
}

/** A string that is one, else nothing. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A number that is one, else zero, as the API leaves zeros out. */
export function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

/** Milliseconds since the epoch of an API timestamp. */
export function timeOf(stamp: unknown): number | undefined {
  const time = typeof stamp === 'string' ? Date.parse(stamp) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

/** The condition of this type, if the object has one. */
export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  const { status } = object as Conditioned
  return list(status?.conditions as readonly Condition[] | undefined).find((condition) => condition.type === type)
}

/** Since when a condition says what it says. */
export function turnedAt(condition: Condition | undefined): number | undefined {
  return timeOf(condition?.lastTransitionTime)
}

/** Whether the controller has seen the newest spec that is known: as applied or as it is now. */
export function isObserved(object: KubeObject, applied: KubeObject): boolean {
  const { status } = object as { status?: { observedGeneration?: unknown } }
  return (
    count(status?.observedGeneration) >= Math.max(count(object.metadata.generation), count(applied.metadata.generation))
  )
}

/** The keys of a Secret or ConfigMap; what is in them is nobody's business here. */
export function keysIn(object: KubeObject | undefined): ReadonlySet<string> {
  const { data } = (object ?? {}) as { data?: unknown }
  return new Set(typeof data === 'object' && data !== null ? Object.keys(data) : [])
}

/** The strings of a list of strings. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
