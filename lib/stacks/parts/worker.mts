import type { Container, Deployment } from '../../kube/schema/types.mts'
import {
  envFromAll,
  envOf,
  execProbe,
  scratchVolumes,
  startupProbe,
  strictContainer,
  strictPod,
  type Identity,
  type Resources,
  type Variable,
} from './pod.mts'
import { selects } from './selector.mts'
import { spreadOver, type Replicas, type Spread } from './spread.mts'

/** A file that the worker touches while it lives. */
export interface Heartbeat {
  file: string
  /** Seconds after which an untouched file means that the worker hangs. */
  within: number
}

export interface CeleryWorker {
  name: string
  image: string
  /** The Celery app, as `celery -A` takes it. */
  app: string
  /** How celery is started; `celery -A <app> worker` unless given. */
  command?: readonly string[]
  uid: number
  /** All queues unless named. */
  queues?: readonly string[]
  /** Tasks at the same time in one pod. */
  concurrency: number
  /** 1 unless given. */
  replicas?: Replicas
  /** Seconds that a task may still run after the pod was told to go: at least the longest task. */
  grace: number
  env?: Readonly<Record<string, Variable>>
  config?: readonly string[]
  secrets?: readonly string[]
  account?: Identity
  resources?: Resources
  spread?: Spread
  heartbeat?: Heartbeat
  /** Seconds that a start may take, until the first heartbeat. */
  startup?: number
  writable?: readonly string[] | 'anywhere'
}

const REQUESTS: Resources = { requests: { cpu: '100m', memory: '256Mi' } }
const HEARTBEAT: Heartbeat = { file: '/tmp/heartbeat', within: 60 }

/**
 * A Celery worker. Its probes look at the age of a file that the worker's own loop touches: `celery inspect ping` starts
 * a second Python for each question, gets no answer from a busy worker, and has the kubelet restart all workers when the
 * broker is away. On the way out a worker finishes its tasks within `grace`, while the new pods work already.
 */
export function celeryWorker(worker: CeleryWorker): Deployment {
  const { replicas = 1, writable = ['/tmp'] } = worker
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: worker.name },
    spec: {
      ...(replicas === 'autoscaled' ? {} : { replicas }),
      selector: { matchLabels: selects(worker.name) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: selects(worker.name) },
        spec: strictPod(
          { user: worker.uid },
          {
            terminationGracePeriodSeconds: worker.grace,
            topologySpreadConstraints: spreadOver(worker.name, replicas, worker.spread),
            containers: [strictContainer(working(worker), writable)],
            volumes: scratchVolumes(writable),
          },
          worker.account,
        ),
      },
    },
  }
}

function working(worker: CeleryWorker): Container {
  const { heartbeat = HEARTBEAT, queues = [], startup = 120 } = worker
  const beats = execProbe(youngerThan(heartbeat), { delay: 0, period: 20 })
  return {
    name: worker.name,
    image: worker.image,
    command: [...(worker.command ?? ['celery', '-A', worker.app, 'worker'])],
    args: [
      ...(queues.length === 0 ? [] : ['--queues', queues.join(',')]),
      '--concurrency',
      String(worker.concurrency),
      '--loglevel',
      'INFO',
    ],
    envFrom: envFromAll(worker.config, worker.secrets),
    env: envOf({ HEARTBEAT_FILE: heartbeat.file, ...worker.env }),
    resources: worker.resources ?? REQUESTS,
    startupProbe: startupProbe(beats, startup),
    livenessProbe: beats,
    // One that hangs takes no work either; a rollout goes on only when the new one beats.
    readinessProbe: execProbe(youngerThan(heartbeat), { delay: 0, period: 10 }),
  }
}

// `date` and `stat` with `%Y` are in Debian's and Alpine's images alike; `find -mmin` counts whole minutes.
function youngerThan({ file, within }: Heartbeat): string[] {
  return ['sh', '-c', `test $(($(date +%s) - $(stat -c %Y ${file}))) -lt ${within}`]
}
