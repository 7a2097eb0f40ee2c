import type { Service, StatefulSet } from '../../kube/schema/types.mts'
import { volumeClaim, type Storage } from './claim.mts'
import { fromSecret, httpProbe, scratchVolumes, strictContainer, strictPod, type Resources } from './pod.mts'

/** MinIO's own user and group in the volume. */
export const MINIO_ACCOUNT = { user: 1000, group: 1000 }
export const S3_PORT = 9000

const WRITABLE = ['/tmp']

export interface Minio {
  name: string
  image: string
  /** A Secret with MINIO_ROOT_USER and MINIO_ROOT_PASSWORD. */
  credentials: string
  storage: Storage
  resources?: Resources
}

/** One MinIO on one volume, reachable inside the cluster only. */
export function minio(store: Minio): [StatefulSet, Service] {
  return [statefulSet(store), service(store)]
}

/**
 * Every spelling of the address of a Service's S3 port as a pod of that namespace can use it, the most explicit one that
 * does not depend on the cluster's domain first.
 */
export function s3Endpoints(name: string, namespace: string): [string, ...string[]] {
  const hosts = [`${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}`, name]
  const bare = [`${name}.${namespace}.svc`, ...hosts].map((host) => `http://${host}:${S3_PORT}`)
  const [first = '', ...rest] = bare
  return [first, ...rest, ...bare.map((url) => `${url}/`)]
}

function statefulSet(store: Minio): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: store.name },
    spec: {
      replicas: 1,
      serviceName: store.name,
      selector: { matchLabels: { app: store.name } },
      template: {
        metadata: { labels: { app: store.name } },
        spec: strictPod(MINIO_ACCOUNT, {
          terminationGracePeriodSeconds: 30,
          containers: [strictContainer(server(store), WRITABLE)],
          volumes: scratchVolumes(WRITABLE),
        }),
      },
      volumeClaimTemplates: [volumeClaim(`${store.name}-data`, store.storage)],
    },
  }
}

function server({ name, image, credentials, resources }: Minio) {
  return {
    name,
    image,
    args: ['server', '/data', '--console-address', ':9001'],
    ports: [{ name: 's3', containerPort: S3_PORT }],
    env: [fromSecret('MINIO_ROOT_USER', credentials), fromSecret('MINIO_ROOT_PASSWORD', credentials)],
    resources: resources ?? { requests: { cpu: '100m', memory: '256Mi' } },
    livenessProbe: httpProbe('/minio/health/live', S3_PORT, { delay: 30, period: 20 }),
    readinessProbe: httpProbe('/minio/health/ready', S3_PORT, { delay: 15, period: 10 }),
    volumeMounts: [{ name: `${name}-data`, mountPath: '/data' }],
  }
}

function service({ name }: Minio): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'ClusterIP', selector: { app: name }, ports: [{ name: 's3', port: S3_PORT, targetPort: S3_PORT }] },
  }
}
