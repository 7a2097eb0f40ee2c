import { isMissingNamespace, isNamespaceTerminating } from '../../lib/kube/status.mts'
import { configMap } from './manifests.mts'
import { apply, named } from './row.mts'
import type { Manifest, Row, Step } from './row.mts'

const held = configMap({ a: '1' }, { finalizers: ['landfall.test/hold'] })
const another: Manifest = { ...configMap(), metadata: { name: 'another' } }
const home: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'NAMESPACE' } }
const nowhere: Manifest = { ...configMap(), metadata: { name: 'settings', namespace: 'NAMESPACE-nowhere' } }

const dying: readonly Step[] = [apply(held), { verb: 'remove', ref: named(home) }]
const released: readonly Step[] = [{ verb: 'merge', ref: named(held), patch: { metadata: { finalizers: null } } }]

/** Namespaces that are not there, or not for long. */
export const namespaceRows: readonly Row[] = [
  {
    name: 'an apply to a missing namespace',
    act: apply(nowhere),
    expect: { refused: 'namespace-missing', says: /NAMESPACE-nowhere|-nowhere/, is: isMissingNamespace },
  },
  {
    name: 'a dry run in a missing namespace',
    act: apply(nowhere, { dryRun: true }),
    expect: { refused: 'namespace-missing', is: isMissingNamespace },
  },
  {
    name: 'a create in a missing namespace',
    act: { verb: 'create', object: nowhere },
    expect: { refused: 'namespace-missing', is: isMissingNamespace },
  },
  {
    name: 'an apply to a namespace that is being deleted',
    before: dying,
    act: apply(another),
    expect: { refused: 'namespace-terminating', is: isNamespaceTerminating },
    after: released,
  },
  {
    name: 'a dry run in a namespace that is being deleted',
    before: dying,
    act: apply(another, { dryRun: true }),
    expect: { refused: 'namespace-terminating', is: isNamespaceTerminating },
    after: released,
  },
  {
    name: 'an apply of the namespace itself while it is being deleted is taken, so that its deletionTimestamp has to be read',
    before: dying,
    act: apply({ ...home, metadata: { name: 'NAMESPACE', labels: { a: 'b' } } }),
    expect: { gives: { 'status.phase': 'Terminating', 'metadata.labels.a': 'b' }, outcome: 'applied' },
    after: released,
  },
]
