import type { Container, Deployment, PodSpec, Service, Volume, VolumeMount } from '../../kube/schema/types.mts'
import { migrating, type Migration } from './migration.mts'
import {
  envFromAll,
  envOf,
  httpProbe,
  scratchVolumes,
  startupProbe,
  strictContainer,
  strictPod,
  type Identity,
  type Resources,
  type Timing,
  type Variable,
} from './pod.mts'
import { selects } from './selector.mts'
import { spreadOver, type Replicas, type Spread } from './spread.mts'

// The source's numbers, in seconds.
const LIVE: Timing = { delay: 10, period: 30 }
const READY: Timing = { delay: 5, period: 10 }
const REQUESTS: Resources = { requests: { cpu: '50m', memory: '128Mi' } }
// How long a pod still serves after its removal from the Service began: proxies and ingress controllers need a moment to hear of it.
const DRAIN = 5
const GRACE = 30
// Where nginx keeps its files.
const WEB_ROOT = '/usr/share/nginx/html'

export interface HttpApp {
  name: string
  image: string
  port: number
  /** The path that all probes ask. */
  health: string
  /** Numeric, since a named user cannot be shown to be no root. */
  uid: number
  /** 1 unless given. `autoscaled` leaves the count out: a HorizontalPodAutoscaler owns it, and an apply would fight it. */
  replicas?: Replicas
  /** Instead of the image's own. */
  command?: readonly string[]
  /** They win over a key of the same name in `config` and `secrets`. */
  env?: Readonly<Record<string, Variable>>
  /** ConfigMaps whose every key becomes a variable. */
  config?: readonly string[]
  /** Secrets whose every key becomes a variable. */
  secrets?: readonly string[]
  /** ConfigMaps whose keys become files, read-only: one file by `file`, or all in a directory. */
  files?: readonly MountedConfig[]
  /** As an init container of every pod; `migrationJob` is the other way. */
  migration?: Migration
  account?: Identity
  live?: Timing
  ready?: Timing
  /** Seconds that a start may take; without it liveness is asked from the first moment. */
  startup?: number
  resources?: Resources
  spread?: Spread
  /** Directories the app writes to (temporary ones), or `anywhere` where its image is not known well enough. */
  writable?: readonly string[] | 'anywhere'
  /** Seconds between the start of a pod's removal and its SIGTERM. */
  drain?: number
  /** Seconds from the start of a pod's removal to its SIGKILL. */
  grace?: number
}

export interface MountedConfig {
  config: string
  /** A directory, or the file that the key `file` becomes. */
  at: string
  file?: string
}

/** A Deployment that never has fewer ready pods than replicas while it changes, and the Service in front of it. */
export function httpApp(app: HttpApp): [Deployment, Service] {
  return [deployment(app), service(app)]
}

/**
 * An `httpApp` that serves files with unprivileged nginx: uid 101, port 8080, writes to /tmp alone. `runtime` is a
 * ConfigMap of `runtimeConfig`: its config.js lies over the one of the image.
 */
export function staticWeb({
  runtime,
  ...web
}: Pick<HttpApp, 'name' | 'image'> & Partial<HttpApp> & { runtime?: string }): [Deployment, Service] {
  const resources = { requests: { cpu: '10m', memory: '32Mi' } }
  const files = runtime === undefined ? [] : [{ config: runtime, at: `${WEB_ROOT}/config.js`, file: 'config.js' }]
  return httpApp({ port: 8080, health: '/', uid: 101, writable: ['/tmp'], resources, files, ...web })
}

function deployment(app: HttpApp): Deployment {
  const replicas = app.replicas ?? 1
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app.name },
    spec: {
      ...(replicas === 'autoscaled' ? {} : { replicas }),
      selector: { matchLabels: selects(app.name) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels: selects(app.name) }, spec: pod(app, replicas) },
    },
  }
}

function pod(app: HttpApp, replicas: Replicas): PodSpec {
  const writable = app.writable ?? ['/tmp']
  const main = serving(app)
  const init = app.migration === undefined ? [] : [migrating(app.migration, main)]
  return strictPod(
    { user: app.uid },
    {
      terminationGracePeriodSeconds: app.grace ?? GRACE,
      topologySpreadConstraints: spreadOver(app.name, replicas, app.spread),
      initContainers: init.map((container) => strictContainer(container, writable)),
      containers: [strictContainer(main, writable)],
      volumes: [...scratchVolumes(writable), ...(app.files ?? []).map(volumeOf)],
    },
    app.account,
  )
}

function serving(app: HttpApp) {
  const { command, startup } = app
  const live = httpProbe(app.health, app.port, app.live ?? LIVE)
  return {
    name: app.name,
    image: app.image,
    ...(command === undefined ? {} : { command: [...command] }),
    ports: [{ name: 'http', containerPort: app.port }],
    envFrom: envFromAll(app.config, app.secrets),
    env: envOf(app.env),
    resources: app.resources ?? REQUESTS,
    ...(startup === undefined ? {} : { startupProbe: startupProbe(live, startup) }),
    livenessProbe: live,
    readinessProbe: httpProbe(app.health, app.port, app.ready ?? READY),
    ...(app.files === undefined || app.files.length === 0 ? {} : { volumeMounts: app.files.map(mountOf) }),
    // The kubelet's own sleep (Kubernetes 1.30): the image needs no binary for it.
    lifecycle: { preStop: { sleep: { seconds: app.drain ?? DRAIN } } },
  } satisfies Container
}

function volumeOf({ config }: MountedConfig): Volume {
  return { name: config, configMap: { name: config } }
}

function mountOf({ config, at, file }: MountedConfig): VolumeMount {
  return { name: config, mountPath: at, readOnly: true, ...(file === undefined ? {} : { subPath: file }) }
}

function service({ name, port }: HttpApp): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'ClusterIP', selector: selects(name), ports: [{ name: 'http', port, targetPort: port }] },
  }
}
