import type { Container, EnvVar, PodSpec, Probe, ResourceRequirements } from '../../kube/schema/types.mts'

/** Who a pod runs as; `group` also owns its volumes. */
export interface Account {
  user: number
  group?: number
}

/** When a probe begins and how often it asks, in seconds. */
export interface Timing {
  delay: number
  period: number
}

/** What a pod needs at least, and may have at most. */
export type Resources = Pick<ResourceRequirements, 'requests' | 'limits'>

/**
 * A pod spec that Pod Security `restricted` admits, without an API token, and without the `<SERVICE>_PORT` variables
 * that Kubernetes would otherwise put beside the ones the app was given.
 */
export function strictPod(account: Account, spec: PodSpec): PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: account.user,
      // A large volume is not walked on every start.
      ...(account.group === undefined
        ? {}
        : { runAsGroup: account.group, fsGroup: account.group, fsGroupChangePolicy: 'OnRootMismatch' as const }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...spec,
  }
}

/** A container without privileges. `writable` names the only directories it may write to; `anywhere` leaves its root open. */
export function strictContainer(container: Container, writable: readonly string[] | 'anywhere'): Container {
  const mounts =
    writable === 'anywhere' ? [] : writable.map((mountPath) => ({ name: scratchName(mountPath), mountPath }))
  return {
    ...container,
    volumeMounts: [...(container.volumeMounts ?? []), ...mounts],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      ...(writable === 'anywhere' ? {} : { readOnlyRootFilesystem: true }),
    },
  }
}

/** The volumes behind the writable directories of `strictContainer`: empty at every start of a pod. */
export function scratchVolumes(writable: readonly string[] | 'anywhere'): PodSpec['volumes'] & object {
  return writable === 'anywhere' ? [] : writable.map((path) => ({ name: scratchName(path), emptyDir: {} }))
}

/** A GET of this path, answered with 200-399. */
export function httpProbe(path: string, port: number, timing: Timing): Probe {
  return { httpGet: { path, port }, initialDelaySeconds: timing.delay, periodSeconds: timing.period }
}

/** One environment variable from one key of a Secret. */
export function fromSecret(variable: string, secret: string, key = variable): EnvVar {
  return { name: variable, valueFrom: { secretKeyRef: { name: secret, key } } }
}

function scratchName(path: string): string {
  return path
    .replaceAll(/[^a-z0-9]+/gi, '-')
    .replaceAll(/^-|-$/g, '')
    .toLowerCase()
}
