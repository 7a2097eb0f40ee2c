import type { Container, Deployment, PodSpec, Service } from '../../kube/schema/types.mts'
import { httpProbe, scratchVolumes, strictContainer, strictPod, type Resources, type Timing } from './pod.mts'

// The source's numbers, in seconds.
const LIVE: Timing = { delay: 10, period: 30 }
const READY: Timing = { delay: 5, period: 10 }
const REQUESTS: Resources = { requests: { cpu: '50m', memory: '128Mi' } }
// How long a pod still serves after its removal from the Service began: proxies and ingress controllers need a moment to hear of it.
const DRAIN = 5
const GRACE = 30

/** A command of the app's own image that must end with 0 before the app starts. */
export interface Migration {
  /** Of the init container. */
  name: string
  command: readonly string[]
  workingDir?: string
}

export interface HttpApp {
  name: string
  image: string
  port: number
  /** The path that both probes ask. */
  health: string
  /** Numeric, since a named user cannot be shown to be no root. */
  uid: number
  replicas?: number
  /** Literals; they win over a key of the same name in `secrets`. */
  env?: Readonly<Record<string, string>>
  /** Secrets whose every key becomes a variable. */
  secrets?: readonly string[]
  migration?: Migration
  live?: Timing
  ready?: Timing
  resources?: Resources
  /** Directories the app writes to (temporary ones), or `anywhere` where its image is not known well enough. */
  writable?: readonly string[] | 'anywhere'
  /** Seconds between the start of a pod's removal and its SIGTERM. */
  drain?: number
  /** Seconds from the start of a pod's removal to its SIGKILL. */
  grace?: number
}

/** A Deployment that never has fewer ready pods than replicas while it changes, and the Service in front of it. */
export function httpApp(app: HttpApp): [Deployment, Service] {
  return [deployment(app), service(app)]
}

/** An `httpApp` that serves files with unprivileged nginx: uid 101, port 8080, writes to /tmp alone. */
export function staticWeb(web: Pick<HttpApp, 'name' | 'image'> & Partial<HttpApp>): [Deployment, Service] {
  const resources = { requests: { cpu: '10m', memory: '32Mi' } }
  return httpApp({ port: 8080, health: '/', uid: 101, writable: ['/tmp'], resources, ...web })
}

function deployment(app: HttpApp): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app.name },
    spec: {
      replicas: app.replicas ?? 1,
      selector: { matchLabels: { app: app.name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels: { app: app.name } }, spec: pod(app) },
    },
  }
}

function pod(app: HttpApp): PodSpec {
  const writable = app.writable ?? ['/tmp']
  return strictPod(
    { user: app.uid },
    {
      terminationGracePeriodSeconds: app.grace ?? GRACE,
      initContainers: app.migration === undefined ? [] : [strictContainer(migrating(app, app.migration), writable)],
      containers: [strictContainer(serving(app), writable)],
      volumes: scratchVolumes(writable),
    },
  )
}

function serving(app: HttpApp): Container {
  return {
    name: app.name,
    image: app.image,
    ports: [{ name: 'http', containerPort: app.port }],
    envFrom: envFrom(app),
    env: Object.entries(app.env ?? {}).map(([name, value]) => ({ name, value })),
    resources: app.resources ?? REQUESTS,
    livenessProbe: httpProbe(app.health, app.port, app.live ?? LIVE),
    readinessProbe: httpProbe(app.health, app.port, app.ready ?? READY),
    // The kubelet's own sleep (Kubernetes 1.30): the image needs no binary for it.
    lifecycle: { preStop: { sleep: { seconds: app.drain ?? DRAIN } } },
  }
}

function migrating(app: HttpApp, migration: Migration): Container {
  return {
    name: migration.name,
    image: app.image,
    command: [...migration.command],
    ...(migration.workingDir === undefined ? {} : { workingDir: migration.workingDir }),
    envFrom: envFrom(app),
    resources: app.resources ?? REQUESTS,
  }
}

function envFrom(app: HttpApp): Container['envFrom'] & object {
  return (app.secrets ?? []).map((name) => ({ secretRef: { name } }))
}

function service({ name, port }: HttpApp): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'ClusterIP', selector: { app: name }, ports: [{ name: 'http', port, targetPort: port }] },
  }
}
