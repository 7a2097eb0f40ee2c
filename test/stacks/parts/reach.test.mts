import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NetworkPolicy, NetworkPolicySpec } from '../../../lib/kube/schema/types.mts'
import { mayReach, type Actor, type Network } from '../../../lib/stacks/parts/reach.mts'

const A: Actor = { name: 'a', namespace: 'one', labels: { app: 'a' }, listens: [] }
const B: Actor = {
  name: 'b',
  namespace: 'one',
  labels: { app: 'b', tier: 'data' },
  ip: '10.0.0.7',
  listens: [
    { port: 80, protocol: 'TCP', name: 'http' },
    { port: 81, protocol: 'TCP', name: 'admin' },
  ],
}
const C: Actor = { name: 'c', namespace: 'two', labels: { app: 'c' }, listens: [] }
const OUT: Actor = { name: 'out', labels: {}, ip: '192.0.2.5', listens: [] }
const OUT6: Actor = { name: 'out6', labels: {}, ip: '2001:db8::5', listens: [] }
const HTTP = { port: 80, protocol: 'TCP' as const }

function on(namespace: string, spec: NetworkPolicySpec): NetworkPolicy {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'p', namespace }, spec }
}

const SELECT_B = { podSelector: { matchLabels: { app: 'b' } } }
const into = (ingress: NetworkPolicySpec['ingress']): NetworkPolicy =>
  on('one', { ...SELECT_B, policyTypes: ['Ingress'], ...(ingress === undefined ? {} : { ingress }) })

// https://kubernetes.io/docs/concepts/services-networking/network-policies and the field documentation of NetworkPolicy.
const ROWS: readonly (readonly [says: string, policies: readonly NetworkPolicy[], from: Actor, may: boolean])[] = [
  ['without a policy everybody may', [], A, true],
  [
    'a policy that selects others changes nothing',
    [on('one', { podSelector: { matchLabels: { app: 'z' } } })],
    A,
    true,
  ],
  ['a policy of another namespace changes nothing', [on('two', { podSelector: {} })], A, true],
  ['no rules let nobody in', [into([])], A, false],
  ['without policyTypes it is about ingress', [on('one', SELECT_B)], A, false],
  [
    'an egress policy of the target does not keep anybody out',
    [on('one', { ...SELECT_B, policyTypes: ['Egress'] })],
    A,
    true,
  ],
  ['egress rules alone also isolate ingress', [on('one', { ...SELECT_B, egress: [{}] })], A, false],
  ['an empty rule lets everybody in', [into([{}])], OUT, true],
  ['a podSelector means the own namespace', [into([{ from: [{ podSelector: {} }] }])], C, false],
  ['an empty podSelector means all of it', [into([{ from: [{ podSelector: {} }] }])], A, true],
  ['a namespaceSelector means all pods there', [into([{ from: [{ namespaceSelector: {} }] }])], C, true],
  ['a namespaceSelector means no address outside', [into([{ from: [{ namespaceSelector: {} }] }])], OUT, false],
  [
    'every namespace bears its own name',
    [into([{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'two' } } }] }])],
    C,
    true,
  ],
  ['labels of a namespace count', [into([{ from: [{ namespaceSelector: { matchLabels: { team: 'x' } } }] }])], C, true],
  [
    'both selectors in one peer must fit',
    [
      into([
        { from: [{ namespaceSelector: { matchLabels: { team: 'x' } }, podSelector: { matchLabels: { app: 'a' } } }] },
      ]),
    ],
    C,
    false,
  ],
  [
    'of two peers one is enough',
    [into([{ from: [{ podSelector: { matchLabels: { app: 'a' } } }, { namespaceSelector: {} }] }])],
    C,
    true,
  ],
  ['a port by number', [into([{ ports: [{ port: 80 }] }])], A, true],
  ['another port', [into([{ ports: [{ port: 443 }] }])], A, false],
  ['a port is TCP unless it says so', [into([{ ports: [{ port: 80, protocol: 'UDP' }] }])], A, false],
  ['a port by the name that the target gives it', [into([{ ports: [{ port: 'http' }] }])], A, true],
  ['a name that means another port', [into([{ ports: [{ port: 'admin' }] }])], A, false],
  ['a range of ports', [into([{ ports: [{ port: 70, endPort: 90 }] }])], A, true],
  ['a protocol without a port means all', [into([{ ports: [{ protocol: 'TCP' }] }])], A, true],
  ['a block of addresses', [into([{ from: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }])], OUT, true],
  [
    'a hole in a block',
    [into([{ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.4/30'] } }] }])],
    OUT,
    false,
  ],
  ['a block of another family', [into([{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }])], OUT6, false],
  ['a block of IPv6', [into([{ from: [{ ipBlock: { cidr: '2001:db8::/32' } }] }])], OUT6, true],
  ['policies add up', [into([]), into([{ from: [{ podSelector: {} }] }])], A, true],
  [
    'who may not go out does not come in',
    [on('one', { podSelector: { matchLabels: { app: 'a' } }, policyTypes: ['Egress'] })],
    A,
    false,
  ],
  [
    'out by label, to the right one',
    [
      on('one', {
        podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['a'] }] },
        policyTypes: ['Egress'],
        egress: [{ to: [{ podSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } }] }],
      }),
    ],
    A,
    true,
  ],
  [
    'out by label, to another one',
    [
      on('one', {
        podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['b'] }] },
        policyTypes: ['Egress'],
        egress: [{ to: [{ podSelector: { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] } }] }],
      }),
    ],
    A,
    false,
  ],
]

suite('mayReach()', () => {
  for (const [says, policies, from, may] of ROWS)
    test(`mayReach() holds that ${says}`, () => {
      const network: Network = { own: [A, B], others: [C, OUT, OUT6], policies, namespaces: { two: { team: 'x' } } }
      assert.equal(mayReach(network, from, B, HTTP), may)
    })
})
