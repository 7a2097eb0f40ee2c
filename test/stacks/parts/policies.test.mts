import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { KubeObject } from '../../../lib/kube/object.mts'
import { normal } from '../../../lib/kube/normal.mts'
import type { NetworkPolicy } from '../../../lib/kube/schema/types.mts'
import { validate } from '../../../lib/kube/validate.mts'
import {
  addresses,
  allow,
  allowAcmeSolver,
  allowDns,
  anywhere,
  appIn,
  everyPod,
  podsOf,
  type Intent,
  type Peer,
  type Port,
} from '../../../lib/stacks/parts/intent.mts'
import { networkPolicies } from '../../../lib/stacks/parts/policies.mts'
import { intended, networkOf, reachable, type Actor } from '../../../lib/stacks/parts/reach.mts'

const HOME = 'shop'
const PORTS = [8000, 5432]

function app(name: string): KubeObject {
  const ports = PORTS.map((containerPort) => ({ name: `p${containerPort}`, containerPort }))
  const template = { metadata: { labels: { app: name, extra: 'x' } }, spec: { containers: [{ name, ports }] } }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { template } } as KubeObject
}

const APPS = ['api', 'worker', 'postgres'].map(app)
const OTHERS: readonly Actor[] = [
  { name: 'controller', namespace: 'ingress', labels: { app: 'nginx' }, listens: [] },
  { name: 'stranger', namespace: 'elsewhere', labels: { app: 'api' }, listens: [{ port: 5432, protocol: 'TCP' }] },
  { name: 'managed', labels: {}, ip: '10.1.2.3', listens: [{ port: 5432, protocol: 'TCP' }] },
  { name: 'world', labels: {}, ip: '203.0.113.9', listens: [{ port: 443, protocol: 'TCP' }] },
]

function matrixOf(policies: readonly NetworkPolicy[]) {
  return networkOf([...APPS, ...policies], HOME, OTHERS)
}

suite('networkPolicies()', () => {
  test('networkPolicies() of no intent lets nothing in and nothing out', () => {
    assert.deepEqual(reachable(matrixOf(networkPolicies([], HOME))), [])
    assert.ok(reachable(matrixOf([])).length > 0)
  })

  test('networkPolicies() gives both sides of one connection, and that connection alone', () => {
    const policies = networkPolicies([allow('api', 'postgres', 5432)], HOME)
    assert.deepEqual(
      policies.map(({ metadata }) => metadata.name),
      ['default-deny', 'api', 'postgres'],
    )
    assert.deepEqual(reachable(matrixOf(policies)), ['api → postgres:5432'])
    for (const side of ['api', 'postgres']) {
      const halved = policies.filter(({ metadata }) => metadata.name !== side)
      assert.deepEqual(reachable(matrixOf(halved)), [], `without the half of ${side}`)
    }
  })

  test('networkPolicies() lets an ingress controller in, from its namespace alone', () => {
    const policies = networkPolicies([allow(podsOf('ingress'), 'api', 8000)], HOME)
    assert.deepEqual(reachable(matrixOf(policies)), ['controller → api:8000'])
  })

  test('networkPolicies() opens addresses outside by CIDR and port', () => {
    const policies = networkPolicies([allow('api', addresses('10.0.0.0/8'), 5432)], HOME)
    assert.deepEqual(reachable(matrixOf(policies)), ['api → managed:5432'])
  })

  test('networkPolicies() asks for names over UDP and TCP, of anybody', () => {
    const lines = reachable(matrixOf(networkPolicies([allowDns()], HOME)))
    assert.ok(lines.includes('worker → controller:53') && lines.includes('worker → controller:53/UDP'))
    assert.deepEqual(
      lines.filter((line) => !line.includes(':53')),
      [],
    )
    assert.deepEqual(
      lines.filter((line) => line.includes('→ api')),
      [],
      'nothing comes in by it',
    )
  })

  test('networkPolicies() are in normal form already, but for what says nothing', () => {
    const policies = networkPolicies([allowDns(), allow('api', 'postgres', 5432), allowAcmeSolver('ingress')], HOME)
    for (const policy of policies) assert.deepEqual(validate(normal(policy)), [])
    const names = policies.map(({ metadata }) => metadata.name)
    assert.deepEqual(names, ['default-deny', 'every-pod', 'api', 'postgres', 'acme-cert-manager-io-http01-solver-true'])
    assert.deepEqual(
      reachable(networkOf([...APPS, ...policies.map(normal)], HOME, OTHERS)),
      reachable(matrixOf(policies)),
    )
  })

  test('networkPolicies() come to exactly what the intents mean, whatever they are', () => {
    const peer = fc.constantFrom<Peer>(
      'api',
      'worker',
      'postgres',
      everyPod,
      anywhere,
      podsOf('ingress'),
      podsOf(HOME),
      appIn('elsewhere', 'api'),
      appIn(HOME, 'worker'),
      addresses('10.0.0.0/8'),
      addresses('203.0.113.9/32'),
      addresses('0.0.0.0/0'),
    )
    const port = fc.constantFrom<Port>(8000, 5432, 443, { port: 53, protocol: 'UDP' })
    const intent: fc.Arbitrary<Intent> = fc
      .tuple(peer, peer, fc.uniqueArray(port, { minLength: 1, maxLength: 2 }))
      .map(([from, to, ports]) => allow(from, to, ...ports))
    fc.assert(
      fc.property(fc.array(intent, { maxLength: 6 }), (intents) => {
        const network = matrixOf(networkPolicies(intents, HOME))
        assert.deepEqual(reachable(network), intended(intents, network, HOME))
      }),
      { numRuns: 150 },
    )
  })
})
