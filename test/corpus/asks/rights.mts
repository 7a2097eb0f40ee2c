import { configMap, pod } from '../manifests.mts'
import { get, list, patch, post, remove, ssa } from '../talk.mts'
import type { Ask, Talk } from '../talk.mts'

const REVIEWS = '/apis/authorization.k8s.io/v1'
const MAPS = { apiVersion: 'v1', kind: 'ConfigMap' }

function mayI(attributes: Record<string, unknown>, as?: string): Ask {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: attributes },
  }
  const ask: Ask = { method: 'POST', path: `${REVIEWS}/selfsubjectaccessreviews`, type: 'application/json', body }
  return as === undefined ? ask : { ...ask, as }
}

function limited(ask: Ask): Ask {
  return { ...ask, as: 'limited' }
}

const WEB = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one' } }

/** Who may do what, and how a refusal says so. */
export const rightTalks: readonly Talk[] = [
  { name: 'nobody reads', asks: [{ ...get(configMap()), as: 'nobody' }] },
  { name: 'nobody writes', asks: [{ ...post(configMap()), as: 'nobody' }] },
  {
    name: 'nobody asks for the version',
    asks: [{ method: 'GET', path: '/apis/apps/v1/namespaces/NAMESPACE/deployments', as: 'nobody' }],
  },
  ...(
    [
      ['reads', get(configMap())],
      ['lists', list(MAPS)],
      ['lists everywhere', { method: 'GET', path: '/api/v1/configmaps' }],
      ['watches', list(MAPS, '?watch=true&timeoutSeconds=1')],
      ['creates', post(configMap())],
      ['applies', ssa(configMap())],
      ['patches', patch(configMap(), {})],
      ['removes', remove({ ...MAPS, name: 'settings' })],
      ['removes many', { method: 'DELETE', path: '/api/v1/namespaces/NAMESPACE/configmaps' }],
      ['reads a log', { method: 'GET', path: '/api/v1/namespaces/NAMESPACE/pods/one/log' }],
      ['reads a Deployment', { method: 'GET', path: '/apis/apps/v1/namespaces/NAMESPACE/deployments/web' }],
      ['reads the namespace', { method: 'GET', path: '/api/v1/namespaces/NAMESPACE' }],
      ['lists namespaces', { method: 'GET', path: '/api/v1/namespaces' }],
      ['reads a node', { method: 'GET', path: '/api/v1/nodes/none' }],
      ['asks through a Service', { method: 'GET', path: '/api/v1/namespaces/NAMESPACE/services/web:80/proxy/health' }],
      ['reads what no server has', { method: 'GET', path: '/apis/none.test/v1/namespaces/NAMESPACE/things/a' }],
    ] as const
  ).map(([what, ask]): Talk => ({ name: `who may nothing ${what}`, asks: [limited(ask)] })),
  { name: 'a review of what one may', asks: [mayI({ verb: 'get', resource: 'pods', namespace: 'NAMESPACE' })] },
  {
    name: 'a review of what one may not',
    asks: [mayI({ verb: 'get', resource: 'pods', namespace: 'NAMESPACE' }, 'limited')],
  },
  { name: 'a review without a verb', asks: [mayI({ resource: 'pods' })] },
  {
    name: 'a review of nothing',
    asks: [
      {
        method: 'POST',
        path: `${REVIEWS}/selfsubjectaccessreviews`,
        type: 'application/json',
        body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: {} },
      },
    ],
  },
  {
    name: 'the rules of who may nothing',
    asks: [
      {
        method: 'POST',
        path: `${REVIEWS}/selfsubjectrulesreviews`,
        type: 'application/json',
        as: 'limited',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectRulesReview',
          spec: { namespace: 'NAMESPACE' },
        },
      },
    ],
  },
  {
    name: 'the rules without a namespace',
    asks: [
      {
        method: 'POST',
        path: `${REVIEWS}/selfsubjectrulesreviews`,
        type: 'application/json',
        body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: {} },
      },
    ],
  },
  { name: 'reviews are not read', asks: [{ method: 'GET', path: `${REVIEWS}/selfsubjectaccessreviews` }] },
  {
    name: 'a log of a pod that is not there',
    asks: [{ method: 'GET', path: '/api/v1/namespaces/NAMESPACE/pods/one/log' }],
  },
  {
    name: 'a log of a container that is not there',
    asks: [
      post(pod({ nodeSelector: { nowhere: 'yes' } })),
      { method: 'GET', path: '/api/v1/namespaces/NAMESPACE/pods/one/log?container=none' },
    ],
  },
  {
    name: 'a log of a pod that has no node',
    asks: [
      post(pod({ nodeSelector: { nowhere: 'yes' } })),
      { method: 'GET', path: '/api/v1/namespaces/NAMESPACE/pods/one/log' },
    ],
  },
  {
    name: 'a log of which container',
    asks: [
      post(
        pod({
          nodeSelector: { nowhere: 'yes' },
          containers: [
            { name: 'a', image: 'a:b' },
            { name: 'b', image: 'a:b' },
          ],
          initContainers: [{ name: 'i', image: 'a:b' }],
        }),
      ),
      { method: 'GET', path: '/api/v1/namespaces/NAMESPACE/pods/one/log' },
    ],
  },
  {
    name: 'a log with a tail below nothing',
    asks: [
      post(pod({ nodeSelector: { nowhere: 'yes' } })),
      { method: 'GET', path: '/api/v1/namespaces/NAMESPACE/pods/one/log?tailLines=-1' },
    ],
  },
  {
    name: 'a log that is not read but written',
    asks: [
      post(pod({ nodeSelector: { nowhere: 'yes' } })),
      { method: 'DELETE', path: '/api/v1/namespaces/NAMESPACE/pods/one/log' },
    ],
  },
  {
    name: 'the proxy of a Service that is not there',
    asks: [{ method: 'GET', path: '/api/v1/namespaces/NAMESPACE/services/web:80/proxy/' }],
  },
  {
    name: 'who is asking',
    asks: [
      {
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        type: 'application/json',
        as: 'limited',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      },
    ],
  },
  {
    name: 'a scale of a pod',
    asks: [
      post(pod({ nodeSelector: { nowhere: 'yes' } })),
      { method: 'GET', path: `/api/v1/namespaces/NAMESPACE/pods/${WEB.metadata.name}/scale` },
    ],
  },
  { name: 'a path that nobody serves', asks: [{ method: 'GET', path: '/none' }] },
  {
    name: 'health',
    asks: [
      { method: 'GET', path: '/readyz' },
      { method: 'GET', path: '/livez' },
    ],
  },
]
