import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedAfter, dataChangedAt } from '../../lib/health/fresh.mts'
import { live } from './fake.mts'
import {
  apiPod,
  apiService,
  apiWorkload,
  bucketJob,
  config,
  deployment,
  image,
  job,
  namespace,
  slice,
} from './reactbin.mts'
import { rows } from './rows.mts'
import { proveOne, openWorld } from './world.mts'

rows('backed', { kind: 'backed', name: 'api answers', service: apiService, workload: apiWorkload, image }, [
  [
    'passes where ready pods of the newest version are behind the Service',
    () => {},
    'passed',
    `api answers by 1 pod running ${image}`,
  ],
  [
    'fails where none is ready',
    ({ fake }) => fake.put(slice('api', [])),
    'failed',
    /service\/reactbin\/api has no ready endpoint/,
  ],
])

rows('job-done', { kind: 'job-done', name: 'bucket', job: bucketJob }, [
  ['passes on a completed Job', () => {}, 'passed', 'minio-init-bucket-1a2b completed'],
  ['fails while it runs', ({ fake }) => fake.put(job()), 'failed', /has not completed: 2 failed pods so far/],
  [
    'fails on a failed Job with its words',
    ({ fake }) => fake.put(job({ type: 'Failed', message: 'Job has reached the specified backoff limit' })),
    'failed',
    /failed: Job has reached the specified backoff limit/,
  ],
  [
    'fails on a missing Job',
    ({ fake }) => fake.objects.delete(`batch/Job/${namespace}/${bucketJob.name}`),
    'failed',
    'job/reactbin/minio-init-bucket-1a2b is not there',
  ],
  [
    'fails on a Job that ran something else',
    (world) => (world.target = { ...world.target, desiredObjects: [job(undefined, 'minio:2')] }),
    'failed',
    /completed, but ran another image in container init/,
  ],
  [
    'passes where the declared Job is the one that ran',
    (world) => (world.target = { ...world.target, desiredObjects: [job()] }),
    'passed',
    'minio-init-bucket-1a2b completed',
  ],
  [
    'is unchecked without permission',
    ({ fake }) => fake.forbidden.add('get Job'),
    'unchecked',
    /^no permission to get job\//,
  ],
])

rows('migrated', { kind: 'migrated', name: 'migration', workload: apiWorkload, container: 'alembic-migrate' }, [
  ['passes where it ended with 0', () => {}, 'passed', 'alembic-migrate ended with 0'],
  [
    'fails where it exited 1',
    ({ fake }) => fake.put(apiPod({ exitCode: 1 })),
    'failed',
    'pod api-2-x: alembic-migrate exited 1',
  ],
  [
    'fails where a serving pod has no such container',
    ({ fake }) => {
      const pod = apiPod()
      fake.put({ ...pod, status: { ...pod.status, initContainerStatuses: [] } } as typeof pod)
    },
    'failed',
    'pod api-2-x: has no init container alembic-migrate',
  ],
  [
    'fails where no pod serves',
    ({ fake }) => {
      const pod = apiPod()
      fake.put({ ...pod, status: { ...pod.status, conditions: [{ type: 'Ready', status: 'False' }] } } as typeof pod)
    },
    'failed',
    'deployment/reactbin/api has no serving pod',
  ],
  [
    'fails where the workload is missing',
    ({ fake }) => fake.objects.delete(`apps/Deployment/${namespace}/api`),
    'failed',
    'deployment/reactbin/api is not there',
  ],
  [
    'is unchecked without permission',
    ({ fake }) => fake.forbidden.add('list Pod'),
    'unchecked',
    /^no permission to list Pod/,
  ],
])

const fresh = { kind: 'fresh', name: 'fresh', workload: apiWorkload } as const

rows('fresh', fresh, [
  [
    'passes where the Secret is older than the pods',
    () => {},
    'passed',
    'pods have read the newest Secrets and ConfigMaps',
  ],
  [
    'fails where the Secret got new data after them',
    ({ fake }) => fake.put(config('api-env', '2026-11-21T10:05:00Z')),
    'failed',
    'pods of api are older than what they read: secret/reactbin/api-env got new data at 2026-11-21T10:05:00Z',
  ],
  [
    'fails where what they read is gone',
    ({ fake }) => fake.objects.delete(`/Secret/${namespace}/api-env`),
    'failed',
    'pods of api read secret/reactbin/api-env, not there any more',
  ],
  [
    'is unchecked without the permission to read it',
    ({ fake }) => fake.forbidden.add('get Secret'),
    'unchecked',
    'no permission to get secret/reactbin/api-env',
  ],
])

test('prove() fresh ignores a Secret that none of the pods reads', async () => {
  await using world = await openWorld()
  world.fake.put(config('other', '2026-11-21T10:05:00Z'))
  assert.equal((await proveOne(world, fresh)).state, 'passed')
})

const CHANGED = '2026-11-21T10:05:00Z'
const secret = live(config('api-env', CHANGED))

const CHANGED_ROWS: [title: string, pod: ReturnType<typeof apiPod>, isBehind: boolean][] = [
  ['counts a pod that started before', apiPod(), true],
  ['does not count a pod that started after', apiPod({ startedAt: '2026-11-21T10:05:01Z' }), false],
  ['does not count a pod that started in the same second', apiPod({ startedAt: CHANGED }), false],
  ['does not count a pod that still waits for the Secret', { ...apiPod(), status: { phase: 'Pending' } }, false],
  ['does not count a pod on its way out', leaving(), false],
  ['does not count a pod of another namespace', elsewhere(), false],
  ['takes no start before the pod’s creation for true', clockBehind(), false],
]

for (const [title, pod, isBehind] of CHANGED_ROWS) {
  test(`changedAfter() ${title}`, () => {
    const expected = isBehind
      ? [{ ref: { apiVersion: 'v1', kind: 'Secret', namespace, name: 'api-env' }, at: CHANGED }]
      : []
    assert.deepEqual(changedAfter([secret], [live(pod)]), expected)
  })
}

test('changedAfter() sees a ConfigMap in a projected volume', () => {
  const pod = apiPod()
  const volumes = [{ name: 'config', projected: { sources: [{ configMap: { name: 'app' } }] } }]
  const reading = live({ ...pod, spec: { containers: [], ...pod.spec, volumes } })
  const changed = changedAfter([live(config('app', CHANGED, 'ConfigMap'))], [reading])
  assert.deepEqual(
    changed.map(({ ref }) => ref.name),
    ['app'],
  )
})

test('dataChangedAt() is the newest change of data, not of labels', () => {
  assert.equal(dataChangedAt(secret), CHANGED)
})

test('dataChangedAt() falls back on the creation', () => {
  const bare = live({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', creationTimestamp: CHANGED } })
  assert.equal(dataChangedAt(bare), CHANGED)
})

test('changedAfter() is about pods, not about the workload', () => {
  assert.deepEqual(changedAfter([live(deployment())], []), [])
})

function leaving(): ReturnType<typeof apiPod> {
  const pod = apiPod()
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: CHANGED } }
}

function elsewhere(): ReturnType<typeof apiPod> {
  const pod = apiPod()
  return { ...pod, metadata: { ...pod.metadata, namespace: 'other' } }
}

function clockBehind(): ReturnType<typeof apiPod> {
  const pod = apiPod()
  return { ...pod, metadata: { ...pod.metadata, creationTimestamp: '2026-11-21T10:06:00Z' } }
}
