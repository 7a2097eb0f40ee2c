import { randomBytes } from 'node:crypto'

/** A Secret's data, decoded. */
export type Values = Readonly<Record<string, string>>

/** The data of the Secrets that the demo fills in, each as far as the cluster has it already. */
export interface DemoSecrets<T = Values> {
  /** Namespace postgres: what its container makes user and database from. */
  readonly postgres: T
  readonly apiEnv: T
  readonly minioCredentials: T
}

/** Where the demo's world is reached. */
export const DEMO = {
  domain: 'reactbin.localhost',
  namespace: 'reactbin',
  databaseNamespace: 'postgres',
  bucket: 'reactbin',
} as const

/** Where yab's API finds its database. */
export const YAB = { namespace: 'apps', databaseNamespace: 'yab-postgres' } as const

/** yab's Secrets, each as far as the cluster has it already. */
export interface YabSecrets<T = Values> {
  readonly postgres: T
  readonly apiEnv: T
}

/** As `fillSecrets`, for yab. */
export function fillYabSecrets(live: YabSecrets<Values | undefined>): YabSecrets {
  const postgres = { POSTGRES_USER: 'yab', POSTGRES_DB: 'yab', POSTGRES_PASSWORD: plainPassword(), ...live.postgres }
  // The demo's API is given a Redis and asks it nothing.
  const redis = `redis://redis.${YAB.databaseNamespace}.svc.cluster.local:6379/0`
  const urls = { DATABASE_URL: demoDatabaseUrl(postgres, YAB.databaseNamespace), REDIS_URL: redis }
  return { postgres, apiEnv: { ...urls, ...live.apiEnv } }
}

/** Names that the API of another release of the demo may rely on stay as they are: only what is missing is made. */
export function fillSecrets(live: DemoSecrets<Values | undefined>): DemoSecrets {
  const postgres = {
    POSTGRES_USER: 'reactbin',
    POSTGRES_DB: 'reactbin',
    POSTGRES_PASSWORD: plainPassword(),
    ...live.postgres,
  }
  const minioCredentials = {
    MINIO_ROOT_USER: live.apiEnv?.['S3_ACCESS_KEY_ID'] ?? `demo-${randomBytes(6).toString('hex')}`,
    MINIO_ROOT_PASSWORD: live.apiEnv?.['S3_SECRET_ACCESS_KEY'] ?? awkwardPassword(),
    ...live.minioCredentials,
  }
  return { postgres, minioCredentials, apiEnv: { ...apiEnv(postgres, minioCredentials), ...live.apiEnv } }
}

function apiEnv(postgres: Values, minio: Values): Values {
  return {
    DATABASE_URL: demoDatabaseUrl(postgres),
    JWT_SECRET_KEY: plainPassword(),
    OWNER_USERNAME: 'owner',
    OWNER_PASSWORD: awkwardPassword(),
    S3_ENDPOINT_URL: `http://minio.${DEMO.namespace}.svc.cluster.local:9000`,
    S3_BUCKET_NAME: DEMO.bucket,
    S3_ACCESS_KEY_ID: minio['MINIO_ROOT_USER'] ?? '',
    S3_SECRET_ACCESS_KEY: minio['MINIO_ROOT_PASSWORD'] ?? '',
    API_BASE_URL: `https://${DEMO.domain}`,
  }
}

/** The URL by which a pod reaches a database of the demo, from the data of Secret `postgres` in its namespace. */
export function demoDatabaseUrl(postgres: Values, namespace: string = DEMO.databaseNamespace): string {
  const [user, password] = [postgres['POSTGRES_USER'] ?? '', postgres['POSTGRES_PASSWORD'] ?? ''].map(
    encodeURIComponent,
  )
  const host = `postgres.${namespace}.svc.cluster.local`
  return `postgresql://${user}:${password}@${host}:5432/${postgres['POSTGRES_DB'] ?? ''}`
}

function plainPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** Holds every character that a shell, a URL or a template trips over: real passwords do, sooner or later. */
function awkwardPassword(): string {
  return `${randomBytes(9).toString('base64url')}$'"\\ %&#@/:${randomBytes(9).toString('base64url')}`
}
