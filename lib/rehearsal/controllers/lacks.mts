import type { ConfigMap, Container, Pod, Secret } from '../../kube/schema/types.mts'
import type { Script } from '../stage/script.mts'
import type { Store } from '../store.mts'
import { at, KINDS } from './world.mts'

type Source = { data?: Record<string, string> } | undefined

function secretIn(store: Store, { metadata }: Pod, name = ''): Source {
  return store.get<Secret>(at(KINDS.Secret, metadata.namespace, name))
}

function configIn(store: Store, { metadata }: Pod, name = ''): Source {
  return store.get<ConfigMap>(at(KINDS.ConfigMap, metadata.namespace, name))
}

/** What the kubelet lacks to make a container, in its words: a Secret, a ConfigMap, a key of one. */
export function configLack(pod: Pod, container: Container, store: Store): string | undefined {
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    if (isMissing(secretRef, (name) => secretIn(store, pod, name))) return `secret "${secretRef?.name}" not found`
    if (isMissing(configMapRef, (name) => configIn(store, pod, name))) {
      return `configmap "${configMapRef?.name}" not found`
    }
  }
  for (const { valueFrom } of container.env ?? []) {
    const secret = keyLack('Secret', valueFrom?.secretKeyRef, pod, (name) => secretIn(store, pod, name))
    const config = keyLack('ConfigMap', valueFrom?.configMapKeyRef, pod, (name) => configIn(store, pod, name))
    const lack = secret ?? config
    if (lack !== undefined) return lack
  }
  return undefined
}

interface Pointer {
  name?: string
  key?: string
  optional?: boolean
}

function isMissing(pointer: Pointer | undefined, find: (name: string | undefined) => Source): boolean {
  return pointer !== undefined && pointer.optional !== true && find(pointer.name) === undefined
}

function keyLack(
  kind: 'Secret' | 'ConfigMap',
  pointer: Pointer | undefined,
  { metadata }: Pod,
  find: (name: string | undefined) => Source,
): string | undefined {
  if (pointer === undefined || pointer.optional === true) return undefined
  const source = find(pointer.name)
  if (source === undefined) return `${kind.toLowerCase()} "${pointer.name}" not found`
  if (source.data?.[pointer.key ?? ''] !== undefined) return undefined
  return `couldn't find key ${pointer.key} in ${kind} ${metadata.namespace}/${pointer.name}`
}

/** A container that may not be root, in an image that is. */
export function rootLack(pod: Pod, { name, securityContext }: Container, script: Script): string | undefined {
  const own = securityContext ?? {}
  const shared = pod.spec?.securityContext ?? {}
  const isForbidden = own.runAsNonRoot ?? shared.runAsNonRoot ?? false
  const user = own.runAsUser ?? shared.runAsUser
  if (!isForbidden || script.user !== 'root' || user !== undefined) return undefined
  const { namespace, name: podName, uid } = pod.metadata
  return `container has runAsNonRoot and image will run as root (pod: "${podName}_${namespace}(${uid})", container: ${name})`
}

/** A volume that cannot be mounted, and why. */
export function volumeLack(pod: Pod, store: Store): string | undefined {
  for (const { name, secret, configMap } of pod.spec?.volumes ?? []) {
    const failed = (says: string): string => `MountVolume.SetUp failed for volume "${name}" : ${says}`
    const pointer = secret === undefined ? undefined : { ...secret, name: secret.secretName ?? '' }
    if (isMissing(pointer, (wanted) => secretIn(store, pod, wanted))) {
      return failed(`secret "${pointer?.name}" not found`)
    }
    if (isMissing(configMap, (wanted) => configIn(store, pod, wanted))) {
      return failed(`configmap "${configMap?.name}" not found`)
    }
    const wanted = [...(secret?.items ?? []), ...(configMap?.items ?? [])].map(({ key }) => key)
    const data = (secret === undefined ? configIn(store, pod, configMap?.name) : secretIn(store, pod, pointer?.name))
      ?.data
    const missing = wanted.find((key) => data?.[key] === undefined)
    if (missing !== undefined) {
      return failed(`references non-existent ${secret === undefined ? 'config' : 'secret'} key: ${missing}`)
    }
  }
  return undefined
}

/** The variables of a container, with what Secrets and ConfigMaps say. */
export function environment(pod: Pod, container: Container, store: Store): Record<string, string> {
  const plain = (source: Source, isSecret: boolean): Record<string, string> =>
    Object.fromEntries(
      Object.entries(source?.data ?? {}).map(([key, value]) => [
        key,
        isSecret ? Buffer.from(value, 'base64').toString() : value,
      ]),
    )
  const env: Record<string, string> = {}
  for (const { secretRef, configMapRef, prefix = '' } of container.envFrom ?? []) {
    const values = secretRef
      ? plain(secretIn(store, pod, secretRef.name), true)
      : plain(configIn(store, pod, configMapRef?.name), false)
    for (const [key, value] of Object.entries(values)) env[prefix + key] = value
  }
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    const { secretKeyRef, configMapKeyRef } = valueFrom ?? {}
    if (secretKeyRef) env[name] = plain(secretIn(store, pod, secretKeyRef.name), true)[secretKeyRef.key] ?? ''
    else if (configMapKeyRef)
      env[name] = plain(configIn(store, pod, configMapKeyRef.name), false)[configMapKeyRef.key] ?? ''
    else env[name] = value
  }
  return env
}
