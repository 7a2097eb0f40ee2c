import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../kube/schema/types.mts'
import { peerOf, portOf, type Intent, type Peer, type Pods, type Port } from './intent.mts'

type Spec = NonNullable<NetworkPolicy['spec']>

/** What a policy selects: its name, and the labels of its pods. */
interface Side {
  name: string
  labels: Pods['labels']
}

/**
 * The intents as NetworkPolicies of one namespace, the own one: nothing in, nothing out, and for each app that an intent
 * names one policy with its half of every connection. A connection needs both halves; of a peer in another namespace the
 * other half belongs to whoever declares that one's policies.
 */
export function networkPolicies(intents: readonly Intent[], namespace: string): NetworkPolicy[] {
  const sides = new Map<string, Side>()
  for (const peer of intents.flatMap(({ from, to }) => [from, to])) {
    const side = sideOf(peer, namespace)
    if (side !== undefined) sides.set(side.name, side)
  }
  return [denyAll(), ...[...sides.values()].map((side) => policyFor(side, intents, namespace))]
}

function denyAll(): NetworkPolicy {
  return policy('default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
}

function policyFor({ name, labels }: Side, intents: readonly Intent[], namespace: string): NetworkPolicy {
  const isSide = (peer: Peer): boolean => sideOf(peer, namespace)?.name === name
  const incoming = intents.filter(({ to }) => isSide(to))
  const outgoing = intents.filter(({ from }) => isSide(from))
  return policy(name, {
    podSelector: selector(labels),
    policyTypes: [
      ...(incoming.length === 0 ? [] : (['Ingress'] as const)),
      ...(outgoing.length === 0 ? [] : (['Egress'] as const)),
    ],
    ingress: incoming.map(({ from, ports }) => ({ ...listOf('from', from, namespace), ports: ports.map(wire) })),
    egress: outgoing.map(({ to, ports }) => ({ ...listOf('to', to, namespace), ports: ports.map(wire) })),
  })
}

function policy(name: string, spec: Spec): NetworkPolicy {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec }
}

/** The pods of the own namespace that a policy can be written for. */
function sideOf(given: Peer, home: string): Side | undefined {
  const peer = peerOf(given)
  if (peer.kind !== 'pods' || (peer.namespace ?? home) !== home) return undefined
  const values = Object.entries(peer.labels)
  return { name: values.length === 0 ? 'every-pod' : nameOf(values), labels: peer.labels }
}

// An app's policy is called like the app; other labels (of somebody else's pods) by what they say.
function nameOf(labels: readonly (readonly [string, string])[]): string {
  const [only] = labels
  if (labels.length === 1 && only?.[0] === 'app') return only[1]
  const words = labels.map(([key, value]) => `${key}-${value}`).join('-')
  return words.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}

// No list at all is how Kubernetes writes "anywhere".
function listOf<K extends 'from' | 'to'>(key: K, given: Peer, home: string): { [P in K]?: NetworkPolicyPeer[] } {
  const peer = peerOf(given)
  if (peer.kind === 'anywhere') return {}
  return { [key]: [peer.kind === 'addresses' ? { ipBlock: { cidr: peer.cidr } } : podsPeer(peer, home)] } as {
    [P in K]?: NetworkPolicyPeer[]
  }
}

// A podSelector without a namespaceSelector means the policy's own namespace. The name label is the API server's own.
function podsPeer({ namespace, labels }: Pods, home: string): NetworkPolicyPeer {
  const elsewhere = namespace !== undefined && namespace !== home
  const inside = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace ?? home } } }
  const isAll = Object.keys(labels).length === 0
  return { ...(elsewhere ? inside : {}), ...(elsewhere && isAll ? {} : { podSelector: selector(labels) }) }
}

function selector(labels: Pods['labels']) {
  return Object.keys(labels).length === 0 ? {} : { matchLabels: { ...labels } }
}

function wire(port: Port): NetworkPolicyPort {
  return portOf(port)
}
