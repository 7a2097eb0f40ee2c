import type { KubeObject } from './object.mts'
import type { Container, PodSpec, PodTemplateSpec } from './schema/types.mts'

interface Templated extends KubeObject {
  spec?: { template?: PodTemplateSpec; jobTemplate?: { spec?: { template?: PodTemplateSpec } } }
}

/** The pod template of a workload of any kind, or undefined where the object has none: other things are called so too. */
export function templateOf(object: KubeObject): PodTemplateSpec | undefined {
  const { spec } = object as Templated
  const template = spec?.template ?? spec?.jobTemplate?.spec?.template
  return Array.isArray(template?.spec?.containers) ? template : undefined
}

export function containersOf(pod: PodSpec | undefined): Container[] {
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])]
}

/** A Secret or ConfigMap that pods read, and the keys that must be in it. */
export interface Read {
  kind: 'Secret' | 'ConfigMap'
  name: string
  keys: string[]
  optional: boolean
}

/** Everything a pod reads its configuration from; one entry an object, keys merged. `envFrom` and volumes name no keys. */
export function readsOf(pod: PodSpec | undefined): Read[] {
  const found = [...envReads(pod), ...volumeReads(pod)]
  const merged = new Map<string, Read>()
  for (const read of found) {
    const key = `${read.kind}/${read.name}`
    const known = merged.get(key)
    merged.set(key, {
      ...read,
      keys: [...new Set([...(known?.keys ?? []), ...read.keys])],
      optional: (known?.optional ?? true) && read.optional,
    })
  }
  return [...merged.values()]
}

function envReads(pod: PodSpec | undefined): Read[] {
  return containersOf(pod).flatMap((container) => [
    ...(container.envFrom ?? []).flatMap(({ secretRef, configMapRef }) => [
      ...read('Secret', secretRef),
      ...read('ConfigMap', configMapRef),
    ]),
    ...(container.env ?? []).flatMap(({ valueFrom }) => [
      ...read('Secret', valueFrom?.secretKeyRef),
      ...read('ConfigMap', valueFrom?.configMapKeyRef),
    ]),
  ])
}

function volumeReads(pod: PodSpec | undefined): Read[] {
  return (pod?.volumes ?? []).flatMap(({ secret, configMap, projected }) => [
    ...read('Secret', secret && { name: secret.secretName, optional: secret.optional }),
    ...read('ConfigMap', configMap),
    ...(projected?.sources ?? []).flatMap((source) => [
      ...read('Secret', source.secret),
      ...read('ConfigMap', source.configMap),
    ]),
  ])
}

interface Pointer {
  name?: string | undefined
  key?: string | undefined
  optional?: boolean | undefined
}

function read(kind: Read['kind'], pointer: Pointer | undefined): Read[] {
  if (pointer?.name === undefined) return []
  return [
    {
      kind,
      name: pointer.name,
      keys: pointer.key === undefined ? [] : [pointer.key],
      optional: pointer.optional ?? false,
    },
  ]
}
