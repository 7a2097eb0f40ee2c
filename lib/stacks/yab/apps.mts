import type { KubeObject } from '../../kube/object.mts'
import { httpApp, staticWeb } from '../parts/http.mts'
import { migrationJob } from '../parts/migration.mts'
import type { Identity, Resources } from '../parts/pod.mts'
import { autoscaler, disruptionBudget } from '../parts/scaling.mts'
import { API_CONFIG, API_ENV, API_PORT, marked, nameOf, siteConfigName, type App, type Yab } from './names.mts'

export const HEALTH = '/health/'
const API_UID = 1000

const AMOUNTS: Resources = {
  requests: { cpu: '200m', memory: '256Mi' },
  limits: { cpu: '500m', memory: '512Mi' },
}

/** FastAPI behind gunicorn, whose schema the migrations have brought to its head before. */
export function api(context: Yab): KubeObject[] {
  const { api: said } = context.settings
  if (!said.enabled) return []
  const name = nameOf('api')
  const { minReplicas: min, maxReplicas: max, targetCPUUtilizationPercentage: cpu } = said.autoscaling
  const scales = said.autoscaling.enabled ? [autoscaler({ app: name, min, max, cpu })] : []
  const { minAvailable } = said.disruptionBudget
  const budget = said.disruptionBudget.enabled ? [disruptionBudget(name, { minAvailable })] : []
  const objects = httpApp({
    name,
    image: context.image('api'),
    port: API_PORT,
    health: HEALTH,
    uid: API_UID,
    replicas: said.autoscaling.enabled ? 'autoscaled' : said.replicaCount,
    startup: 120,
    config: [API_CONFIG],
    secrets: [API_ENV],
    account: accountOf('api', context),
    resources: AMOUNTS,
    spread: said.spread,
  })
  return marked('api', [...objects, ...scales, ...budget], context)
}

/** One Job for each content: it runs when the API's image changes, and before the API does. */
export function migrations(context: Yab): KubeObject[] {
  if (!context.settings.api.enabled) return []
  const job = migrationJob({
    name: nameOf('migrations'),
    image: context.image('api'),
    command: ['alembic', 'upgrade', 'head'],
    workingDir: '/app',
    uid: API_UID,
    config: [API_CONFIG],
    secrets: [API_ENV],
    account: accountOf('migrations', context),
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
  })
  return marked('migrations', [job], context)
}

/** Flutter's files behind nginx: the customers' site, or the administrators'. */
export function frontend(app: 'web' | 'admin', context: Yab): KubeObject[] {
  const said = context.settings[app]
  if (!said.enabled) return []
  const objects = staticWeb({
    name: nameOf(app),
    image: context.image(app),
    health: '/health',
    runtime: siteConfigName(app),
    replicas: said.replicaCount,
    account: accountOf(app, context),
    spread: said.spread,
  })
  return marked(app, objects, context)
}

/** The app's own ServiceAccount; its token is in its pods only where the settings say so. */
export function accountOf(app: App, { settings }: Yab): Identity {
  const isAsked = app !== 'migrations' && settings[app].serviceAccountToken === 'mounted'
  return { name: nameOf(app), ...(isAsked ? { token: 'mounted' } : {}) }
}
