import { z } from 'zod'
import { bucketName, cidr, duration, hostname, objectName, quantity, replicas, vaultPath } from '../fields.mts'
import { platformNames } from './platforms.mts'

/** A URL in which a user may be named; passwords are in Secrets. */
const url = (pattern: RegExp, example: string) =>
  z.string().regex(pattern, { message: `must be a URL without a password, such as ${example}` })

const DATABASE = /^postgresql(\+[a-z0-9]+)?:\/\/([^:@/\s]+@)?[^:@/\s]+(:\d+)?\/[^?\s]+(\?\S*)?$/
const REDIS = /^rediss?:\/\/([^:@/\s]+@)?[^:@/\s]+(:\d+)?(\/\d+)?(\?\S*)?$/
const HTTP = /^https?:\/\/[^:@/\s]+(:\d+)?\/?$/

const storage = (size: string) =>
  z.strictObject({ size: quantity().default(size), storageClass: objectName().optional() }).prefault({})

/** Where one service outside the cluster is, for NetworkPolicies; the URL's own port unless given. */
const endpoint = () =>
  z.strictObject({ cidr: cidr().optional(), port: z.number().int().min(1).max(65_535).optional() }).prefault({})

const scaled = (max: number) =>
  z
    .strictObject({
      replicaCount: replicas(2).describe('Pods; where it scales by load, the fewest.'),
      autoscaling: z
        .strictObject({ enabled: z.boolean().default(true), maxReplicas: z.number().int().min(1).default(max) })
        .prefault({}),
    })
    .prefault({})

const switched = () =>
  z.boolean().optional().describe('Whether it runs in this namespace; it does unless its URL is given.')

/** What an operator may say to PyBase; the keys are those of its first Helm chart. */
export const settings = z
  .strictObject({
    /** The default is a placeholder that deploy refuses. */
    domain: hostname().default('pybase.example.com'),
    platform: z
      .enum(platformNames)
      .default('none')
      .describe('Whose cluster it is: decides storage class, ingress class and annotations, identity.'),
    secrets: z
      .enum(['existing', 'environment', 'vault'])
      .default('existing')
      .describe("Who fills the Secret pybase-secrets: an operator, this run from the operator's variables, or Vault."),
    vault: z
      .strictObject({
        authMount: vaultPath().default('kubernetes'),
        role: z.string().min(1).default('pybase'),
        audience: z.string().min(1).default('https://kubernetes.default.svc'),
        mount: vaultPath().default('secret'),
        path: vaultPath().default('pybase/config'),
        refreshAfter: duration().default('1h'),
      })
      .prefault({}),
    api: scaled(10),
    extractionWorker: scaled(8),
    searchWorker: scaled(6),
    frontend: scaled(6),
    postgresql: z
      .strictObject({
        enabled: switched(),
        primary: z.strictObject({ persistence: storage('10Gi') }).prefault({}),
      })
      .prefault({}),
    redis: z
      .strictObject({
        enabled: switched(),
        master: z.strictObject({ persistence: storage('2Gi') }).prefault({}),
      })
      .prefault({}),
    minio: z.strictObject({ enabled: switched(), persistence: storage('10Gi') }).prefault({}),
    meilisearch: z
      .strictObject({
        enabled: switched(),
        host: url(HTTP, 'https://search.acme.dev').optional().describe('Of a Meilisearch elsewhere.'),
        persistence: storage('5Gi'),
      })
      .prefault({}),
    externalServices: z
      .strictObject({
        databaseUrl: url(DATABASE, 'postgresql://pybase@db.acme.dev:5432/pybase')
          .optional()
          .describe('Of a PostgreSQL elsewhere; its password is POSTGRES_PASSWORD of pybase-secrets.'),
        redisUrl: url(REDIS, 'rediss://default@cache.acme.dev:6379/0')
          .optional()
          .describe('Of a Redis elsewhere; where it names a user, the password is REDIS_PASSWORD of pybase-secrets.'),
      })
      .prefault({}),
    s3: z
      .strictObject({
        endpointUrl: url(HTTP, 'https://s3.eu-central-1.amazonaws.com').optional().describe('Of a store elsewhere.'),
        bucket: bucketName().default('pybase'),
        region: z.string().min(1).optional(),
      })
      .prefault({}),
    storage: z
      .strictObject({ className: objectName().optional().describe("Of every volume, instead of the platform's.") })
      .prefault({}),
    serviceAccount: z
      .strictObject({
        identity: z
          .string()
          .min(1)
          .optional()
          .describe(
            "The cloud's identity of API and extraction worker, which then need no keys for an S3 elsewhere: a role's ARN (eks), a service account's address (gke), a client id (aks).",
          ),
      })
      .prefault({}),
    ingress: z
      .strictObject({
        className: objectName().optional().describe("Instead of the platform's."),
        namespace: objectName().optional().describe("The ingress controller's, instead of the platform's."),
        cidrs: z.array(cidr()).optional().describe('Where a load balancer outside the cluster asks from.'),
        annotations: z.record(z.string(), z.string()).default({}).describe("Beside the platform's."),
      })
      .prefault({}),
    tls: z
      .strictObject({
        from: z
          .enum(['issuer', 'existing', 'platform'])
          .optional()
          .describe("cert-manager, a Secret that is there, or the platform's load balancer."),
        issuer: objectName().default('letsencrypt-prod'),
        secretName: objectName().default('pybase-tls'),
        /** Seconds that a first certificate may take, beside the SLO. */
        timeout: z.number().nonnegative().default(180),
      })
      .prefault({}),
    networkPolicy: z
      .strictObject({
        enabled: z.boolean().default(true),
        apiServer: z
          .strictObject({ cidr: cidr().optional(), port: z.number().int().min(1).max(65_535).default(6443) })
          .prefault({})
          .describe("The API server's endpoint, as `kubectl get endpointslices kubernetes` tells it."),
        external: z
          .strictObject({ postgresql: endpoint(), redis: endpoint(), s3: endpoint(), meilisearch: endpoint() })
          .prefault({}),
      })
      .prefault({}),
  })
  .superRefine((said, context) => {
    for (const { path, message } of contradictions(said)) context.addIssue({ code: 'custom', path, message })
  })

