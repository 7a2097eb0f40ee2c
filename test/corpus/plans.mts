import { normal } from '../../lib/kube/normal.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { apply } from './row.mts'
import type { Manifest, Row } from './row.mts'
import {
  autoscaler,
  base64,
  configMap,
  deployment,
  ingress,
  job,
  lease,
  limitRange,
  networkPolicy,
  pod,
  quota,
  role,
  roleBinding,
  secret,
  service,
  statefulSet,
} from './manifests.mts'

/** What the plan calls unchanged is unchanged; what it calls changed changes, exactly there. */
export const planRows: readonly Row[] = [
  ...twice([
    ['a ConfigMap', configMap()],
    ['a Secret', secret()],
    ['a Deployment', deployment()],
    ['a Deployment with probes, resources and mounts', whole()],
    ['a StatefulSet with volumeClaimTemplates, whose defaults are inside an atomic list', statefulSet()],
    ['a Job', job()],
    ['a Service', service()],
    ['a headless Service', service({ clusterIP: 'None' })],
    ['an Ingress', ingress('/', { 'nginx.ingress.kubernetes.io/proxy-body-size': '10m' })],
    ['a NetworkPolicy', networkPolicy()],
    ['a LimitRange, whose defaults are inside an atomic list', limitRange()],
    ['a ResourceQuota', quota({ pods: '10' })],
    ['an autoscaler v2, whose metrics are an atomic list', autoscaler()],
    ['a Role', role()],
    ['a RoleBinding', roleBinding()],
    ['a Lease', lease()],
    ['a Pod', pod()],
    ['an emptyDir without a size', deployment({ pod: { volumes: [{ name: 'tmp', emptyDir: {} }] } })],
    [
      'a downward API field, whose apiVersion is a default in an atomic reference',
      deployment({ container: { env: [nodeName()] } }),
    ],
  ]),
  ...turned([
    ['a changed value', configMap({ a: '1' }), configMap({ a: '2' }), ['data.a']],
    ['a new key', configMap({ a: '1' }), configMap({ a: '1', b: '2' }), ['data.b', 'owner']],
    ['a key given up', configMap({ a: '1', b: '2' }), configMap({ a: '1' }), ['data.b', 'owner']],
    ['the last key given up', configMap({ a: '1' }), { ...configMap(), data: undefined }, ['data', 'owner']],
    [
      'a label given up',
      configMap({}, { labels: { a: '1', b: '2' } }),
      configMap({}, { labels: { a: '1' } }),
      ['metadata.labels.b', 'owner'],
    ],
    ['a Secret value', secret(), secret({ KEY: base64('another') }), ['data.KEY']],
    ['an image', deployment(), deployment({ container: { image: 'registry.test/web:abd' } }), [image()]],
    [
      'reordered env',
      deployment({ container: { env: [env('A'), env('B')] } }),
      deployment({ container: { env: [env('B'), env('A')] } }),
      [`${container()}.env`],
    ],
    ['reordered ports', ports('http', 'metrics'), ports('metrics', 'http'), [`${container()}.ports`]],
    [
      'reordered initContainers',
      starters('first', 'second'),
      starters('second', 'first'),
      ['spec.template.spec.initContainers'],
    ],
    [
      'an env variable given up',
      deployment({ container: { env: [env('A'), env('B')] } }),
      deployment({ container: { env: [env('A')] } }),
      [`${container()}.env[B]`, 'owner'],
    ],
    [
      'an env variable from value to reference',
      deployment({ container: { env: [env('A')] } }),
      deployment({ container: { env: [fromKey('A')] } }),
      [`${container()}.env[A].value`, `${container()}.env[A].valueFrom`, 'owner'],
    ],
    [
      'replicas given up, which go back to the default',
      deployment({ spec: { replicas: 3 } }),
      deployment({ spec: { replicas: undefined } }),
      ['owner', 'spec.replicas'],
    ],
    [
      'args in an atomic list',
      deployment({ container: { args: ['a', 'b'] } }),
      deployment({ container: { args: ['b', 'a'] } }),
      [`${container()}.args[0]`, `${container()}.args[1]`],
    ],
    ['an autoscaler metric', autoscaler(80), autoscaler(70), ['spec.metrics[0].resource.target.averageUtilization']],
    [
      'a Service port',
      service(),
      service({ ports: [{ name: 'http', port: 81, targetPort: 'http' }] }),
      ['owner', 'spec.ports[http].port'],
    ],
    ['a Role verb', role(['get']), role(['get', 'list']), ['rules[0].verbs[1]']],
    ['an Ingress path', ingress('/'), ingress('/app'), ['spec.rules[0].http.paths[0].path']],
  ]),
  ...same([
    ['a quantity said in another way', resources('1000m'), resources('1')],
    ['a quantity as a number', resources('1'), resources(1)],
    ['memory said in another way', resources('1', '1024Mi'), resources('1', '1Gi')],
    [
      'nulls, by the normal form',
      deployment(),
      normalised(deployment({ spec: { paused: null, minReadySeconds: null } })),
    ],
    [
      'empty lists, by the normal form',
      deployment(),
      normalised(deployment({ container: { env: [] }, pod: { volumes: [] } })),
    ],
    ['empty annotations, by the normal form', configMap(), normalised(configMap({ a: '1' }, { annotations: {} }))],
    ['an empty egress, by the normal form', networkPolicy(), normalised(networkPolicy({ egress: [] }))],
    [
      'an empty matchLabels, by the normal form',
      networkPolicy(),
      normalised(networkPolicy({ podSelector: { matchLabels: {} } })),
    ],
    [
      'stringData, by the normal form',
      secret({ KEY: base64('v1') }),
      normalised(secret(undefined, { data: undefined, stringData: { KEY: 'v1' } })),
    ],
    [
      'a protocol that is the default',
      deployment(),
      deployment({ container: { ports: [{ name: 'http', containerPort: 8080 }] } }),
    ],
  ]),
  {
    name: 'defaults said aloud change the owner only',
    before: [apply(service())],
    act: apply(service({ type: 'ClusterIP' })),
    expect: { plan: ['owner'] },
  },
  {
    name: 'an object that is not there is planned as a whole',
    act: apply(configMap()),
    expect: { plan: [''] },
  },
]

