import type { Deployment, PersistentVolumeClaim, Service } from '../../kube/schema/types.mts'
import type { Storage } from './claim.mts'
import { envOf, fromSecret, httpProbe, startupProbe, type Resources } from './pod.mts'
import { singleWriter } from './single.mts'

export const MEILISEARCH_PORT = 7700

const DATA = '/meili_data'
// Its image runs as root; it needs nothing of it.
const ACCOUNT = { user: 1000, group: 1000 }
const REQUESTS: Resources = { requests: { cpu: '100m', memory: '256Mi' } }

export interface Meilisearch {
  name: string
  /** Pinned to a version: another one cannot read the data until it was dumped and read in again. */
  image: string
  /** A Secret with MEILI_MASTER_KEY, of at least 16 bytes. */
  secret: string
  storage: Storage
  resources?: Resources
}

/** One Meilisearch on one volume, in production mode: no request without a key. */
export function meilisearch(search: Meilisearch): [PersistentVolumeClaim, Deployment, Service] {
  const asked = httpProbe('/health', MEILISEARCH_PORT, { delay: 0, period: 10 })
  return singleWriter({
    account: ACCOUNT,
    data: DATA,
    storage: search.storage,
    port: { name: 'http', number: MEILISEARCH_PORT },
    grace: 60,
    container: {
      name: search.name,
      image: search.image,
      workingDir: DATA,
      ports: [{ name: 'http', containerPort: MEILISEARCH_PORT }],
      env: [
        ...envOf({
          MEILI_ENV: 'production',
          MEILI_HTTP_ADDR: `0.0.0.0:${MEILISEARCH_PORT}`,
          MEILI_NO_ANALYTICS: 'true',
          MEILI_DB_PATH: `${DATA}/data.ms`,
          MEILI_DUMP_DIR: `${DATA}/dumps`,
          MEILI_SNAPSHOT_DIR: `${DATA}/snapshots`,
        }),
        fromSecret('MEILI_MASTER_KEY', search.secret),
      ],
      resources: search.resources ?? REQUESTS,
      // Reading a large index in takes its time.
      startupProbe: startupProbe(asked, 300),
      livenessProbe: asked,
      readinessProbe: { ...asked, periodSeconds: 5 },
    },
  })
}
