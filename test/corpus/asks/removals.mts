import { configMap, deployment, job, lease, service, statefulSet, claim, pod } from '../manifests.mts'
import { named } from '../row.mts'
import type { Manifest } from '../row.mts'
import { get, list, MERGE, patch, post, remove, ssa } from '../talk.mts'
import type { Ask, Talk } from '../talk.mts'

const GONE = '00000000-0000-0000-0000-000000000000'
const MAPS = { apiVersion: 'v1', kind: 'ConfigMap' }
const held = configMap({ a: '1' }, { finalizers: ['landfall.test/hold'] })
const release: Ask = patch(configMap(), { metadata: { finalizers: null } }, MERGE)

function removed(object: Manifest, body?: unknown, query = ''): readonly Ask[] {
  return [post(object), remove(named(object), body, query)]
}

/** How things go. */
export const removalTalks: readonly Talk[] = [
  { name: 'a removal', asks: [...removed(configMap()), get(configMap())] },
  { name: 'a removal of what is not there', asks: [remove(named(configMap()))] },
  { name: 'a removal as a dry run', asks: [...removed(configMap(), undefined, '?dryRun=All'), get(configMap())] },
  {
    name: 'a removal by uid',
    asks: [post(configMap()), remove(named(configMap()), { preconditions: { uid: '$uid' } })],
  },
  { name: 'a removal by another uid', asks: removed(configMap(), { preconditions: { uid: GONE } }) },
  {
    name: 'a removal by version',
    asks: [post(configMap()), remove(named(configMap()), { preconditions: { resourceVersion: '$version' } })],
  },
  { name: 'a removal by an old version', asks: removed(configMap(), { preconditions: { resourceVersion: '1' } }) },
  { name: 'a removal in a way that is none', asks: removed(configMap(), { propagationPolicy: 'Sideways' }) },
  {
    name: 'a removal in two ways',
    asks: removed(configMap(), { propagationPolicy: 'Background', orphanDependents: true }),
  },
  { name: 'a removal with a grace that is none', asks: removed(configMap(), { gracePeriodSeconds: -1 }) },
  { name: 'a removal in the background', asks: removed(configMap(), { propagationPolicy: 'Background' }) },
  { name: 'a removal with options of another kind', asks: removed(configMap(), { kind: 'Pod', apiVersion: 'v1' }) },
  {
    name: 'a removal with an unknown option',
    asks: removed(configMap(), { apiVersion: 'v1', kind: 'DeleteOptions', whatever: 1 }),
  },
  { name: 'a removal with a body that is none', asks: removed(configMap(), '{') },
  {
    name: 'what has a finalizer is marked, and goes with the last one',
    asks: [post(held), remove(named(held)), get(held), release, get(held)],
  },
  {
    name: 'what is marked is not marked again',
    asks: [post(held), remove(named(held)), remove(named(held))],
    after: [release],
  },
  {
    name: 'what is going takes no new finalizer',
    asks: [
      post(held),
      remove(named(held)),
      patch(configMap(), { metadata: { finalizers: ['landfall.test/hold', 'landfall.test/more'] } }),
    ],
    after: [release],
  },
  { name: 'a finalizer without its domain', asks: [post(configMap({}, { finalizers: ['hold'] }))], after: [release] },
  {
    name: 'what is born with a deletionTimestamp is born without',
    asks: [post(configMap({}, { deletionTimestamp: '2020-01-01T00:00:00Z' }))],
  },
  {
    name: 'a namespace goes once it is empty',
    asks: [
      post({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'NAMESPACE-more' } }),
      remove({ apiVersion: 'v1', kind: 'Namespace', name: 'NAMESPACE-more' }),
    ],
  },
  {
    name: 'a namespace in the foreground',
    asks: [
      post({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'NAMESPACE-more' } }),
      remove({ apiVersion: 'v1', kind: 'Namespace', name: 'NAMESPACE-more' }, { propagationPolicy: 'Foreground' }),
    ],
  },
  ...(
    [
      ['a Deployment', deployment({ spec: { replicas: 0 } })],
      ['a Job', job(['true'], { suspend: true })],
      ['a StatefulSet', statefulSet('1Gi', { replicas: 0 })],
      ['a Service', service()],
      ['a Lease', lease()],
      ['a claim', claim()],
      ['a pod that never ran', pod({ nodeSelector: { nowhere: 'yes' } })],
    ] as const
  ).map(([what, object]): Talk => ({ name: `${what} is removed`, asks: removed(object) })),
  {
    name: 'a removal of every one',
    asks: [
      post(configMap()),
      { method: 'DELETE', path: '/api/v1/namespaces/NAMESPACE/configmaps?fieldSelector=metadata.name%3Dsettings' },
      list(MAPS, '?labelSelector=none'),
    ],
  },
  {
    name: 'what was removed is applied anew with a new uid',
    asks: [ssa(configMap()), remove(named(configMap())), ssa(configMap())],
  },
]