export type Settings = z.output<typeof settings>

/** The services that run here or elsewhere. */
export type Service = 'postgresql' | 'redis' | 'minio' | 'meilisearch'

const ELSEWHERE = {
  postgresql: { path: ['externalServices', 'databaseUrl'], of: ({ externalServices }) => externalServices.databaseUrl },
  redis: { path: ['externalServices', 'redisUrl'], of: ({ externalServices }) => externalServices.redisUrl },
  minio: { path: ['s3', 'endpointUrl'], of: ({ s3 }) => s3.endpointUrl },
  meilisearch: { path: ['meilisearch', 'host'], of: ({ meilisearch }) => meilisearch.host },
} satisfies Record<Service, { path: string[]; of: (said: Omitted) => string | undefined }>

type Omitted = Pick<Settings, Service | 'externalServices' | 's3'>

/** The URL of a service that is elsewhere; undefined where it runs here. */
export function elsewhere(said: Omitted, service: Service): string | undefined {
  return ELSEWHERE[service].of(said)
}

function contradictions(said: Settings): { path: string[]; message: string }[] {
  const switches = (Object.keys(ELSEWHERE) as Service[]).flatMap((service) => {
    const { path } = ELSEWHERE[service]
    const isElsewhere = elsewhere(said, service) !== undefined
    const { enabled } = said[service]
    if (enabled === true && isElsewhere)
      return [{ path, message: `must not be set beside ${service}.enabled=true: it runs here or elsewhere` }]
    if (enabled === false && !isElsewhere)
      return [{ path: [service, 'enabled'], message: `must not be false without ${path.join('.')}: PyBase needs one` }]
    return []
  })
  const scales = (['api', 'extractionWorker', 'searchWorker', 'frontend'] as const)
    .filter((app) => said[app].autoscaling.enabled && said[app].autoscaling.maxReplicas < said[app].replicaCount)
    .map((app) => ({
      path: [app, 'autoscaling', 'maxReplicas'],
      message: `must be at least ${app}.replicaCount (${said[app].replicaCount})`,
    }))
  return [...switches, ...scales]
}
