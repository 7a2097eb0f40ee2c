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

/** A ServiceAccount that a pod runs under; its token is mounted only where the app talks to the API server. */
export interface Identity {
  name: string
  token?: 'mounted'
}

/**
 * A pod spec that Pod Security `restricted` admits, without an API token unless asked for, and without the
 * `<SERVICE>_PORT` variables that Kubernetes would otherwise put beside the ones the app was given.
 */
export function strictPod(account: Account, spec: PodSpec, identity?: Identity): PodSpec {
  return {
    ...(identity === undefined ? {} : { serviceAccountName: identity.name }),
    automountServiceAccountToken: identity?.token === 'mounted',
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

/** A command in the container that ends with 0; the kubelet gives up on one answer after 5 s, as a busy node may need that. */
export function execProbe(command: readonly string[], timing: Timing): Probe {
  return {
    exec: { command: [...command] },
    initialDelaySeconds: timing.delay,
    periodSeconds: timing.period,
    timeoutSeconds: 5,
  }
}

/**
 * The same question as a startup probe: for so many seconds "not yet" is an answer, and liveness is not asked before it
 * was "yes". Without it a slow start (recovery, migrations, caches) is killed half-way, again and again.
 */
export function startupProbe(probe: Probe, seconds: number): Probe {
  const period = 5
  const { initialDelaySeconds: _delay, ...question } = probe
  return { ...question, periodSeconds: period, failureThreshold: Math.ceil(seconds / period) }
}

/** Every key of these ConfigMaps and Secrets as a variable; of keys with the same name a Secret's wins. */
export function envFromAll(
  configs: readonly string[] = [],
  secrets: readonly string[] = [],
): Container['envFrom'] & object {
  return [...configs.map((name) => ({ configMapRef: { name } })), ...secrets.map((name) => ({ secretRef: { name } }))]
}

/** A variable's value: a literal, in which `$(NAME)` stands for one that was named before it; or one key of a Secret. */
export type Variable = string | { secret: string; key: string }

/** Variables in their order. */
export function envOf(values: Readonly<Record<string, Variable>> = {}): EnvVar[] {
  return Object.entries(values).map(([name, value]) =>
    typeof value === 'string' ? { name, value } : fromSecret(name, value.secret, value.key),
  )
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
