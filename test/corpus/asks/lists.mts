import { configMap, pod, secret } from '../manifests.mts'
import type { Manifest } from '../row.mts'
import { get, list, post, remove, ssa } from '../talk.mts'
import type { Ask, Talk } from '../talk.mts'

const MAPS = { apiVersion: 'v1', kind: 'ConfigMap' }
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

function labelled(name: string, labels: Record<string, string>): Manifest {
  return { ...configMap({ a: name }), metadata: { name, labels } }
}

const SET: readonly Ask[] = [
  post(labelled('a', { app: 'web', tier: 'front' })),
  post(labelled('b', { app: 'web', tier: 'back' })),
  post(labelled('c', { app: 'job' })),
]
// Each namespace has one of the server's own.
const OURS = 'fieldSelector=metadata.name!%3Dkube-root-ca.crt'

function selected(selector: string): Talk {
  return {
    name: `a list by label: ${selector}`,
    asks: [...SET, list(MAPS, `?${OURS}&labelSelector=${encodeURIComponent(selector)}`)],
  }
}

/** What a list shows, and in which order and pages. */
export const listTalks: readonly Talk[] = [
  ...[
    'app=web',
    'app==web',
    'app!=web',
    'tier',
    '!tier',
    'app=web,tier=back',
    'app in (web,job)',
    'app notin (web)',
    'app in (web),tier!=back',
    'app=',
    'app in (web',
    'app==web=x',
    '-a=b',
    'a=b c',
    'app in ()',
  ].map(selected),
  ...[
    'metadata.name=a',
    'metadata.name!=a,metadata.name!=kube-root-ca.crt',
    'data.a=a',
    'metadata.name',
    'status.phase=x',
  ].map((selector): Talk => ({
    name: `a list by field: ${selector}`,
    asks: [...SET, list(MAPS, `?fieldSelector=${encodeURIComponent(selector)}`)],
  })),
  {
    name: 'pods by phase and by node',
    asks: [
      post(pod({ nodeSelector: { nowhere: 'yes' } })),
      list({ apiVersion: 'v1', kind: 'Pod' }, '?fieldSelector=status.phase%3DRunning'),
      list({ apiVersion: 'v1', kind: 'Pod' }, '?fieldSelector=spec.nodeName%3Dnone'),
      list({ apiVersion: 'v1', kind: 'Pod' }, '?fieldSelector=spec.serviceAccountName%3Dnone'),
      list({ apiVersion: 'v1', kind: 'Pod' }, '?fieldSelector=spec.hostname%3Dnone'),
    ],
  },
  {
    name: 'events by what they are about',
    asks: [
      list({ apiVersion: 'v1', kind: 'Event' }, '?fieldSelector=involvedObject.name%3Dnone,type%3DWarning'),
      list({ apiVersion: 'v1', kind: 'Event' }, '?fieldSelector=involvedObject.colour%3Dred'),
    ],
  },
  {
    name: 'secrets by type',
    asks: [
      post(secret()),
      list({ apiVersion: 'v1', kind: 'Secret' }, '?fieldSelector=type%3DOpaque'),
      list({ apiVersion: 'v1', kind: 'Secret' }, '?fieldSelector=type%3Dother'),
    ],
  },
  {
    name: 'a list in pages',
    asks: [
      ...SET,
      list(MAPS, `?limit=2&labelSelector=app`),
      list(MAPS, '?limit=2&labelSelector=app&continue=$continue'),
    ],
  },
  {
    name: 'pages of a whole list say how much is left',
    asks: [...SET, list({ apiVersion: 'v1', kind: 'Secret' }, '?limit=2')],
  },
  { name: 'a token of a list that is none', asks: [list(MAPS, '?limit=1&continue=none')] },
  { name: 'a limit of nothing is no limit', asks: [...SET, list(MAPS, '?limit=0&labelSelector=app')] },
  { name: 'a limit that is no number', asks: [list(MAPS, '?limit=many')] },
  { name: 'an empty list', asks: [list({ apiVersion: 'v1', kind: 'Secret' })] },
  {
    name: 'a list in a namespace that is not there',
    asks: [{ method: 'GET', path: '/api/v1/namespaces/NAMESPACE-none/configmaps' }],
  },
  {
    name: 'a list of a kind that is not there',
    asks: [{ method: 'GET', path: '/api/v1/namespaces/NAMESPACE/nothings' }],
  },
  { name: 'a list of a group that is not there', asks: [{ method: 'GET', path: '/apis/none.test/v1/things' }] },
  { name: 'a list of a version that is not there', asks: [{ method: 'GET', path: '/apis/apps/v9/deployments' }] },
  {
    name: 'a list of an exact version that is to come',
    asks: [list(MAPS, '?resourceVersion=999999999&resourceVersionMatch=Exact')],
  },
  { name: 'a list with a version that is no number', asks: [list(MAPS, '?resourceVersion=old')] },
  {
    name: 'a list of any version',
    // The cache that answers it may lag behind: a list that is not older than the last write waits for it.
    asks: [
      ...SET,
      list(MAPS, '?resourceVersion=$version&labelSelector=app'),
      list(MAPS, '?resourceVersion=0&labelSelector=app'),
    ],
  },
  { name: 'a match of versions without a version', asks: [list(MAPS, '?resourceVersionMatch=Exact')] },
  { name: 'a read of what is not there', asks: [get(configMap())] },
  { name: 'a read of what is there', asks: [post(configMap()), get(configMap())] },
  { name: 'a read of a namespace', asks: [{ method: 'GET', path: '/api/v1/namespaces/NAMESPACE' }] },
  {
    name: 'a read under a name that cannot be',
    asks: [{ method: 'GET', path: '/api/v1/namespaces/NAMESPACE/configmaps/Not_A_Name' }],
  },
  { name: 'a table of config maps', asks: [...SET, { ...list(MAPS, '?labelSelector=app'), accept: TABLE }] },
  {
    name: 'a table without its objects',
    asks: [...SET, { ...list(MAPS, '?labelSelector=app&includeObject=None'), accept: TABLE }],
  },
  {
    name: 'a removal of many',
    asks: [
      ...SET,
      { method: 'DELETE', path: '/api/v1/namespaces/NAMESPACE/configmaps?labelSelector=app%3Dweb' },
      list(MAPS, '?labelSelector=app'),
    ],
  },
  {
    name: 'what is applied is listed',
    asks: [
      ssa(labelled('a', { app: 'web' })),
      list(MAPS, '?labelSelector=app'),
      remove({ ...MAPS, name: 'a' }),
      list(MAPS, '?labelSelector=app'),
    ],
  },
]
