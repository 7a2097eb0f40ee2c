import { z } from 'zod'
import type { Secret } from '../../lib/kube/schema/types.mts'
import type { Cue, Part, Script } from '../../lib/rehearsal/stage/script.mts'
import type { StageOptions } from '../../lib/rehearsal/stage/stage.mts'
import { bucketJob } from '../../lib/stacks/parts/bucket.mts'
import { httpApp } from '../../lib/stacks/parts/http.mts'
import { minio, s3Endpoints } from '../../lib/stacks/parts/minio.mts'
import { absentInside, deployment, fresh, jobDone, migrated, statefulSet } from '../../lib/stacks/parts/proofs.mts'
import { component, stack } from '../../lib/stacks/stack.mts'

const KEYS = { MINIO_ROOT_USER: 'keeper', MINIO_ROOT_PASSWORD: 'K3eper-of-the/store', DATABASE_URL: 'postgresql://x' }

const keys: Secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys' },
  data: Object.fromEntries(Object.entries(KEYS).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
}

/** The smallest stack with everything that a kill could harm: a Secret, a volume, a Job, a migration. */
export const shop = stack({
  name: 'shop',
  images: { api: 'reactbin-api' },
  settings: z.strictObject({ bucket: z.string().default('wares') }),
  components: ({ settings, image, namespace }) => [
    component('keys', [keys]),
    component(
      'store',
      minio({
        name: 'store',
        image: 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z',
        credentials: 'keys',
        storage: { size: '1Gi' },
      }),
      { needs: ['keys'] },
    ),
    component(
      'bucket',
      bucketJob({
        name: 'make-bucket',
        bucket: settings.bucket,
        image: 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z',
        endpoint: s3Endpoints('store', namespace)[0],
        credentials: 'keys',
      }),
      { needs: ['store'] },
    ),
    component(
      'api',
      httpApp({
        name: 'api',
        image: image('api'),
        port: 8000,
        health: '/api/v1/health',
        uid: 1001,
        secrets: ['keys'],
        migration: { name: 'alembic-migrate', command: ['alembic', 'upgrade', 'head'] },
      }),
      { needs: ['keys'] },
    ),
  ],
  proofs: () => [
    migrated('api', 'alembic-migrate'),
    fresh(deployment('api')),
    fresh(statefulSet('store')),
    jobDone('make-bucket', 'bucket'),
    ...absentInside('api', 8000, ['/docs']),
  ],
})

/** The schema that a tag of the API brings; an older app runs on a newer one. */
const REVISIONS: Readonly<Record<string, string>> = { one: 'r1', two: 'r2' }

function migration({ container, state }: Cue): Script {
  const wanted = REVISIONS[/:(\w+)$/.exec(container.image ?? '')?.[1] ?? ''] ?? 'r1'
  const now = state.get('revision') ?? ''
  if (now >= wanted) return { exit: { after: 10, code: 0 } }
  const log = [{ after: 5, line: `INFO  [alembic.runtime.migration] Running upgrade ${now} -> ${wanted}, Wares` }]
  return { log, changes: [{ after: 10, sets: { revision: wanted } }], exit: { after: 20, code: 0 } }
}

const HELLO = { path: '/api/v1/health', exact: true, status: 200, body: '{}' }
const PARTS: readonly Part[] = [
  { container: /^alembic-migrate$/, plays: migration },
  { container: /^mc$/, plays: { log: [{ after: 5, line: 'Bucket created' }], exit: { after: 10, code: 0 } } },
  { container: /^store$/, plays: { serves: [{ path: '/minio/health', status: 200, body: '' }] } },
  { container: /^api$/, plays: { stop: { takes: 100 }, serves: [HELLO] } },
]

/** What the shop's images do. */
export const shopStage = (): StageOptions => ({ parts: PARTS })
