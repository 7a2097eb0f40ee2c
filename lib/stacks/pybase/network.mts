import type { NetworkPolicy } from '../../kube/schema/types.mts'
import {
  addresses,
  allow,
  allowAcmeSolver,
  allowDns,
  anywhere,
  everyPod,
  podsOf,
  type Intent,
  type Peer,
} from '../parts/intent.mts'
import { MEILISEARCH_PORT } from '../parts/meilisearch.mts'
import { S3_PORT } from '../parts/minio.mts'
import { networkPolicies } from '../parts/policies.mts'
import { POSTGRES_PORT } from '../parts/postgres.mts'
import { REDIS_PORT } from '../parts/redis.mts'
import type { App } from './access.mts'
import { BUCKET_JOB, CONSOLE_PORT } from './data.mts'
import { certificateOf, ingressOf } from './edge.mts'
import { platformOf } from './platforms.mts'
import { elsewhere, type Service, type Settings } from './settings.mts'

/** What each data service is called here, what it listens on, and whose users are. */
const SERVICES: readonly { service: Service; pod: string; ports: readonly number[]; users: readonly App[] }[] = [
  {
    service: 'postgresql',
    pod: 'postgres',
    ports: [POSTGRES_PORT],
    users: ['api', 'extraction-worker', 'search-worker'],
  },
  { service: 'redis', pod: 'redis', ports: [REDIS_PORT], users: ['api', 'extraction-worker', 'search-worker'] },
  { service: 'minio', pod: 'minio', ports: [S3_PORT, CONSOLE_PORT], users: ['api', 'extraction-worker'] },
  { service: 'meilisearch', pod: 'meilisearch', ports: [MEILISEARCH_PORT], users: ['api', 'search-worker'] },
]

/** Every connection that PyBase needs; nothing else is possible where the network plug-in enforces policies. */
export function intents(settings: Settings): Intent[] {
  const { namespace } = ingressOf(settings)
  const fromOutside = ingressPeers(settings)
  const hasStore = elsewhere(settings, 'minio') === undefined
  return [
    allowDns(),
    ...apiServer(settings),
    ...fromOutside.flatMap((peer) => [
      allow(peer, 'api', 8000),
      allow(peer, 'frontend', 8080),
      ...(hasStore ? [allow(peer, 'minio', S3_PORT, CONSOLE_PORT)] : []),
    ]),
    ...(certificateOf(settings) === 'issuer' && namespace !== undefined ? [allowAcmeSolver(namespace)] : []),
    allow('frontend', 'api', 8000),
    ...SERVICES.flatMap(({ service, pod, ports, users }) => {
      const there = endpointOf(settings, service)
      return users.map((app) => (there === undefined ? allow(app, pod, ...ports) : allow(app, there.peer, there.port)))
    }),
    ...(hasStore ? [allow(BUCKET_JOB, 'minio', S3_PORT)] : []),
    ...identityIntents(settings),
  ]
}

/** The intents as policies. */
export function policies({ settings, namespace }: { settings: Settings; namespace: string }): NetworkPolicy[] {
  return settings.networkPolicy.enabled ? networkPolicies(intents(settings), namespace) : []
}

/** What the policies leave wider than they could be, or shut although somebody may need it. */
export function openings(settings: Settings): string[] {
  if (!settings.networkPolicy.enabled) return ['networkPolicy.enabled=false: every pod may talk to every other']
  const wide = SERVICES.filter(({ service }) => endpointOf(settings, service)?.peer === anywhere).map(
    ({ service }) =>
      `pods may open port ${endpointOf(settings, service)?.port} anywhere: set networkPolicy.external.${keyOf(service)}.cidr`,
  )
  const entrance = ingressPeers(settings).includes(anywhere)
    ? ['anybody may ask api and frontend: set ingress.cidrs to where the load balancer asks from']
    : []
  const shut =
    settings.networkPolicy.apiServer.cidr === undefined
      ? ["no pod reaches the cluster's API, and PyBase needs none: networkPolicy.apiServer.cidr opens it"]
      : []
  return [...wide, ...entrance, ...shut]
}

function ingressPeers(settings: Settings): Peer[] {
  const { namespace, cidrs } = ingressOf(settings)
  const peers = [...(namespace === undefined ? [] : [podsOf(namespace)]), ...cidrs.map(addresses)]
  return peers.length === 0 ? [anywhere] : peers
}

function apiServer({ networkPolicy: { apiServer: at } }: Settings): Intent[] {
  return at.cidr === undefined ? [] : [allow(everyPod, addresses(at.cidr), at.port)]
}

/** Where a service outside is; undefined for one that runs here. */
function endpointOf(settings: Settings, service: Service): { peer: Peer; port: number } | undefined {
  const url = elsewhere(settings, service)
  if (url === undefined) return undefined
  const { cidr, port } = settings.networkPolicy.external[keyOf(service)]
  return { peer: cidr === undefined ? anywhere : addresses(cidr), port: port ?? portOf(url) }
}

function keyOf(service: Service): keyof Settings['networkPolicy']['external'] {
  return service === 'minio' ? 's3' : service
}

const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, redis: REDIS_PORT, rediss: REDIS_PORT }

function portOf(url: string): number {
  const port = /^[a-z+0-9]+:\/\/[^/]*:(\d+)/.exec(url)?.[1]
  return port === undefined ? (PORTS[url.slice(0, url.indexOf(':'))] ?? POSTGRES_PORT) : Number(port)
}

// A policy that shuts everything also shuts where the node hands out identities.
function identityIntents(settings: Settings): Intent[] {
  const { metadata = [] } = platformOf(settings.platform)
  if (settings.serviceAccount.identity === undefined) return []
  const users: App[] = ['api', 'extraction-worker']
  return users.flatMap((app) => metadata.map(({ cidr, port }) => allow(app, addresses(cidr), port)))
}
