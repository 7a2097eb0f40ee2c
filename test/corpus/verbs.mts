import { isAlreadyExists, isConflict, isNotFound } from '../../lib/kube/status.mts'
import { configMap, deployment, lease, limitRange, networkPolicy, secret } from './manifests.mts'
import { apply, named } from './row.mts'
import type { Manifest, Row } from './row.mts'

const GONE = '00000000-0000-0000-0000-000000000000'
const clusterRole: Manifest = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'NAMESPACE:MyRole' },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
}

/** The other verbs, and what travels in wire names. */
export const requestRows: readonly Row[] = [
  {
    name: 'create makes it',
    act: { verb: 'create', object: configMap() },
    expect: { gives: { 'data.a': '1' } },
  },
  {
    name: 'create of what is there',
    before: [apply(configMap())],
    act: { verb: 'create', object: configMap() },
    expect: { refused: 'conflict', is: isAlreadyExists, next: /exists|read/ },
  },
  {
    name: 'replace puts the whole object',
    before: [apply(configMap({ a: '1', b: '2' }))],
    act: { verb: 'replace', ref: named(configMap()), with: { data: { c: '3' } } },
    expect: { gives: { data: { c: '3' } } },
  },
  {
    name: 'replace with an old resourceVersion',
    before: [apply(configMap())],
    act: { verb: 'replace', ref: named(configMap()), with: { data: {} }, resourceVersion: '1' },
    expect: { refused: 'conflict', is: isConflict },
  },
  {
    name: 'merge of what is not there',
    act: { verb: 'merge', ref: named(configMap()), patch: { data: { a: '2' } } },
    expect: { refused: 'server-error', is: isNotFound },
  },
  {
    name: 'merge takes a key away by null',
    before: [apply(configMap({ a: '1', b: '2' }))],
    act: { verb: 'merge', ref: named(configMap()), patch: { data: { b: null } } },
    expect: { gives: { data: { a: '1' } } },
  },
  {
    name: 'remove takes it away',
    before: [apply(configMap())],
    act: { verb: 'remove', ref: named(configMap()) },
    expect: { gives: 'absent' },
  },
  {
    name: 'remove of what is not there is fine',
    act: { verb: 'remove', ref: named(configMap()) },
    expect: { gives: 'absent' },
  },
  {
    name: 'remove by uid takes it away',
    before: [apply(configMap())],
    act: { verb: 'remove', ref: named(configMap()), uid: 'live' },
    expect: { gives: 'absent' },
  },
  {
    name: 'remove by another uid leaves the namesake',
    before: [apply(configMap())],
    act: { verb: 'remove', ref: named(configMap()), uid: GONE },
    expect: { gives: { 'data.a': '1' } },
  },
  {
    name: 'apply says that it created',
    act: apply(configMap()),
    expect: { gives: { 'data.a': '1' }, outcome: 'created' },
  },
  {
    name: 'apply says that it applied',
    before: [apply(configMap())],
    act: apply(configMap({ a: '2' })),
    expect: { gives: { 'data.a': '2' }, outcome: 'applied' },
  },
  {
    name: 'a dry run stores nothing',
    act: apply(configMap(), { dryRun: true }),
    expect: { gives: 'absent' },
  },
  {
    name: 'names keep their capitals and colons',
    act: apply(clusterRole),
    expect: { gives: { kind: 'ClusterRole' }, outcome: 'created' },
    after: [{ verb: 'remove', ref: named(clusterRole) }],
  },
  {
    name: 'from of a NetworkPolicy travels under its own name',
    act: apply(networkPolicy()),
    expect: { gives: { 'spec.ingress.0.from.0': { podSelector: { matchLabels: { app: 'web' } } } } },
  },
  {
    name: 'default of a LimitRange travels under its own name',
    act: apply(limitRange()),
    expect: { gives: { 'spec.limits.0.default': { cpu: '500m' } } },
  },
  {
    name: 'microseconds of a Lease are kept',
    act: { verb: 'create', object: lease() },
    expect: { gives: { 'spec.renewTime': '2026-11-21T10:00:00.123456Z' } },
  },
  {
    name: 'a number or a name for a port, a share or a count for a surge',
    act: apply(deployment({ spec: { strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } } } })),
    expect: { gives: { 'spec.strategy.rollingUpdate': { maxSurge: '25%', maxUnavailable: 0 } } },
  },
  {
    name: 'a Secret keeps a key that was given as stringData once',
    before: [apply(secret(undefined, { data: undefined, stringData: { A: 'x', B: 'y' } }))],
    act: apply(secret(undefined, { data: undefined, stringData: { A: 'x' } })),
    expect: { gives: { 'data.B': 'eQ==' } },
  },
]
