import type { KubeObject } from '../../lib/kube/object.mts'
import type { Ingress } from '../../lib/kube/schema/types.mts'
import { ingress, minioPod, minioService, namespace, service, slice } from './reactbin.mts'
import { rows } from './rows.mts'
import type { Row } from './rows.mts'

const put =
  (...objects: KubeObject[]): Row[1] =>
  ({ fake }) =>
    fake.put(...objects)

const forbid =
  (...acts: string[]): Row[1] =>
  ({ fake }) =>
    acts.forEach((act) => fake.forbidden.add(act))

const isOpen = (how: string) => `minio is reachable from outside: ${how}`

rows('unreachable', { kind: 'unreachable', name: 'MinIO', service: minioService }, [
  ['passes on a ClusterIP without a way in', () => {}, 'passed', 'minio unreachable from outside'],
  [
    'fails on a NodePort',
    put(service('minio', { type: 'NodePort', ports: [{ port: 9000, nodePort: 31900 }] })),
    'failed',
    isOpen('service/reactbin/minio is a NodePort (31900)'),
  ],
  [
    'fails on a LoadBalancer',
    put(service('minio', { type: 'LoadBalancer' })),
    'failed',
    isOpen('service/reactbin/minio is a LoadBalancer (no port yet)'),
  ],
  [
    'fails on an external IP',
    put(service('minio', { externalIPs: ['192.0.2.7'] })),
    'failed',
    isOpen('service/reactbin/minio answers on 192.0.2.7'),
  ],
  [
    'fails on an Ingress path',
    put(ingress('reactbin', { '/': 'ui', '/s3': 'minio' })),
    'failed',
    isOpen('ingress/reactbin/reactbin leads there from reactbin.test/s3'),
  ],
  [
    'fails on an Ingress of another name',
    put(ingress('console', { '/': 'minio' })),
    'failed',
    isOpen('ingress/reactbin/console leads there from reactbin.test/'),
  ],
  [
    'fails on a default backend',
    put(defaultBackend()),
    'failed',
    isOpen('ingress/reactbin/catch-all leads there from every host'),
  ],
  [
    'fails on another Service that selects its pods and is a NodePort',
    put(
      service('backdoor', { type: 'NodePort', selector: { app: 'minio' }, ports: [{ port: 9000, nodePort: 31901 }] }),
    ),
    'failed',
    isOpen('service/reactbin/backdoor is a NodePort (31901)'),
  ],
  [
    'fails on another Service that selects one pod by its own label',
    put(
      service('pod-0', {
        type: 'LoadBalancer',
        selector: { 'statefulset.kubernetes.io/pod-name': 'minio-0' },
        ports: [{ port: 9000, nodePort: 31902 }],
      }),
    ),
    'failed',
    isOpen('service/reactbin/pod-0 is a LoadBalancer (31902)'),
  ],
  [
    'fails on an Ingress to another Service that selects its pods',
    put(service('alias', { selector: { app: 'minio' } }), ingress('alias', { '/': 'alias' })),
    'failed',
    isOpen('ingress/reactbin/alias leads there from reactbin.test/'),
  ],
  [
    'fails on a NodePort Service whose endpoints are written by hand',
    ({ fake }) => {
      const byHand = service('by-hand', { type: 'NodePort', ports: [{ port: 9000, nodePort: 31903 }] })
      delete byHand.spec?.selector
      fake.put(byHand, slice('by-hand', [''], ['10.1.0.9']))
    },
    'failed',
    isOpen('service/reactbin/by-hand is a NodePort (31903)'),
  ],
  [
    'fails on an Ingress elsewhere to a name for it',
    put(
      service('s3', { type: 'ExternalName', selector: {}, externalName: 'minio.reactbin.svc.cluster.local' }, 'tools'),
      ingress('s3', { '/': 's3' }, 'tools'),
    ),
    'failed',
    isOpen('ingress/tools/s3 leads there from reactbin.test/'),
  ],
  [
    'fails on a Gateway route',
    put(httpRoute({ name: 'minio', port: 9000 })),
    'failed',
    isOpen('httproute/reactbin/s3 leads there'),
  ],
  ['fails on a host port', put(podWithHostPort()), 'failed', isOpen('pod minio-0 has host port 9000')],
  [
    'fails on the network of the node',
    put(minioPod({ hostNetwork: true })),
    'failed',
    isOpen("pod minio-0 is on its node's network"),
  ],
  [
    'fails where the Service is missing',
    ({ fake }) => fake.objects.delete(`/Service/${namespace}/minio`),
    'failed',
    'service/reactbin/minio is not there',
  ],
  [
    'ignores a Service of the same name elsewhere',
    put(service('minio', { type: 'NodePort' }, 'other')),
    'passed',
    'minio unreachable from outside',
  ],
  [
    'ignores an Ingress elsewhere to a namesake',
    put(ingress('x', { '/': 'minio' }, 'other')),
    'passed',
    'minio unreachable from outside',
  ],
  [
    'ignores a NodePort of other pods',
    put(service('ui', { type: 'NodePort' })),
    'passed',
    'minio unreachable from outside',
  ],
  [
    'ignores a route to something else of that name',
    put(httpRoute({ name: 'minio', kind: 'Bucket' })),
    'passed',
    'minio unreachable from outside',
  ],
  [
    'says what it could only see in the namespace',
    forbid('list Ingress everywhere', 'list Service everywhere', 'list EndpointSlice everywhere'),
    'passed',
    'minio unreachable from outside (Service, Ingress, EndpointSlice: as far as this user may look)',
  ],
  [
    'finds an Ingress path in the namespace where that is all it may see',
    ({ fake }) => {
      fake.forbidden.add('list Ingress everywhere')
      fake.put(ingress('console', { '/': 'minio' }))
    },
    'failed',
    isOpen('ingress/reactbin/console leads there from reactbin.test/'),
  ],
  [
    'says that routes are served but may not be seen',
    ({ fake }) => {
      fake.served.add('traefik.io/IngressRoute')
      fake.forbidden.add('list IngressRoute')
    },
    'passed',
    'minio unreachable from outside (traefik.io/IngressRoute: as far as this user may look)',
  ],
  [
    'is unchecked where Ingresses cannot be listed',
    forbid('list Ingress'),
    'unchecked',
    'no permission to list Ingress in namespace reactbin',
  ],
  [
    'is unchecked where Services cannot be listed',
    forbid('list Service'),
    'unchecked',
    'no permission to list Service in namespace reactbin',
  ],
  [
    'is unchecked where pods cannot be listed',
    forbid('list Pod'),
    'unchecked',
    'no permission to list Pod in namespace reactbin',
  ],
])

function defaultBackend(): Ingress {
  const { metadata, apiVersion, kind } = ingress('catch-all', {})
  return {
    apiVersion,
    kind,
    metadata,
    spec: { defaultBackend: { service: { name: 'minio', port: { number: 9000 } } } },
  }
}

function podWithHostPort(): KubeObject {
  return minioPod({ containers: [{ name: 'minio', ports: [{ containerPort: 9000, hostPort: 9000 }] }] })
}

function httpRoute(backend: object): KubeObject {
  const route = { spec: { rules: [{ matches: [{ path: { value: '/' } }], backendRefs: [backend] }] } }
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 's3', namespace },
    ...route,
  }
}
