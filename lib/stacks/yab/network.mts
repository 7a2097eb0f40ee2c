import type { KubeObject } from '../../kube/object.mts'
import {
  addresses,
  allow,
  allowAcmeSolver,
  allowDns,
  anywhere,
  podsOf,
  type Intent,
  type Peer,
} from '../parts/intent.mts'
import { networkPolicies } from '../parts/policies.mts'
import { API_PORT, markedForAll, nameOf, SITE_PORT, type App, type Yab } from './names.mts'
import type { Settings } from './settings.mts'
import { appsIn, isSelfSigned, sitesIn } from './switches.mts'

/** Every connection that yab needs; nothing else is possible in its namespace where the network plug-in enforces policies. */
export function intents(settings: Settings): Intent[] {
  const { ingress, observability } = settings
  const entrance = podsOf(ingress.namespace)
  return [
    allowDns(),
    ...sitesIn(settings).map((app) => allow(entrance, nameOf(app), app === 'api' ? API_PORT : SITE_PORT)),
    ...(needsSolver(settings) ? [allowAcmeSolver(ingress.namespace)] : []),
    ...(observability.enabled && settings.api.enabled
      ? [allow(podsOf(observability.namespace), nameOf('api'), API_PORT)]
      : []),
    ...appsIn(settings).flatMap((app) => outgoing(app, settings)),
  ]
}

/** The intents as policies; none where they are off. */
export function policies({ settings, namespace }: Pick<Yab, 'settings' | 'namespace'>): KubeObject[] {
  if (!settings.networkPolicy.enabled) return []
  return markedForAll('network', networkPolicies(intents(settings), namespace))
}

/** What the policies leave wider than they could be. */
export function openings({ networkPolicy, api, worker }: Settings): string[] {
  if (!networkPolicy.enabled) return ['networkPolicy.enabled=false: every pod may talk to every other']
  if (!api.enabled && !worker.enabled) return []
  return (['database', 'redis'] as const)
    .filter((service) => networkPolicy[service].cidr === undefined)
    .map(
      (service) =>
        `pods may open port ${networkPolicy[service].port} anywhere: set networkPolicy.${service}.cidr to where ${service} is`,
    )
}

function outgoing(app: App, { networkPolicy: { database, redis }, observability }: Settings): Intent[] {
  if (app === 'web' || app === 'admin') return []
  const name = nameOf(app)
  const toDatabase = allow(name, placeOf(database), database.port)
  if (app === 'migrations') return [toDatabase]
  const collector = collectorOf(observability.otlpEndpoint)
  return [
    toDatabase,
    allow(name, placeOf(redis), redis.port),
    ...(collector === undefined ? [] : [allow(name, collector.peer, collector.port)]),
  ]
}

function placeOf({ cidr }: { cidr?: string | undefined }): Peer {
  return cidr === undefined ? anywhere : addresses(cidr)
}

// `collector.observability` and `collector.observability.svc…` are pods of that namespace; another name is outside.
function collectorOf(endpoint: string | undefined): { peer: Peer; port: number } | undefined {
  if (endpoint === undefined) return undefined
  const { hostname, port, protocol } = new URL(endpoint)
  const inside = /^[^.]+\.([^.]+)(?:\.svc(?:\..+)?)?$/.exec(hostname)
  const peer = inside?.[1] === undefined ? anywhere : podsOf(inside[1])
  return { peer, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) }
}

// Only Let's Encrypt asks back.
function needsSolver({ tls }: Settings): boolean {
  return tls.from === 'issuer' && !isSelfSigned(tls)
}
