import {
  configMap,
  deployment,
  ingress,
  job,
  lease,
  networkPolicy,
  pod,
  secret,
  service,
  statefulSet,
} from '../manifests.mts'
import { get, list, patch, post, put, ssa } from '../talk.mts'
import type { Ask, Talk } from '../talk.mts'

const DRY = '&dryRun=All'
const MAPS = { apiVersion: 'v1', kind: 'ConfigMap' }

function raw(body: string, type = 'application/json'): Ask {
  return { ...post(configMap()), body, type }
}

/** Dry runs, decoding, and what a write is answered with. */
export const writeTalks: readonly Talk[] = [
  { name: 'a create as a dry run', asks: [post(configMap(), DRY), get(configMap())] },
  {
    name: 'an update as a dry run',
    asks: [post(configMap()), patch(configMap(), { data: { a: '2' } }, undefined, DRY), get(configMap())],
  },
  {
    name: 'an apply as a dry run of what is there',
    asks: [ssa(configMap()), ssa(configMap({ a: '2' }), { query: DRY }), get(configMap())],
  },
  { name: 'a dry run of another sort', asks: [post(configMap(), '&dryRun=Some')] },
  { name: 'a dry run that is refused', asks: [post(deployment({ spec: { replicas: -1 } }), DRY)] },
  { name: 'a Service as a dry run has its address', asks: [ssa(service(), { query: DRY })] },
  {
    name: 'a generated name',
    asks: [{ ...post(configMap()), body: { ...MAPS, metadata: { generateName: 'made-' } } }],
  },
  { name: 'no name at all', asks: [{ ...post(configMap()), body: { ...MAPS, metadata: {} } }] },
  { name: 'a create that is there already', asks: [post(configMap()), post(configMap())] },
  { name: 'a create with a resourceVersion', asks: [post(configMap({}, { resourceVersion: '1' }))] },
  { name: 'a create with a uid', asks: [post(configMap({}, { uid: '00000000-0000-0000-0000-000000000001' }))] },
  {
    name: 'a create into another namespace',
    asks: [{ ...post(configMap()), body: configMap({}, { namespace: 'other' }) }],
  },
  { name: 'a create of another kind', asks: [{ ...post(configMap()), body: secret() }] },
  { name: 'a create without its kind', asks: [raw('{"metadata":{"name":"a"}}')] },
  { name: 'a create of what is no JSON', asks: [raw('{"a"')] },
  { name: 'a create of a text', asks: [raw('"a"')] },
  { name: 'a create of nothing', asks: [raw('')] },
  {
    name: 'a create as YAML',
    asks: [raw('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n', 'application/yaml')],
  },
  { name: 'a create in a form that nobody reads', asks: [raw('a', 'text/plain')] },
  {
    name: 'a key that stands twice',
    asks: [raw('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1","a":"2"}}')],
  },
  {
    name: 'a key that stands twice in an apply',
    asks: [
      {
        ...ssa(configMap()),
        body: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"a":"1","a":"2"}}',
      },
    ],
  },
  { name: 'a field in other letters', asks: [raw('{"apiVersion":"v1","kind":"ConfigMap","Metadata":{"name":"a"}}')] },
  {
    name: 'an unknown field where nobody is strict',
    asks: [
      {
        ...raw('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"dta":{}}'),
        path: '/api/v1/namespaces/NAMESPACE/configmaps?fieldValidation=Warn',
      },
    ],
  },
  {
    name: 'an unknown field that is passed over',
    asks: [
      {
        ...raw('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"dta":{}}'),
        path: '/api/v1/namespaces/NAMESPACE/configmaps?fieldValidation=Ignore',
      },
    ],
  },
  {
    name: 'an unknown field that nobody spoke of',
    asks: [
      {
        ...raw('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"dta":{}}'),
        path: '/api/v1/namespaces/NAMESPACE/configmaps',
      },
    ],
  },
  {
    name: 'two unknown fields',
    asks: [{ ...post(deployment()), body: { ...deployment(), metadata: { name: 'web', lables: {} }, sepc: {} } }],
  },
  {
    name: 'a validation of another sort',
    asks: [{ ...post(configMap()), path: '/api/v1/namespaces/NAMESPACE/configmaps?fieldValidation=Some' }],
  },
  {
    name: 'an update of what is not there',
    asks: [{ ...put(configMap()), body: configMap(), over: undefined } as unknown as Ask],
  },
  {
    name: 'an update by an old version',
    asks: [post(configMap()), put(configMap(), { metadata: { resourceVersion: '1' } })],
  },
  {
    name: 'an update without a version',
    asks: [
      post(configMap()),
      {
        method: 'PUT',
        path: '/api/v1/namespaces/NAMESPACE/configmaps/settings',
        type: 'application/json',
        body: configMap({ b: '1' }),
      },
    ],
  },
  {
    name: 'a Lease without a version',
    asks: [
      post(lease()),
      {
        method: 'PUT',
        path: '/apis/coordination.k8s.io/v1/namespaces/NAMESPACE/leases/lock',
        type: 'application/json',
        body: lease('b'),
      },
    ],
  },
  {
    name: 'a Lease that is renewed',
    asks: [
      post(lease()),
      put(lease(), {
        spec: { holderIdentity: 'a', leaseDurationSeconds: 30, renewTime: '2026-11-21T10:00:10.000000Z' },
      }),
    ],
  },
  {
    name: 'a Lease that is taken over by an old version',
    asks: [
      post(lease()),
      put(lease(), { metadata: { resourceVersion: '1' }, spec: { holderIdentity: 'b', leaseDurationSeconds: 30 } }),
    ],
  },
  { name: 'a Lease for no time', asks: [post({ ...lease(), spec: { holderIdentity: 'a', leaseDurationSeconds: 0 } })] },
  { name: 'a Lease with a time that is none', asks: [post({ ...lease(), spec: { renewTime: 'now' } })] },
  { name: 'an update of a Service keeps its address', asks: [post(service()), put(service(), {})] },
  {
    name: 'the generation counts specs',
    asks: [
      post(networkPolicy()),
      patch(networkPolicy(), { metadata: { labels: { a: 'b' } } }),
      patch(networkPolicy(), { spec: { policyTypes: ['Ingress', 'Egress'] } }),
    ],
  },
  { name: 'an empty egress is no change', asks: [ssa(networkPolicy()), ssa(networkPolicy({ egress: [] }))] },
  {
    name: 'an empty egress where there was a rule',
    asks: [
      ssa(networkPolicy({ policyTypes: ['Egress'], egress: [{}] })),
      ssa(networkPolicy({ policyTypes: ['Egress'], egress: [] })),
    ],
  },
  { name: 'a data that is emptied', asks: [post(configMap()), patch(configMap(), { data: {} })] },
  { name: 'binary data beside data', asks: [post({ ...configMap(), binaryData: { b: 'YQ==' } })] },
  { name: 'the same key in data and binary data', asks: [post({ ...configMap(), binaryData: { a: 'YQ==' } })] },
  { name: 'a key that cannot be', asks: [post(configMap({ 'a b': '1' }))] },
  { name: 'a Secret with a key that cannot be', asks: [post(secret({ 'a/b': 'YQ==' }))] },
  {
    name: 'a Secret of TLS without its key',
    asks: [post(secret({ 'tls.crt': 'YQ==' }, { type: 'kubernetes.io/tls' }))],
  },
  {
    name: 'a Secret of a registry that is no JSON',
    asks: [post(secret({ '.dockerconfigjson': 'YQ==' }, { type: 'kubernetes.io/dockerconfigjson' }))],
  },
  { name: 'stringData beside data', asks: [post(secret({ A: 'YQ==' }, { stringData: { A: 'b', B: 'c' } }))] },
  {
    name: 'a restart',
    asks: [
      post(deployment()),
      patch(deployment(), {
        spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } },
      }),
    ],
  },
  {
    name: 'a scale',
    asks: [
      post(deployment({ spec: { replicas: 0 } })),
      { method: 'GET', path: '/apis/apps/v1/namespaces/NAMESPACE/deployments/web/scale' },
    ],
  },
  {
    name: 'a method that nobody answers',
    asks: [
      {
        method: 'POST',
        path: '/api/v1/namespaces/NAMESPACE/configmaps/settings',
        type: 'application/json',
        body: configMap(),
      },
    ],
  },
  {
    name: 'a PUT of all',
    asks: [
      { method: 'PUT', path: '/api/v1/namespaces/NAMESPACE/configmaps', type: 'application/json', body: configMap() },
    ],
  },
  {
    name: 'a subresource that is not there',
    asks: [post(configMap()), { method: 'GET', path: '/api/v1/namespaces/NAMESPACE/configmaps/settings/status' }],
  },
  { name: 'a list after writes', asks: [post(configMap()), list(MAPS, '?fieldSelector=metadata.name%3Dsettings')] },
  ...warned(),
]

