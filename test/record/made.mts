import type { KubeObject } from '../../lib/kube/object.mts'
import type { Container, PodSpec } from '../../lib/kube/schema/types.mts'

export const BUSYBOX = 'busybox:1'

export const API_VERSIONS = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  Job: 'batch/v1',
  Secret: 'v1',
  ConfigMap: 'v1',
  ResourceQuota: 'v1',
} as const

/** A container that runs a line of shell; the last lines of its log end up in its status. */
export function shell(name: string, script: string, more: Partial<Container> = {}): Container {
  return {
    name,
    image: BUSYBOX,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', script],
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...more,
  }
}

export function web(more: Partial<Container> = {}): Container {
  const readinessProbe = { exec: { command: ['true'] }, periodSeconds: 1 }
  return shell('api', 'trap "exit 0" TERM; sleep 3600 & wait', { readinessProbe, ...more })
}

export function pod(container: Container, more: Partial<PodSpec> = {}): PodSpec {
  return { terminationGracePeriodSeconds: 1, containers: [container], ...more }
}

export function deployment(spec: PodSpec, more: object = {}): KubeObject {
  return workload('Deployment', 'api', { replicas: 1, ...more }, spec)
}

export function statefulSet(spec: PodSpec, more: object = {}): KubeObject {
  return workload('StatefulSet', 'store', { replicas: 1, serviceName: 'store', ...more }, spec)
}

export function job(name: string, spec: PodSpec, more: object = {}): KubeObject {
  const template = { metadata: { labels: { app: name } }, spec: { restartPolicy: 'Never', ...spec } }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { ...more, template } } as KubeObject
}

function workload(kind: 'Deployment' | 'StatefulSet', name: string, more: object, spec: PodSpec): KubeObject {
  const labels = { app: name }
  const strategy = kind === 'Deployment' ? { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } : {}
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: { selector: { matchLabels: labels }, ...strategy, ...more, template: { metadata: { labels }, spec } },
  } as KubeObject
}

/** A ConfigMap, Secret or quota. */
export function made(kind: 'ConfigMap' | 'Secret' | 'ResourceQuota', name: string, body: object): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name }, ...body }
}

/** Room for a container to count its own runs. */
export const TMP = { volumes: [{ name: 'tmp', emptyDir: {} }] }
export const AT_TMP = { volumeMounts: [{ name: 'tmp', mountPath: '/t' }] }

/** Shell that does something else in its first `n` runs. */
export const nth = (n: number, then: string): string =>
  `n=$(cat /t/n 2>/dev/null || echo 0); n=$((n+1)); echo $n > /t/n; if [ $n -le ${n} ]; then ${then}; fi`
