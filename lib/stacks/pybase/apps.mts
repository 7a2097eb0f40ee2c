import type { KubeObject } from '../../kube/object.mts'
import { httpApp, staticWeb } from '../parts/http.mts'
import type { Resources } from '../parts/pod.mts'
import { autoscaler, disruptionBudget, type Pace } from '../parts/scaling.mts'
import type { Replicas } from '../parts/spread.mts'
import { celeryWorker } from '../parts/worker.mts'
import { patch } from '../patch.mts'
import type { Context } from '../stack.mts'
import { accountOf, identityLabels, type App } from './access.mts'
import {
  brokerVariables,
  CONFIG,
  databaseVariables,
  searchVariables,
  sessionVariables,
  storeVariables,
} from './config.mts'
import type { Settings } from './settings.mts'

type Pybase = Context<Settings>

export const MIGRATION = 'alembic-migrate'
const CELERY = ['celery', '-A', 'app.worker', 'worker', '--without-gossip', '--without-mingle']
const UID = 1000

// An extraction may take an hour; a pod that was taken away too early begins it anew.
const PATIENT: Pace = { percent: 10, pods: 1, period: 90, stabilization: 600 }

/** FastAPI behind uvicorn; migrates in an init container. Live while it answers, ready while database and Redis do. */
export function api(context: Pybase): KubeObject[] {
  const env = {
    ...databaseVariables(),
    ...brokerVariables(context),
    ...storeVariables(context),
    ...searchVariables(context),
    ...sessionVariables(),
  }
  const objects = httpApp({
    name: 'api',
    image: context.image('api'),
    port: 8000,
    health: '/health',
    uid: UID,
    replicas: countOf(context, 'api'),
    startup: 120,
    config: [CONFIG],
    env,
    migration: { name: MIGRATION, command: ['alembic', 'upgrade', 'head'], env },
    account: accountOf('api'),
    resources: amounts('200m', '256Mi', '1', '1Gi'),
  })
  const ready = patch(objects, 'Deployment/api', {
    spec: {
      template: { spec: { containers: [{ name: 'api', readinessProbe: { httpGet: { path: '/health/ready' } } }] } },
    },
  })
  return scaling(context, 'api', ready, { cpu: 70, memory: 80 })
}

/** Reads CAD and PDF files: up to an hour each, which it is given to finish when its pod has to go. */
export function extractionWorker(context: Pybase): KubeObject[] {
  const worker = celeryWorker({
    name: 'extraction-worker',
    image: context.image('extraction-worker'),
    app: 'app.worker',
    command: CELERY,
    uid: UID,
    queues: ['extraction'],
    concurrency: 2,
    replicas: countOf(context, 'extractionWorker'),
    grace: 3600,
    config: [CONFIG],
    env: { ...databaseVariables(), ...brokerVariables(context), ...storeVariables(context) },
    account: accountOf('extraction-worker'),
    resources: amounts('200m', '512Mi', '1', '2Gi'),
  })
  return scaling(context, 'extraction-worker', [worker], { cpu: 75, memory: 85, down: PATIENT })
}

/** Puts what was read into Meilisearch. */
export function searchWorker(context: Pybase): KubeObject[] {
  const worker = celeryWorker({
    name: 'search-worker',
    image: context.image('search-worker'),
    app: 'app.worker',
    command: CELERY,
    uid: UID,
    queues: ['search'],
    concurrency: 4,
    replicas: countOf(context, 'searchWorker'),
    grace: 300,
    config: [CONFIG],
    env: { ...databaseVariables(), ...brokerVariables(context), ...searchVariables(context) },
    account: accountOf('search-worker'),
    resources: amounts('100m', '256Mi', '500m', '1Gi'),
  })
  return scaling(context, 'search-worker', [worker], { cpu: 70, memory: 80 })
}

/** React's files behind nginx. */
export function frontend(context: Pybase): KubeObject[] {
  const objects = staticWeb({
    name: 'frontend',
    image: context.image('frontend'),
    health: '/health',
    replicas: countOf(context, 'frontend'),
    account: accountOf('frontend'),
    resources: amounts('50m', '64Mi', '200m', '128Mi'),
  })
  return scaling(context, 'frontend', objects, { cpu: 70, memory: 80 })
}

const SETTING = {
  api: 'api',
  'extraction-worker': 'extractionWorker',
  'search-worker': 'searchWorker',
  frontend: 'frontend',
} as const satisfies Record<App, keyof Settings>

function countOf({ settings }: Pybase, app: (typeof SETTING)[App]): Replicas {
  const { replicaCount, autoscaling } = settings[app]
  return autoscaling.enabled ? 'autoscaled' : replicaCount
}

/** The app with what keeps it at the right number: a budget for drains, an autoscaler unless the number is fixed. */
function scaling(
  { settings }: Pybase,
  app: App,
  objects: readonly KubeObject[],
  targets: { cpu: number; memory: number; down?: Pace },
): KubeObject[] {
  const { replicaCount: min, autoscaling } = settings[SETTING[app]]
  const labels = identityLabels(settings, app)
  const labelled = patch(objects, `Deployment/${app}`, { spec: { template: { metadata: { labels } } } })
  return [
    ...labelled,
    disruptionBudget(app),
    ...(autoscaling.enabled ? [autoscaler({ app, min, max: autoscaling.maxReplicas, ...targets })] : []),
  ]
}

function amounts(cpu: string, memory: string, mostCpu: string, mostMemory: string): Resources {
  return { requests: { cpu, memory }, limits: { cpu: mostCpu, memory: mostMemory } }
}
