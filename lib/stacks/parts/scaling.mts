import type { HorizontalPodAutoscaler, MetricSpec, PodDisruptionBudget } from '../../kube/schema/types.mts'
import { selects } from './selector.mts'

/** How fast a count may change: by so many percent or so many pods, whichever is more, in so many seconds. */
export interface Pace {
  percent: number
  pods: number
  period: number
  /** Seconds over which the most careful advice is taken, so that a short dip changes nothing. */
  stabilization?: number
}

export interface Autoscaled {
  /** Of the Deployment, whose `replicas` are `autoscaled`; the autoscaler is called the same. */
  app: string
  min: number
  max: number
  /** Percent of what the containers request. */
  cpu: number
  memory?: number
  up?: Pace
  down?: Pace
}

// Load comes at once and goes slowly: twice as quick up as the controller's default, and down one pod at a time.
const UP: Pace = { percent: 50, pods: 2, period: 15 }
const DOWN: Pace = { percent: 10, pods: 1, period: 60, stabilization: 300 }

/** Keeps a Deployment between `min` and `max` pods by the load of those that run. Needs the metrics API. */
export function autoscaler({ app, min, max, cpu, memory, up = UP, down = DOWN }: Autoscaled): HorizontalPodAutoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: app },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: app },
      minReplicas: min,
      maxReplicas: max,
      metrics: [utilization('cpu', cpu), ...(memory === undefined ? [] : [utilization('memory', memory)])],
      behavior: { scaleUp: rules(up), scaleDown: rules(down) },
    },
  }
}

/** How many pods of an app a drain must leave, or may take at a time. */
export type Kept = { minAvailable: number } | { maxUnavailable: number }

/** Limits what a node drain may take from an app at once. A pod that is not ready never holds a drain up: it serves nobody. */
export function disruptionBudget(app: string, kept: Kept = { minAvailable: 1 }): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: app },
    spec: { ...kept, selector: { matchLabels: selects(app) }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  }
}

function utilization(name: 'cpu' | 'memory', averageUtilization: number): MetricSpec {
  return { type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } }
}

function rules({ percent, pods, period, stabilization }: Pace) {
  return {
    ...(stabilization === undefined ? {} : { stabilizationWindowSeconds: stabilization }),
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: percent, periodSeconds: period },
      { type: 'Pods', value: pods, periodSeconds: period },
    ],
  }
}
