import type { KubeObject, Ref } from '../../lib/kube/object.mts'
import type {
  Deployment,
  EndpointSlice,
  Ingress,
  Job,
  Pod,
  ReplicaSet,
  Secret,
  Service,
} from '../../lib/kube/schema/types.mts'

/** The objects of a deployed reactbin, each with the part that a test wants to be different. */

export const namespace = 'reactbin'
export const host = 'reactbin.test'
export const image = 'reactbin-api:abc'

const START = '2026-11-21T10:00:00Z'

export const apiService: Ref = { apiVersion: 'v1', kind: 'Service', namespace, name: 'api' }
export const minioService: Ref = { apiVersion: 'v1', kind: 'Service', namespace, name: 'minio' }
export const apiWorkload: Ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'api' }
export const bucketJob: Ref = { apiVersion: 'batch/v1', kind: 'Job', namespace, name: 'minio-init-bucket-1a2b' }
export const tlsSecret: Ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'reactbin-tls' }

export function deployment(generation = 2, observedGeneration = generation): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'api',
      namespace,
      uid: 'api',
      generation,
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    },
    spec: { selector: { matchLabels: { app: 'api' } }, template: {} },
    status: { observedGeneration },
  }
}

export function replicaSet(revision: number): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `api-${revision}`,
      namespace,
      uid: `api-${revision}`,
      labels: { app: 'api' },
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'api', uid: 'api', controller: true }],
    },
    spec: { selector: {} },
  }
}

export interface PodOptions {
  name?: string
  revision?: number
  image?: string
  /** Exit code of alembic-migrate; undefined while it runs. */
  exitCode?: number | undefined
  startedAt?: string
}

export function apiPod({
  name = 'api-2-x',
  revision = 2,
  exitCode = 0,
  startedAt = START,
  ...other
}: PodOptions = {}): Pod {
  const ended = { terminated: { exitCode, startedAt } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: name,
      labels: { app: 'api' },
      creationTimestamp: START,
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `api-${revision}`,
          uid: `api-${revision}`,
          controller: true,
        },
      ],
    },
    spec: {
      initContainers: [{ name: 'alembic-migrate', envFrom: [{ secretRef: { name: 'api-env' } }] }],
      containers: [{ name: 'api', image: other.image ?? image, envFrom: [{ secretRef: { name: 'api-env' } }] }],
    },
    status: {
      phase: 'Running',
      podIPs: [{ ip: '10.1.0.7' }],
      conditions: [{ type: 'Ready', status: 'True' }],
      initContainerStatuses: [status('alembic-migrate', ended)],
      containerStatuses: [status('api', { running: { startedAt } })],
    },
  }
}

function status(name: string, state: object) {
  return { name, image: '', imageID: '', ready: true, restartCount: 0, state }
}

export function slice(service: string, pods: readonly string[], addresses = ['10.1.0.7']): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-slice`, namespace, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: pods.map((name) => ({
      addresses,
      conditions: { ready: true },
      targetRef: { kind: 'Pod', namespace, name, uid: name },
    })),
  }
}

/** The slice of pods of which `leaving` were told to go, and serve on. */
export function draining(service: string, pods: readonly string[], leaving: readonly string[]): EndpointSlice {
  const made = slice(service, [...pods, ...leaving])
  const conditions = (isLeaving: boolean) => ({ ready: !isLeaving, serving: true, terminating: isLeaving })
  const endpoints = made.endpoints.map((one, at) => ({ ...one, conditions: conditions(at >= pods.length) }))
  return { ...made, endpoints }
}

export function service(name: string, spec: Service['spec'] = {}, at = namespace): Service {
  const ports = [{ port: 9000 }]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: at },
    spec: { type: 'ClusterIP', selector: { app: name }, ports, ...spec },
  }
}

export function minioPod(spec: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'minio-0', namespace, labels: { app: 'minio', 'statefulset.kubernetes.io/pod-name': 'minio-0' } },
    spec: { containers: [{ name: 'minio', ports: [{ containerPort: 9000 }] }], ...spec },
    status: { podIPs: [{ ip: '10.1.0.9' }] },
  }
}

export function ingress(name: string, backends: Record<string, string>, at = namespace): Ingress {
  const paths = Object.entries(backends).map(([path, backend]) => ({
    path,
    pathType: 'Prefix' as const,
    backend: { service: { name: backend, port: { number: 80 } } },
  }))
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: at },
    spec: { rules: [{ host, http: { paths } }] },
  }
}

export function job(condition?: { type: string; message?: string }, jobImage = 'minio:1'): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: bucketJob.name, namespace },
    spec: {
      template: {
        spec: {
          containers: [{ name: 'init', image: jobImage, command: ['sh', '-c', 'mc mb'], env: [{ name: 'EMPTY' }] }],
        },
      },
    },
    status: condition === undefined ? { active: 1, failed: 2 } : { conditions: [{ status: 'True', ...condition }] },
  }
}

export function config(name: string, changedAt: string, kind: 'Secret' | 'ConfigMap' = 'Secret'): KubeObject {
  const fieldsV1 = { 'f:data': { 'f:KEY': {} } }
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      namespace,
      managedFields: [
        { manager: 'vault', operation: 'Update', apiVersion: 'v1', time: changedAt, fieldsV1 },
        {
          manager: 'kubectl-label',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2030-01-01T00:00:00Z',
          fieldsV1: { 'f:metadata': {} },
        },
      ],
    },
  }
}

export function tls(certificate: string): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: tlsSecret.name, namespace },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': Buffer.from(certificate).toString('base64'), 'tls.key': 'bm90IGZvciBwcm9vZnM=' },
  }
}
