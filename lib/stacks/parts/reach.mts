import { BlockList, isIPv6 } from 'node:net'
import { containersOf, templateOf } from '../../kube/containers.mts'
import type { KubeObject } from '../../kube/object.mts'
import type {
  LabelSelector,
  Namespace,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../../kube/schema/types.mts'

import { peerOf, portOf, type Intent, type Peer } from './intent.mts'

type Protocol = 'TCP' | 'UDP' | 'SCTP'

export interface Endpoint {
  port: number
  protocol: Protocol
  /** As a container names it; policies may ask for it by that. */
  name?: string
}

/** Somebody who can open or take connections: pods of a workload, or with no namespace an address outside. */
export interface Actor {
  name: string
  namespace?: string
  labels: Readonly<Record<string, string>>
  /** Needed where a policy names addresses; a pod without one is in no block. */
  ip?: string
  listens: readonly Endpoint[]
}

/** A cluster as far as policies go. */
export interface Network {
  /** What the rendered objects run. */
  own: readonly Actor[]
  /** Who else may talk or be talked to. */
  others: readonly Actor[]
  policies: readonly NetworkPolicy[]
  /** Labels by namespace; the one with its name need not be there. */
  namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** What rendered objects make of a network: their workloads' pods, their policies, their namespaces; and who else is there. */
export function networkOf(objects: readonly KubeObject[], home: string, others: readonly Actor[] = []): Network {
  const namespaces = objects.filter((object): object is Namespace => object.kind === 'Namespace')
  return {
    own: objects.flatMap((object) => actorOf(object, home)),
    others,
    policies: objects
      .filter((object): object is NetworkPolicy => object.kind === 'NetworkPolicy')
      .map((policy) => ({ ...policy, metadata: { namespace: home, ...policy.metadata } })),
    namespaces: Object.fromEntries(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
  }
}

function actorOf(object: KubeObject, home: string): Actor[] {
  const template = templateOf(object)
  if (template === undefined) return []
  const listens = containersOf(template.spec).flatMap(({ ports = [] }) =>
    ports.map(({ containerPort, protocol = 'TCP', name }) => ({
      port: containerPort,
      protocol,
      ...(name === undefined ? {} : { name }),
    })),
  )
  const { name, namespace = home } = object.metadata
  return [{ name, namespace, labels: template.metadata?.labels ?? {}, listens }]
}

/**
 * Which actor may open a connection to which port of which, where at least one of them is the stack's own:
 * `api → postgres:5432`, sorted; UDP and SCTP are named behind.
 */
export function reachable(network: Network): string[] {
  return linesWhere(network, (from, to, at) => mayReach(network, from, to, at))
}

/**
 * The same lines as the intents mean them, whatever was rendered: what `reachable` has to come to. Pods of the own
 * namespace need their half declared by name or as `everyPod`; who else there is has none to declare.
 */
export function intended(intents: readonly Intent[], network: Network, namespace: string): string[] {
  const isNamed = (peer: Peer, actor: Actor) => peerOf(peer).kind === 'pods' && isMeant(peer, actor, namespace)
  return linesWhere(network, (from, to, at) => {
    const fitting = intents.filter(
      (intent) => isMeant(intent.from, from, namespace) && isMeant(intent.to, to, namespace) && names(intent, at),
    )
    const out = from.namespace !== namespace || fitting.some((intent) => isNamed(intent.from, from))
    const into = to.namespace !== namespace || fitting.some((intent) => isNamed(intent.to, to))
    return fitting.length > 0 && out && into
  })
}

function names({ ports }: Intent, at: Endpoint): boolean {
  return ports.map(portOf).some(({ port, protocol }) => port === at.port && protocol === at.protocol)
}

function linesWhere(network: Network, holds: (from: Actor, to: Actor, at: Endpoint) => boolean): string[] {
  const { own, others } = network
  const pairs = [
    ...own.flatMap((from) => [...own, ...others].map((to) => ({ from, to }))),
    ...others.flatMap((from) => own.map((to) => ({ from, to }))),
  ]
  const ports = portsOf(network)
  return pairs
    .flatMap(({ from, to }) => ports.filter((at) => holds(from, to, at)).map((at) => line(from, to, at)))
    .sort()
}

function isMeant(given: Peer, actor: Actor, home: string): boolean {
  const peer = peerOf(given)
  if (peer.kind === 'anywhere') return true
  if (peer.kind === 'addresses') return isInBlock(peer, actor.ip)
  return actor.namespace === (peer.namespace ?? home) && selectsAll({ matchLabels: peer.labels }, actor.labels)
}

function line(from: Actor, to: Actor, { port, protocol }: Endpoint): string {
  return `${from.name} → ${to.name}:${port}${protocol === 'TCP' ? '' : `/${protocol}`}`
}

// Every port that somebody listens on or that a policy names, and one that nobody does: a rule may allow all.
function portsOf({ own, others, policies }: Network): Endpoint[] {
  const named = policies.flatMap(({ spec }) =>
    [...(spec?.ingress ?? []), ...(spec?.egress ?? [])]
      .flatMap(({ ports = [] }) => ports)
      .flatMap(({ port, protocol = 'TCP' }) => (typeof port === 'number' ? [{ port, protocol }] : [])),
  )
  const all = [
    ...[...own, ...others].flatMap(({ listens }) => listens),
    ...named,
    { port: 1, protocol: 'TCP' as const },
  ]
  return [...new Map(all.map(({ port, protocol }) => [`${port}/${protocol}`, { port, protocol }])).values()]
}

/** As Kubernetes defines it: allowed out by the one's policies, and in by the other's. Policies only ever add. */
export function mayReach(network: Network, from: Actor, to: Actor, at: Endpoint): boolean {
  return (
    allows(network, 'Egress', { subject: from, peer: to, target: to, at }) &&
    allows(network, 'Ingress', { subject: to, peer: from, target: to, at })
  )
}

type Selector = Pick<LabelSelector, 'matchExpressions'> & { matchLabels?: Readonly<Record<string, string>> }

interface Asked {
  subject: Actor
  peer: Actor
  /** Whose ports a named port is looked up in. */
  target: Actor
  at: Endpoint
}

function allows(network: Network, type: 'Ingress' | 'Egress', { subject, peer, target, at }: Asked): boolean {
  const isolating = network.policies.filter((policy) => isolates(policy, type, subject))
  if (isolating.length === 0) return true
  return isolating.some((policy) =>
    rulesOf(policy, type).some(
      ({ peers, ports }) =>
        (peers.length === 0 || peers.some((one) => fits(one, peer, policy, network))) &&
        (ports.length === 0 || ports.some((one) => fitsPort(one, target, at))),
    ),
  )
}

function isolates({ metadata, spec }: NetworkPolicy, type: 'Ingress' | 'Egress', subject: Actor): boolean {
  if (subject.namespace === undefined || metadata.namespace !== subject.namespace) return false
  // Left out, the types are Ingress, and Egress where there is a rule for it.
  const types = spec?.policyTypes ?? ['Ingress', ...((spec?.egress ?? []).length === 0 ? [] : ['Egress'])]
  return types.includes(type) && selectsAll(spec?.podSelector ?? {}, subject.labels)
}

function rulesOf({ spec }: NetworkPolicy, type: 'Ingress' | 'Egress') {
  return type === 'Ingress'
    ? (spec?.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports }))
    : (spec?.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports }))
}

