import type { KubeObject } from '../../../lib/kube/object.mts'
import { authentik } from '../../../lib/stacks/parts/authentik.mts'
import { bucketJob } from '../../../lib/stacks/parts/bucket.mts'
import { httpApp, staticWeb } from '../../../lib/stacks/parts/http.mts'
import { meilisearch } from '../../../lib/stacks/parts/meilisearch.mts'
import { migrationJob } from '../../../lib/stacks/parts/migration.mts'
import { minio } from '../../../lib/stacks/parts/minio.mts'
import { postgres } from '../../../lib/stacks/parts/postgres.mts'
import { redis } from '../../../lib/stacks/parts/redis.mts'
import { celeryWorker } from '../../../lib/stacks/parts/worker.mts'

const storage = { size: '1Gi' }

export const API = {
  name: 'api',
  image: 'api:1',
  port: 8000,
  health: '/health',
  uid: 1001,
  config: ['api-config'],
  secrets: ['api-env'],
  migration: { name: 'alembic-migrate', command: ['alembic', 'upgrade', 'head'] },
}
export const WORKER = { name: 'worker', image: 'api:1', app: 'app.worker', uid: 1001, concurrency: 2, grace: 3600 }
export const DATABASE = { name: 'postgres', image: 'postgres:16-alpine', secret: 'postgres-env', user: 'app', storage }
export const IDP = {
  name: 'idp',
  image: 'ghcr.io/goauthentik/server:2026.8.0',
  secret: 'idp',
  path: '/auth/',
  media: storage,
}

/** Every part that runs something, once, as it is without any option. */
export const EVERYTHING: readonly KubeObject[] = [
  ...httpApp({ ...API, replicas: 2, startup: 60 }),
  ...staticWeb({ name: 'web', image: 'web:1', runtime: 'web-config' }),
  migrationJob({ name: 'migrate', image: 'api:1', uid: 1001, command: ['alembic', 'upgrade', 'head'] }),
  celeryWorker(WORKER),
  ...postgres({ ...DATABASE, init: 'postgres-init' }),
  ...redis({ name: 'redis', image: 'redis:7-alpine', storage }),
  ...meilisearch({ name: 'meilisearch', image: 'getmeili/meilisearch:v1.6', secret: 'meili', storage }),
  ...minio({ name: 'minio', image: 'minio:1', credentials: 'minio', storage }),
  bucketJob({ name: 'bucket', bucket: 'files', image: 'minio:1', endpoint: 'http://minio:9000', credentials: 'minio' }),
  ...authentik(IDP),
]
