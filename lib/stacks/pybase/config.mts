import type { ConfigMap } from '../../kube/schema/types.mts'
import { configMap } from '../parts/config.mts'
import { MEILISEARCH_PORT } from '../parts/meilisearch.mts'
import { s3Endpoints } from '../parts/minio.mts'
import type { Variable } from '../parts/pod.mts'
import { POSTGRES_PORT } from '../parts/postgres.mts'
import { REDIS_PORT } from '../parts/redis.mts'
import { elsewhere, type Settings } from './settings.mts'

/** The one Secret; each container gets the keys that it needs, one by one. */
export const SECRET = 'pybase-secrets'
export const CONFIG = 'pybase-config'
/** Name of the database and of its owner. */
export const DATABASE = 'pybase'

/** A key of the Secret as a variable. */
const secret = (key: string): Variable => ({ secret: SECRET, key })

type Variables = Record<string, Variable>

interface Place {
  settings: Settings
  namespace: string
}

/** Where everything is that API and workers talk to; nothing in it is a secret. */
export function config({ settings, namespace }: Place): ConfigMap {
  const { s3 } = settings
  return configMap(CONFIG, {
    DATABASE_URL: databaseUrl(settings),
    ...(hasPassword(redisUrl(settings)) ? {} : redisVariables(redisUrl(settings))),
    S3_ENDPOINT_URL: elsewhere(settings, 'minio') ?? s3Endpoints('minio', namespace)[0],
    S3_BUCKET_NAME: s3.bucket,
    ...(s3.region === undefined ? {} : { S3_REGION: s3.region }),
    MEILISEARCH_HOST: elsewhere(settings, 'meilisearch') ?? `http://meilisearch:${MEILISEARCH_PORT}`,
  })
}

/**
 * libpq and asyncpg read PGPASSWORD where the URL has none: so the password needs no escaping, and it is in one place
 * for a PostgreSQL of our own and for those who use it.
 */
export function databaseVariables(): Variables {
  return { PGPASSWORD: secret('POSTGRES_PASSWORD') }
}

/** Nothing where the ConfigMap says it all; a URL with a password is put together in the container. */
export function brokerVariables({ settings }: Place): Variables {
  const url = redisUrl(settings)
  if (!hasPassword(url)) return {}
  const withPassword = url.replace('@', ':$(REDIS_PASSWORD)@')
  return { REDIS_PASSWORD: secret('REDIS_PASSWORD'), ...redisVariables(withPassword) }
}

/** Keys of the store, unless the pod's own identity opens it. */
export function storeVariables({ settings }: Place): Variables {
  if (usesIdentity(settings)) return {}
  const [user, password] = storeKeys(settings)
  return { S3_ACCESS_KEY: secret(user), S3_SECRET_KEY: secret(password) }
}

export function searchVariables({ settings }: Place): Variables {
  return { MEILISEARCH_API_KEY: secret(searchKey(settings)) }
}

/** What signs the sessions of PyBase's users. */
export function sessionVariables(): Variables {
  return { SECRET_KEY: secret('SECRET_KEY') }
}

/** Every key that the Secret has to have. */
export function secretKeys(settings: Settings): string[] {
  return [
    'SECRET_KEY',
    'POSTGRES_PASSWORD',
    ...(hasPassword(redisUrl(settings)) ? ['REDIS_PASSWORD'] : []),
    ...(usesIdentity(settings) ? [] : storeKeys(settings)),
    searchKey(settings),
  ]
}

export function databaseUrl(settings: Settings): string {
  return elsewhere(settings, 'postgresql') ?? `postgresql://${DATABASE}@postgres:${POSTGRES_PORT}/${DATABASE}`
}

export function redisUrl(settings: Settings): string {
  return elsewhere(settings, 'redis') ?? `redis://redis:${REDIS_PORT}/0`
}

function storeKeys(settings: Settings): [string, string] {
  return elsewhere(settings, 'minio') === undefined
    ? ['MINIO_ROOT_USER', 'MINIO_ROOT_PASSWORD']
    : ['S3_ACCESS_KEY', 'S3_SECRET_KEY']
}

function searchKey(settings: Settings): string {
  return elsewhere(settings, 'meilisearch') === undefined ? 'MEILI_MASTER_KEY' : 'MEILISEARCH_API_KEY'
}

function usesIdentity(settings: Settings): boolean {
  return settings.serviceAccount.identity !== undefined && elsewhere(settings, 'minio') !== undefined
}

function hasPassword(url: string): boolean {
  return url.includes('@')
}

function redisVariables(url: string): Record<string, string> {
  const celery = celeryUrl(url)
  return { REDIS_URL: url, CELERY_BROKER_URL: celery, CELERY_RESULT_BACKEND: celery }
}

// Celery refuses a rediss:// URL that does not say whether certificates are checked.
function celeryUrl(url: string): string {
  if (!url.startsWith('rediss:') || url.includes('ssl_cert_reqs=')) return url
  return `${url}${url.includes('?') ? '&' : '?'}ssl_cert_reqs=CERT_REQUIRED`
}
