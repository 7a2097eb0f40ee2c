import type { KubeObject } from '../../kube/object.mts'
import { bucketJob } from '../parts/bucket.mts'
import type { Storage } from '../parts/claim.mts'
import { meilisearch } from '../parts/meilisearch.mts'
import { minio, s3Endpoints } from '../parts/minio.mts'
import { postgres } from '../parts/postgres.mts'
import { redis } from '../parts/redis.mts'
import { disruptionBudget } from '../parts/scaling.mts'
import { patch } from '../patch.mts'
import type { Context } from '../stack.mts'
import { DATABASE, SECRET } from './config.mts'
import { platformOf } from './platforms.mts'
import { elsewhere, type Settings } from './settings.mts'

type Pybase = Context<Settings>

export const BUCKET_JOB = 'minio-init-bucket'
export const CONSOLE_PORT = 9001

/** PostgreSQL, unless it is elsewhere. Its budget lets a drain take the one pod: a budget that never does stops the drain. */
export function database({ settings, image }: Pybase): KubeObject[] {
  if (elsewhere(settings, 'postgresql') !== undefined) return []
  const name = 'postgres'
  const objects = postgres({
    name,
    image: image(name),
    secret: SECRET,
    user: DATABASE,
    storage: volume(settings, settings.postgresql.primary.persistence),
  })
  const literal = (variable: string) => ({ name: variable, value: DATABASE, valueFrom: null })
  const named = patch(objects, 'StatefulSet/postgres', {
    spec: { template: { spec: { containers: [{ name, env: ['POSTGRES_DB', 'POSTGRES_USER'].map(literal) }] } } },
  })
  return [...named, disruptionBudget(name, { maxUnavailable: 1 })]
}

/** Redis, unless it is elsewhere. */
export function queue({ settings, image }: Pybase): KubeObject[] {
  if (elsewhere(settings, 'redis') !== undefined) return []
  const storage = volume(settings, settings.redis.master.persistence)
  return redis({ name: 'redis', image: image('redis'), storage })
}

/** MinIO with its console, unless S3 is elsewhere. */
export function store({ settings, image }: Pybase): KubeObject[] {
  if (elsewhere(settings, 'minio') !== undefined) return []
  const name = 'minio'
  const storage = volume(settings, settings.minio.persistence)
  const objects = minio({ name, image: image(name), credentials: SECRET, storage })
  const console = { name: 'console', containerPort: CONSOLE_PORT }
  const open = patch(objects, 'StatefulSet/minio', {
    spec: { template: { spec: { containers: [{ name, ports: [console] }] } } },
  })
  return patch(open, 'Service/minio', {
    spec: { ports: [{ name: 'console', port: CONSOLE_PORT, targetPort: CONSOLE_PORT }] },
  })
}

/** The bucket in the MinIO of our own. */
export function bucket({ settings, image, namespace }: Pybase): KubeObject[] {
  if (elsewhere(settings, 'minio') !== undefined) return []
  const [endpoint] = s3Endpoints('minio', namespace)
  return [
    bucketJob({ name: BUCKET_JOB, bucket: settings.s3.bucket, image: image('minio'), endpoint, credentials: SECRET }),
  ]
}

/** Meilisearch, unless it is elsewhere. */
export function search({ settings, image }: Pybase): KubeObject[] {
  if (elsewhere(settings, 'meilisearch') !== undefined) return []
  const storage = volume(settings, settings.meilisearch.persistence)
  return meilisearch({ name: 'meilisearch', image: image('meilisearch'), secret: SECRET, storage })
}

/** The volume's own class, else the one for all, else the platform's, else the cluster's default. */
function volume(settings: Settings, asked: { size: string; storageClass?: string | undefined }): Storage {
  const className = asked.storageClass ?? settings.storage.className ?? platformOf(settings.platform).storageClass
  return { size: asked.size, className }
}
