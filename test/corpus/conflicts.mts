import { conflictsOf, isConflict, isFieldConflict } from '../../lib/kube/status.mts'
import { configMap, deployment, secret } from './manifests.mts'
import { apply, named } from './row.mts'
import type { Row } from './row.mts'

const GONE = '00000000-0000-0000-0000-000000000000'

/** Who owns what, and which object is meant. */
export const conflictRows: readonly Row[] = [
  {
    name: "another manager's field is a conflict that names it",
    before: [apply(deployment({ spec: { replicas: 3 } }), { manager: 'helm' })],
    act: apply(deployment()),
    expect: { refused: 'conflict', says: /"helm".*\.spec\.replicas/, is: isFieldConflict },
  },
  {
    name: 'a conflict lists manager and field',
    before: [apply(configMap({ a: '1', b: '1' }), { manager: 'helm' })],
    act: apply(configMap({ a: '2', b: '2' })),
    expect: {
      refused: 'conflict',
      is: (error) =>
        JSON.stringify(conflictsOf(error)) ===
        '[{"manager":"helm","field":".data.a"},{"manager":"helm","field":".data.b"}]',
    },
  },
  {
    name: 'an edit by hand of our field is a conflict',
    before: [apply(configMap()), { verb: 'merge', ref: named(configMap()), patch: { data: { a: 'theirs' } } }],
    act: apply(configMap()),
    expect: { refused: 'conflict', is: isFieldConflict },
  },
  {
    name: 'force takes the field',
    before: [apply(configMap({ a: '1' }), { manager: 'helm' })],
    act: apply(configMap({ a: '2' }), { force: true }),
    expect: { gives: { 'data.a': '2' }, outcome: 'applied' },
  },
  {
    name: 'two stacks with managers of their own keep both sets of keys',
    before: [apply(configMap({ one: '1' }), { manager: 'landfall-one' })],
    act: apply(configMap({ two: '2' }), { manager: 'landfall-two' }),
    expect: { gives: { data: { one: '1', two: '2' } } },
  },
  {
    name: "one manager for two stacks loses the first one's keys",
    before: [apply(configMap({ one: '1' }))],
    act: apply(configMap({ two: '2' })),
    expect: { gives: { data: { two: '2' } } },
  },
  {
    name: "a conflict does not show a Secret's value",
    before: [apply(secret(), { manager: 'helm' })],
    act: apply(secret({ KEY: 'dG9wc2VjcmV0' })),
    expect: { refused: 'conflict', says: /helm/, hides: 'dG9wc2VjcmV0', is: isFieldConflict },
  },
  {
    name: 'the uid of the live object lets the apply pass',
    before: [apply(configMap())],
    act: apply(configMap({ a: '2' }), { uid: 'live' }),
    expect: { gives: { 'data.a': '2' } },
  },
  {
    name: 'another uid refuses even with force',
    before: [apply(configMap())],
    act: apply(configMap({ a: '2' }), { uid: GONE, force: true }),
    expect: { refused: 'conflict', is: isConflict },
  },
  {
    name: 'a uid for an object that is gone does not make it anew',
    act: apply(configMap(), { uid: GONE }),
    expect: { refused: 'conflict', is: isConflict },
  },
  {
    name: 'an old resourceVersion refuses even with force',
    before: [apply(configMap()), apply(configMap({ a: '2' }))],
    act: apply(configMap({ a: '3' }), { resourceVersion: '1', force: true }),
    expect: { refused: 'conflict', is: isConflict },
  },
  {
    name: 'a resourceVersion for an object that is gone makes it anew',
    act: apply(configMap(), { resourceVersion: '1' }),
    expect: { gives: { 'data.a': '1' }, outcome: 'created' },
  },
  {
    name: 'a conflict hides an invalid value',
    before: [apply(deployment({ spec: { replicas: 3 } }), { manager: 'helm' })],
    act: apply(deployment({ spec: { replicas: -1 } })),
    expect: { refused: 'conflict', is: isFieldConflict },
  },
]
