import type { KubeObject } from '../../kube/object.mts'
import { alertRules, dashboard, serviceMonitor, type Alert } from '../parts/monitoring.mts'
import { inNamespace } from '../parts/namespaces.mts'
import { site } from '../parts/site.mts'
import { markedFor, markedForAll, nameOf, type Yab } from './names.mts'
import type { Settings } from './settings.mts'

const JOB = `job="${nameOf('api')}"`
const REQUESTS = `sum(rate(http_requests_total{${JOB}}[5m]))`
const ERRORS = `sum(rate(http_requests_total{${JOB},status=~"5.."}[5m]))`
const SLOWEST = `histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{${JOB}}[5m])))`

const ALERTS: readonly Alert[] = [
  {
    alert: 'YabApiHighErrorRate',
    expr: `${ERRORS} / ${REQUESTS} > 0.05`,
    for: '5m',
    severity: 'critical',
    summary: 'API high error rate',
    description: 'More than 5 % of the answers are errors of the server: kubectl -n apps logs deployment/yab-api',
  },
  {
    // The autoscaler looks at CPU alone: an API that waits for its database is slow with idle processors.
    alert: 'YabApiSlow',
    expr: `${SLOWEST} > 1`,
    for: '10m',
    severity: 'warning',
    summary: 'API slow',
    description: 'One answer in twenty takes longer than a second. The autoscaler does not see it: it counts CPU only.',
  },
]

/** What Prometheus and Grafana are told of the API, in their own namespace; nothing where the switch is off. */
export function monitoring({ settings, namespace }: Pick<Yab, 'settings' | 'namespace'>): KubeObject[] {
  const { observability, api } = settings
  if (!observability.enabled || !api.enabled) return []
  const name = nameOf('api')
  const labels = { release: observability.release }
  const objects = [
    serviceMonitor({ name, service: 'api', namespace, labels }),
    alertRules({ name, alerts: ALERTS, labels }),
    dashboard(name, board()),
  ]
  return [...markedFor('api', inNamespace(observability.namespace, objects)), ...grafana(settings)]
}

/** The way to Grafana from outside, behind a password of the ingress controller's. */
function grafana({ observability: { grafana: said, namespace }, ingress: { className }, tls }: Settings): KubeObject[] {
  const { host, service, port, authSecret } = said
  if (host === undefined) return []
  const secretName = 'yab-grafana-tls'
  const ingress = site({
    name: 'yab-grafana',
    host,
    className,
    tls: tls.from === 'none' ? 'none' : tls.from === 'issuer' ? { secretName, issuer: tls.issuer } : { secretName },
    routes: [{ path: '/', service, port }],
    annotations: {
      'nginx.ingress.kubernetes.io/auth-type': 'basic',
      'nginx.ingress.kubernetes.io/auth-secret': authSecret,
      'nginx.ingress.kubernetes.io/auth-realm': 'Grafana',
    },
  })
  return markedForAll('grafana', inNamespace(namespace, [ingress]))
}

function board() {
  const panel = (id: number, title: string, unit: string, expr: string) => ({
    id,
    title,
    type: 'timeseries',
    gridPos: { h: 8, w: 12, x: ((id - 1) % 2) * 12, y: Math.floor((id - 1) / 2) * 8 },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: [{ expr, refId: 'A' }],
  })
  const pods = `pod=~"${nameOf('api')}-.*", container="${nameOf('api')}"`
  return {
    title: 'yab API',
    uid: nameOf('api'),
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    panels: [
      panel(1, 'Requests', 'reqps', REQUESTS),
      panel(2, 'Errors of the server', 'percentunit', `${ERRORS} / ${REQUESTS}`),
      panel(3, 'Slowest of twenty answers', 's', SLOWEST),
      panel(4, 'CPU', 'short', `sum by (pod) (rate(container_cpu_usage_seconds_total{${pods}}[5m]))`),
    ],
  }
}