/** Once the server has noticed what the namespace says. */
function soon(ask: Ask): Ask {
  return { ...ask, soon: 'warned' }
}

/** What is taken under protest. */
function warned(): Talk[] {
  const home = (labels: Record<string, string>): Ask =>
    ssa(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'NAMESPACE', labels } },
      {
        manager: 'admin',
      },
    )
  const restricted = home({ 'pod-security.kubernetes.io/warn': 'restricted' })
  const baseline = home({ 'pod-security.kubernetes.io/warn': 'baseline' })
  return [
    { name: 'a Deployment that is not restricted', asks: [restricted, soon(ssa(deployment()))] },
    { name: 'a Job that is not restricted', asks: [restricted, soon(post(job(['true'], { suspend: true }), DRY))] },
    {
      name: 'a StatefulSet that is not restricted',
      asks: [restricted, soon(post(statefulSet('1Gi', { replicas: 0 })))],
    },
    {
      name: 'a Deployment that is not even baseline',
      asks: [
        baseline,
        soon(
          post(
            deployment({
              pod: { hostNetwork: true, hostPID: true },
              container: { securityContext: { privileged: true } },
            }),
          ),
        ),
      ],
    },
    {
      name: 'a Deployment with half of what is asked',
      asks: [
        restricted,
        soon(
          post(deployment({ container: { securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false } } })),
        ),
      ],
    },
    {
      name: 'an annotation of old for the class of an Ingress',
      asks: [post(ingress('/', { 'kubernetes.io/ingress.class': 'nginx' }))],
    },
    {
      name: 'an env variable that stands twice',
      asks: [
        post(
          deployment({
            container: {
              env: [
                { name: 'A', value: '1' },
                { name: 'A', value: '2' },
              ],
            },
          }),
        ),
      ],
    },
    {
      name: 'a pod under an annotation of old',
      asks: [
        post({
          ...pod({ nodeSelector: { nowhere: 'yes' } }),
          metadata: {
            name: 'one',
            annotations: { 'container.apparmor.security.beta.kubernetes.io/web': 'unconfined' },
          },
        }),
      ],
    },
    {
      name: 'a pod on a node label of old',
      asks: [post(deployment({ pod: { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } } }))],
    },
  ]
}
