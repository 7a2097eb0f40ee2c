import { SERVED } from '../objects/served.mts'
import type { Served } from '../objects/served.mts'

/** What `kubectl get all` shows. */
const IN_ALL = new Set([
  'CronJob',
  'DaemonSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'Job',
  'Pod',
  'ReplicaSet',
  'Service',
  'StatefulSet',
])

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']

/** Aggregated discovery (apidiscovery.k8s.io/v2): of the core group for `/api`, of all others for `/apis`, but for `absent` ones. */
export function discoveryOf(path: '/api' | '/apis', absent: ReadonlySet<string>): object {
  const wanted = SERVED.filter(({ group }) => (group === '') === (path === '/api') && !absent.has(group))
  const groups = Map.groupBy([...wanted, ...(path === '/api' ? [] : REVIEWS)], ({ group }) => group)
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [...groups].map(([group, served]) => groupEntry(group, served)),
  }
}

function groupEntry(group: string, served: readonly Served[]): object {
  const versions = Map.groupBy(served, ({ version }) => version)
  return {
    metadata: { name: group, creationTimestamp: null },
    versions: [...versions].map(([version, resources]) => ({
      version,
      freshness: 'Current',
      resources: resources.map(resourceEntry),
    })),
  }
}

function resourceEntry(served: Served): object {
  const { group, version, kind, plural, scope, shortNames } = served
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope,
    singularResource: kind.toLowerCase(),
    verbs: REVIEWS.includes(served) ? ['create'] : VERBS,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(IN_ALL.has(kind) ? { categories: ['all'] } : {}),
    ...(plural === 'pods' || served.status ? { subresources: subresources(served) } : {}),
  }
}

function subresources({ plural, group, version, kind, status }: Served): object[] {
  const responseKind = { group, version, kind }
  return [
    ...(plural === 'pods' ? [{ subresource: 'log', responseKind, verbs: ['get'] }] : []),
    ...(status ? [{ subresource: 'status', responseKind, verbs: ['get', 'patch', 'update'] }] : []),
  ]
}

const REVIEWS: readonly Served[] = (
  [
    ['authorization.k8s.io', 'SelfSubjectAccessReview'],
    ['authorization.k8s.io', 'SelfSubjectRulesReview'],
    ['authentication.k8s.io', 'SelfSubjectReview'],
  ] as const
).map(([group, kind]) => ({
  apiVersion: `${group}/v1`,
  kind,
  group,
  version: 'v1',
  plural: `${kind.toLowerCase()}s`,
  scope: 'Cluster',
  shortNames: [],
  status: false,
}))
