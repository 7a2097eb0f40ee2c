import type { KubeObject } from '../../kube/object.mts'
import { serviceAccount } from '../parts/accounts.mts'
import { configMap, runtimeConfig } from '../parts/config.mts'
import { API_CONFIG, markedFor, nameOf, siteConfigName, type Yab } from './names.mts'
import { appsIn, hostOf, schemeOf } from './switches.mts'

/** What the programs are told that is no secret, and the ServiceAccounts they run under. */
export function config(context: Yab): KubeObject[] {
  const apps = appsIn(context.settings)
  const sites = apps.filter((app): app is 'web' | 'admin' => app === 'web' || app === 'admin')
  const api = apps.includes('api') || apps.includes('worker') ? markedFor('api', [apiConfig(context)]) : []
  return [
    ...apps.flatMap((app) => markedFor(app, [serviceAccount(nameOf(app))])),
    ...api,
    ...sites.flatMap((app) => markedFor(app, [siteConfig(app, context)])),
  ]
}

function apiConfig({ settings: { api, observability }, environment }: Yab) {
  const { otlpEndpoint } = observability
  const traces =
    otlpEndpoint === undefined
      ? {}
      : {
          OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
          OTEL_SERVICE_NAME: nameOf('api'),
          OTEL_RESOURCE_ATTRIBUTES: `deployment.environment.name=${environment}`,
        }
  return configMap(API_CONFIG, { GUNICORN_WORKERS: String(api.gunicornWorkers), ...traces })
}

function siteConfig(app: 'web' | 'admin', { settings, environment }: Yab) {
  const apiUrl = `${schemeOf(settings)}://${hostOf('api', settings)}`
  return runtimeConfig(siteConfigName(app), { apiUrl, environment, ...settings[app].config })
}
