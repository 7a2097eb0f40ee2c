import { selects } from './selector.mts'

/** Who talks or is talked to. A string is an app of the own namespace, by the label that its pods are selected by. */
export type Peer = string | Pods | Addresses | Anywhere

/** Pods of a namespace (the own one unless named) with these labels; all of them where there are none. */
export interface Pods {
  kind: 'pods'
  namespace?: string
  labels: Readonly<Record<string, string>>
}

/** Addresses outside the cluster. Whether a pod's address counts too is up to the network plug-in. */
export interface Addresses {
  kind: 'addresses'
  cidr: string
}

/** Whoever it is. A pod of the own namespace still needs its half of the connection by an intent that names it. */
export interface Anywhere {
  kind: 'anywhere'
}

/** A port is TCP's unless it says otherwise. */
export type Port = number | { port: number; protocol: 'UDP' | 'SCTP' }

/** One connection that is meant to be possible. What is not declared is not. */
export interface Intent {
  from: Peer
  to: Peer
  ports: readonly Port[]
}

/** `allow('api', 'postgres', 5432)`: the one may open connections to the other. Said once, rendered to both sides. */
export function allow(from: Peer, to: Peer, ...ports: Port[]): Intent {
  return { from, to, ports }
}

/** Every pod of the own namespace. */
export const everyPod: Pods = { kind: 'pods', labels: {} }

export const anywhere: Anywhere = { kind: 'anywhere' }

/** An app of another namespace of this stack. */
export function appIn(namespace: string, app: string): Pods {
  return { kind: 'pods', namespace, labels: selects(app) }
}

/** Every pod of a namespace that others look after: the ingress controller's, Prometheus's. */
export function podsOf(namespace: string): Pods {
  return { kind: 'pods', namespace, labels: {} }
}

/** A managed database, the API server's endpoint. By CIDR, since a NetworkPolicy takes no names. */
export function addresses(cidr: string): Addresses {
  return { kind: 'addresses', cidr }
}

/**
 * Names for every pod, whoever serves them: behind port 53 is a Deployment in one cluster, a daemon of the node in
 * another, a host's resolver in a third. No cluster lets pods choose, so a narrower rule would only break some.
 */
export function allowDns(): Intent {
  return allow(everyPod, anywhere, { port: 53, protocol: 'UDP' }, 53)
}

/** cert-manager's short-lived pods answer Let's Encrypt through the ingress controller, whose namespace this is. */
export function allowAcmeSolver(ingressNamespace: string): Intent {
  const solver: Pods = { kind: 'pods', labels: { 'acme.cert-manager.io/http01-solver': 'true' } }
  return allow(podsOf(ingressNamespace), solver, 8089)
}

/** A peer in full. */
export function peerOf(peer: Peer): Exclude<Peer, string> {
  return typeof peer === 'string' ? { kind: 'pods', labels: selects(peer) } : peer
}

/** A port in full. */
export function portOf(port: Port): { port: number; protocol: 'TCP' | 'UDP' | 'SCTP' } {
  return typeof port === 'number' ? { port, protocol: 'TCP' } : port
}
