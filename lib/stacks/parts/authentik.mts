import type { Container, Deployment, PersistentVolumeClaim, PodSpec, Service } from '../../kube/schema/types.mts'
import { splitReference } from '../image.mts'
import { volumeClaim, type Storage } from './claim.mts'
import {
  envFromAll,
  envOf,
  execProbe,
  httpProbe,
  scratchVolumes,
  startupProbe,
  strictContainer,
  strictPod,
  type Resources,
} from './pod.mts'
import { selects } from './selector.mts'
import { spreadOver } from './spread.mts'

export const AUTHENTIK_PORTS = { http: 9000, https: 9443 }

const ACCOUNT = { user: 1000, group: 1000 }
const WRITABLE = ['/tmp']
// The first start migrates the whole database, pod after pod.
const STARTUP = 600

export interface Authentik {
  /** Server and worker are called `<name>-server` and `<name>-worker`, the volume `<name>-media`. */
  name: string
  /** Its tag tells the version: up to 2025.8 it needs a Redis, from 2025.10 on none. */
  image: string
  /** A Secret with AUTHENTIK_SECRET_KEY and AUTHENTIK_POSTGRESQL__{NAME,USER,PASSWORD}. */
  secret: string
  /** Host of its PostgreSQL; in the Secret (AUTHENTIK_POSTGRESQL__HOST) unless given here. */
  database?: string
  /** Under which path of its host it answers, with a slash at both ends: `/auth/`. */
  path: string
  media: Storage
  /** Host of the Redis that an old version needs. */
  redis?: string | undefined
  replicas?: number
  resources?: { server?: Resources; worker?: Resources }
}

/** authentik: servers, one worker, the volume that all of them share, and the Service of the servers. */
export function authentik(idp: Authentik): [PersistentVolumeClaim, Deployment, Deployment, Service] {
  const { name, media, replicas = 2 } = idp
  return [
    volumeClaim(`${name}-media`, media),
    deployment(`${name}-server`, replicas, idp, server(idp)),
    deployment(`${name}-worker`, 1, idp, worker(idp)),
    service(`${name}-server`),
  ]
}

/** Whether this version of authentik still needs a Redis: 2025.10 was the first without. */
export function needsRedis(image: string): boolean {
  return versionOf(image) < 202_510
}

// 2025.10.3 as 202510; a tag that tells no version is taken for a new one.
function versionOf(image: string): number {
  const [, year, month] = /^(\d{4})\.(\d{1,2})\b/.exec(splitReference(image).tag ?? '') ?? []
  return year === undefined ? Number.POSITIVE_INFINITY : Number(year) * 100 + Number(month)
}

function deployment(name: string, replicas: number, idp: Authentik, container: Container): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: selects(name) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { ...selects(name), ...mediaMark(idp.name) } },
        spec: strictPod(ACCOUNT, {
          terminationGracePeriodSeconds: 60,
          ...placed(name, replicas, idp),
          containers: [strictContainer(container, WRITABLE)],
          volumes: [
            { name: 'media', persistentVolumeClaim: { claimName: `${idp.name}-media` } },
            ...scratchVolumes(WRITABLE),
          ],
        }),
      },
    },
  }
}

function mediaMark(name: string): Record<string, string> {
  return { 'landfall.dev/volume': `${name}-media` }
}

// A ReadWriteOnce volume is mounted on one node at a time: all pods that share it have to be there.
function placed(
  name: string,
  replicas: number,
  { name: idp, media }: Authentik,
): Pick<PodSpec, 'affinity' | 'topologySpreadConstraints'> {
  if (media.accessMode === 'ReadWriteMany') return { topologySpreadConstraints: spreadOver(name, replicas) }
  const together = { labelSelector: { matchLabels: mediaMark(idp) }, topologyKey: 'kubernetes.io/hostname' }
  return { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [together] } } }
}

function server(idp: Authentik): Container {
  const ask = (path: string) =>
    httpProbe(`${idp.path}-/health/${path}/`, AUTHENTIK_PORTS.http, { delay: 0, period: 10 })
  return {
    ...common(idp),
    name: `${idp.name}-server`,
    args: ['server'],
    ports: [
      { name: 'http', containerPort: AUTHENTIK_PORTS.http },
      { name: 'https', containerPort: AUTHENTIK_PORTS.https },
    ],
    resources: idp.resources?.server ?? { requests: { cpu: '250m', memory: '256Mi' } },
    startupProbe: startupProbe(ask('live'), STARTUP),
    livenessProbe: { ...ask('live'), timeoutSeconds: 5 },
    readinessProbe: { ...ask('ready'), timeoutSeconds: 5 },
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
  }
}

function worker(idp: Authentik): Container {
  // It starts a Python of its own, which takes seconds of a processor: rarely, and with time for the answer.
  const asked = { ...execProbe(['ak', 'healthcheck'], { delay: 0, period: 60 }), timeoutSeconds: 30 }
  return {
    ...common(idp),
    name: `${idp.name}-worker`,
    args: ['worker'],
    resources: idp.resources?.worker ?? { requests: { cpu: '100m', memory: '128Mi' } },
    startupProbe: { ...startupProbe(asked, STARTUP), periodSeconds: 10, failureThreshold: STARTUP / 10 },
    livenessProbe: asked,
    readinessProbe: asked,
  }
}

function common({ image, secret, path, redis, database }: Authentik): Omit<Container, 'name'> {
  const legacy: Record<string, string> =
    needsRedis(image) && redis !== undefined ? { AUTHENTIK_REDIS__HOST: redis } : {}
  const host: Record<string, string> = database === undefined ? {} : { AUTHENTIK_POSTGRESQL__HOST: database }
  // Up to 2025.10 media lie at /media, since 2025.12 at /data/media: in the volume they are at media/ either way.
  const media = versionOf(image) < 202_512 ? { mountPath: '/media', subPath: 'media' } : { mountPath: '/data' }
  return {
    image,
    envFrom: envFromAll([], [secret]),
    env: envOf({ AUTHENTIK_ERROR_REPORTING__ENABLED: 'false', AUTHENTIK_WEB__PATH: path, ...host, ...legacy }),
    volumeMounts: [{ name: 'media', ...media }],
  }
}

function service(name: string): Service {
  const ports = Object.entries(AUTHENTIK_PORTS).map(([port, number]) => ({
    name: port,
    port: number,
    targetPort: number,
  }))
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'ClusterIP', selector: selects(name), ports },
  }
}
