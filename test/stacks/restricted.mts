import type { Container, PodSpec } from '../../lib/kube/schema/types.mts'

const VOLUMES = new Set([
  'name',
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

/** Why Pod Security `restricted` would not admit a pod; the rules of https://kubernetes.io/docs/concepts/security/pod-security-standards. */
export function restrictedFaults(pod: PodSpec): string[] {
  const containers = [...(pod.initContainers ?? []), ...(pod.containers ?? [])]
  return [
    ...(pod.hostNetwork || pod.hostPID || pod.hostIPC ? ['a host namespace'] : []),
    ...(pod.volumes ?? []).flatMap((volume) => Object.keys(volume).filter((key) => !VOLUMES.has(key))),
    ...containers.flatMap((container) => containerFaults(container, pod).map((fault) => `${container.name}: ${fault}`)),
  ]
}

function containerFaults(
  { securityContext: own = {}, ports = [] }: Container,
  { securityContext: pod = {} }: PodSpec,
): string[] {
  const faults: [string, boolean][] = [
    ['privileged', own.privileged === true],
    ['allowPrivilegeEscalation', own.allowPrivilegeEscalation !== false],
    ['capabilities', own.capabilities?.drop?.includes('ALL') !== true || (own.capabilities.add ?? []).length > 0],
    ['runAsNonRoot', (own.runAsNonRoot ?? pod.runAsNonRoot) !== true],
    ['runAsUser', (own.runAsUser ?? pod.runAsUser ?? 0) === 0],
    ['seccompProfile', (own.seccompProfile ?? pod.seccompProfile)?.type !== 'RuntimeDefault'],
    ['hostPort', ports.some(({ hostPort }) => hostPort !== undefined)],
  ]
  return faults.filter(([, broken]) => broken).map(([name]) => name)
}
