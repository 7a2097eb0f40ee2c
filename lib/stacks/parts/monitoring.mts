import type { PrometheusRule, ServiceMonitor } from '../../kube/custom.mts'
import type { ConfigMap } from '../../kube/schema/types.mts'

/** Which Prometheus and Grafana look at what is made here, by the labels they select; kube-prometheus-stack's `release`. */
export interface Watched {
  labels?: Readonly<Record<string, string>>
}

export interface Scrape extends Watched {
  name: string
  /** The value of `app.kubernetes.io/name` on the Service, as `labelled` sets it. */
  service: string
  /** Namespace of the Service, where the monitor itself is elsewhere. */
  namespace?: string
  /** A port's name; the part `httpApp` calls it http. */
  port?: string
  path?: string
  /** Seconds. */
  interval?: number
}

/** Tells a Prometheus operator to collect a Service's metrics. */
export function serviceMonitor(scrape: Scrape): ServiceMonitor {
  const { name, service, namespace, port = 'http', path = '/metrics', interval = 30, labels = {} } = scrape
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name, labels: { ...labels } },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': service } },
      ...(namespace === undefined ? {} : { namespaceSelector: { matchNames: [namespace] } }),
      endpoints: [{ port, path, interval: `${interval}s` }],
    },
  }
}

export interface Alert {
  alert: string
  /** PromQL. */
  expr: string
  /** How long it must hold: 5m. */
  for: string
  severity: 'critical' | 'warning' | 'info'
  summary: string
  /** What to do. */
  description?: string
}

/** Alerts for a Prometheus operator, as one group. */
export function alertRules({
  name,
  alerts,
  labels = {},
}: Watched & { name: string; alerts: readonly Alert[] }): PrometheusRule {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name, labels: { ...labels } },
    spec: {
      groups: [
        {
          name,
          rules: alerts.map(({ severity, summary, description, ...alert }) => ({
            ...alert,
            labels: { severity },
            annotations: { summary, ...(description === undefined ? {} : { description }) },
          })),
        },
      ],
    },
  }
}

/** A dashboard as Grafana's sidecar finds it: by the label, in any namespace it looks at. */
export function dashboard(name: string, model: object): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { grafana_dashboard: '1' } },
    data: { [`${name}.json`]: `${JSON.stringify(model, null, 2)}\n` },
  }
}
