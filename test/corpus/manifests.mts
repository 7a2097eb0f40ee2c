import type { Manifest } from './row.mts'

/** Manifests as a stack renders them, each with one thing to turn. */

export function configMap(data: Record<string, unknown> = { a: '1' }, extra: Record<string, unknown> = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', ...extra }, data }
}

export function secret(data: Record<string, unknown> = { KEY: base64('s3cret-value') }, more: object = {}): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, type: 'Opaque', data, ...more }
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

export interface PodTurn {
  container?: Record<string, unknown>
  pod?: Record<string, unknown>
}

export function podTemplate({ container = {}, pod = {} }: PodTurn = {}): Record<string, unknown> {
  const web = {
    name: 'web',
    image: 'registry.test/web:abc',
    ports: [{ name: 'http', containerPort: 8080 }],
    ...container,
  }
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [web], ...pod } }
}

export function deployment(turn: PodTurn & { spec?: Record<string, unknown> } = {}): Manifest {
  const spec = { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: podTemplate(turn), ...turn.spec }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec }
}

export function statefulSet(storage = '1Gi', spec: Record<string, unknown> = {}): Manifest {
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'store' },
    spec: {
      serviceName: 'store',
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: podTemplate({ container: { volumeMounts: [{ name: 'data', mountPath: '/data' }] } }),
      volumeClaimTemplates: [claim],
      ...spec,
    },
  }
}

export function job(command: string[] = ['true'], spec: Record<string, unknown> = {}): Manifest {
  const container = { name: 'once', image: 'registry.test/once:abc', command }
  const template = { spec: { restartPolicy: 'Never', containers: [container] } }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once' },
    spec: { backoffLimit: 0, template, ...spec },
  }
}

export function service(spec: Record<string, unknown> = {}): Manifest {
  const ports = [{ name: 'http', port: 80, targetPort: 'http' }]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports, ...spec },
  }
}

export function ingress(path = '/', annotations: Record<string, string> = {}): Manifest {
  const backend = { service: { name: 'web', port: { name: 'http' } } }
  const http = { paths: [{ path, pathType: 'Prefix', backend }] }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'edge', ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: {
      ingressClassName: 'nginx',
      rules: [{ host: 'app.test', http }],
      tls: [{ hosts: ['app.test'], secretName: 'app-tls' }],
    },
  }
}

export function networkPolicy(spec: Record<string, unknown> = {}): Manifest {
  const from = [
    { podSelector: { matchLabels: { app: 'web' } } },
    { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
  ]
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'inward' },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from, ports: [{ port: 8080 }] }], ...spec },
  }
}

export function limitRange(): Manifest {
  const limits = [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' } }]
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'limits' }, spec: { limits } }
}

export function quota(hard: Record<string, unknown>): Manifest {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota' }, spec: { hard } }
}

export function autoscaler(averageUtilization = 80): Manifest {
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }]
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 3, metrics },
  }
}

export function claim(storage = '1Gi'): Manifest {
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage } } }
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec }
}

export function role(verbs: string[] = ['get']): Manifest {
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs }]
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'reader' }, rules }
}

export function roleBinding(name = 'reader'): Manifest {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'readers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  }
}

export function lease(holderIdentity = 'a'): Manifest {
  const spec = { holderIdentity, leaseDurationSeconds: 30, renewTime: '2026-11-21T10:00:00.123456Z' }
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'lock' }, spec }
}

export function pod(spec: Record<string, unknown> = {}, container: Record<string, unknown> = {}): Manifest {
  const containers = [{ name: 'web', image: 'registry.test/web:abc', ...container }]
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one' }, spec: { containers, ...spec } }
}