function twice(kinds: readonly (readonly [string, Manifest])[]): Row[] {
  return kinds.map(([what, object]) => ({
    name: `${what} applied twice is unchanged`,
    before: [apply(object)],
    act: apply(object),
    expect: { plan: 'unchanged' },
  }))
}

function turned(rows: readonly (readonly [string, Manifest, Manifest, readonly string[]])[]): Row[] {
  return rows.map(([what, from, to, plan]) => ({
    name: `${what} is a change`,
    before: [apply(from)],
    act: apply(to),
    expect: { plan },
  }))
}

function same(rows: readonly (readonly [string, Manifest, Manifest])[]): Row[] {
  return rows.map(([what, from, to]) => ({
    name: `${what} is no change`,
    before: [apply(from)],
    act: apply(to),
    expect: { plan: 'unchanged' },
  }))
}

function normalised(object: Manifest): Manifest {
  return normal(object as unknown as KubeObject) as unknown as Manifest
}

function container(): string {
  return 'spec.template.spec.containers[web]'
}

function image(): string {
  return `${container()}.image`
}

function env(name: string): Record<string, unknown> {
  return { name, value: name.toLowerCase() }
}

function fromKey(name: string): Record<string, unknown> {
  return { name, valueFrom: { secretKeyRef: { name: 'keys', key: name } } }
}

function nodeName(): Record<string, unknown> {
  return { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }
}

function resources(cpu: string | number, memory = '1Gi'): Manifest {
  return deployment({ container: { resources: { limits: { cpu, memory } } } })
}

function ports(...names: string[]): Manifest {
  const numbers: Record<string, number> = { http: 8080, metrics: 9090 }
  return deployment({ container: { ports: names.map((name) => ({ name, containerPort: numbers[name] })) } })
}

function starters(...names: string[]): Manifest {
  return deployment({ pod: { initContainers: names.map((name) => ({ name, image: 'registry.test/web:abc' })) } })
}

function whole(): Manifest {
  const get = { httpGet: { path: '/health', port: 'http' } }
  const mounts = [
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'settings', mountPath: '/etc/settings', readOnly: true },
  ]
  return deployment({
    container: {
      readinessProbe: { ...get, periodSeconds: 2 },
      livenessProbe: get,
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      envFrom: [{ secretRef: { name: 'keys' } }],
      lifecycle: { preStop: { sleep: { seconds: 5 } } },
      securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      volumeMounts: mounts,
    },
    pod: {
      volumes: [
        { name: 'tmp', emptyDir: {} },
        { name: 'settings', configMap: { name: 'settings' } },
      ],
      imagePullSecrets: [{ name: 'registry' }],
      securityContext: { runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    },
    spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
  })
}
