import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ingress, IngressLoadBalancerIngress } from '../../lib/kube/schema/types.mts'
import { edgeOf, parseAddress } from '../../lib/proof/edge.mts'
import { host, ingress } from './reactbin.mts'

const ADDRESSES: [text: string, host: string, port: number][] = [
  ['10.0.0.4', '10.0.0.4', 443],
  ['10.0.0.4:8443', '10.0.0.4', 8443],
  ['::1', '::1', 443],
  ['[::1]', '::1', 443],
  ['[::1]:8443', '::1', 8443],
  ['lb.example.com', 'lb.example.com', 443],
  ['lb.example.com:8443', 'lb.example.com', 8443],
]

for (const [text, address, port] of ADDRESSES) {
  test(`parseAddress() reads ${text}`, () => assert.deepEqual(parseAddress(text, 443), { host: address, port }))
}

test('edgeOf() prefers what is set', () => {
  const edge = edgeOf({ address: '127.0.0.1:8443' }, [at({ ip: '10.0.0.4' })], host)
  assert.deepEqual(edge, { https: { host: '127.0.0.1', port: 8443 }, http: { host: '127.0.0.1', port: 80 } })
})

test('edgeOf() takes HTTP from elsewhere where that is set', () => {
  const edge = edgeOf({ address: '127.0.0.1:8443', httpAddress: '127.0.0.1:8080' }, [], host)
  assert.deepEqual(edge?.http, { host: '127.0.0.1', port: 8080 })
})

test('edgeOf() takes the address of the Ingress that serves the host, by name before by pattern', () => {
  const wildcard = at({ ip: '10.0.0.9' }, '*.test')
  assert.equal(edgeOf({}, [wildcard, at({ ip: '10.0.0.4' })], host)?.https.host, '10.0.0.4')
  assert.equal(edgeOf({}, [wildcard], host)?.https.host, '10.0.0.9')
  assert.equal(edgeOf({}, [at({ hostname: 'lb.example.com' })], host)?.https.host, 'lb.example.com')
})

test('edgeOf() knows nothing while no Ingress for the host has an address', () => {
  assert.equal(edgeOf({}, [ingress('reactbin', {}), at({ ip: '10.0.0.9' }, 'other.test')], host), undefined)
})

function at(address: IngressLoadBalancerIngress, ruleHost = host): Ingress {
  return {
    ...ingress('reactbin', {}),
    spec: { rules: [{ host: ruleHost }] },
    status: { loadBalancer: { ingress: [address] } },
  }
}