function fits(peer: NetworkPolicyPeer, actor: Actor, policy: NetworkPolicy, network: Network): boolean {
  if (peer.ipBlock !== undefined) return isInBlock(peer.ipBlock, actor.ip)
  if (actor.namespace === undefined) return false
  const inNamespace =
    peer.namespaceSelector === undefined
      ? actor.namespace === policy.metadata.namespace
      : selectsAll(peer.namespaceSelector, labelsOf(actor.namespace, network))
  return inNamespace && selectsAll(peer.podSelector ?? {}, actor.labels)
}

// The label with its name is the API server's own.
function labelsOf(namespace: string, network: Network): Record<string, string> {
  return { ...network.namespaces[namespace], 'kubernetes.io/metadata.name': namespace }
}

function fitsPort({ port, endPort, protocol = 'TCP' }: NetworkPolicyPort, target: Actor, at: Endpoint): boolean {
  if (protocol !== at.protocol) return false
  if (port === undefined) return true
  if (typeof port === 'number') return at.port >= port && at.port <= (endPort ?? port)
  return target.listens.some((one) => one.name === port && one.port === at.port && one.protocol === at.protocol)
}

function isInBlock({ cidr, except = [] }: { cidr: string; except?: string[] }, ip: string | undefined): boolean {
  return ip !== undefined && contains(cidr, ip) && !except.some((hole) => contains(hole, ip))
}

function contains(cidr: string, ip: string): boolean {
  const [network = '', bits = ''] = cidr.split('/')
  const family = isIPv6(network) ? 'ipv6' : 'ipv4'
  const block = new BlockList()
  block.addSubnet(network, Number(bits), family)
  return (isIPv6(ip) ? 'ipv6' : 'ipv4') === family && block.check(ip, family)
}

function selectsAll({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Actor['labels']): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => holds(operator, labels[key], values))
  )
}

function holds(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    default:
      return false
  }
}
