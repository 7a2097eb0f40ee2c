import type { KubeObject } from '../../lib/kube/object.mts'
import { deployment, job, made, pod, shell, statefulSet, web } from './made.mts'
import * as when from './watchfor.mts'
import type { When } from './watchfor.mts'

/** One way in which a rollout goes: what is applied, and the moments that are worth keeping, in order. */
export interface Story {
  /** Labels of the namespace. */
  labels?: Record<string, string>
  /** Applied before; not judged. */
  before?: readonly KubeObject[]
  /** The judged object. */
  subject: KubeObject
  moments: readonly Moment[]
}

export interface Moment {
  name: string
  when: When
  /** Applied once this moment is kept; the first may be the subject's next version. */
  then?: readonly KubeObject[]
}

const SQL_ERROR = `cat >&2 <<'X'
INFO  [alembic.runtime.migration] Running upgrade 3f2a -> 9bc1, add index on age
Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/sqlalchemy/engine/base.py", line 1967, in _exec_single_context
    self.dialect.do_execute(
psycopg.errors.UndefinedColumn: column "age" does not exist

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/usr/local/bin/alembic", line 8, in <module>
    sys.exit(main())
sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedColumn) column "age" does not exist
[SQL: CREATE INDEX ix_users_age ON users (age)]
(Background on this error at: https://sqlalche.me/e/20/f405)
X
exit 1`

const UNREACHABLE = `cat >&2 <<'X'
Traceback (most recent call last):
  File "/usr/local/bin/alembic", line 8, in <module>
    sys.exit(main())
sqlalchemy.exc.OperationalError: (psycopg.OperationalError) connection failed: connection to server at "10.96.7.7", port 5432 failed: Connection refused
	Is the server running on that host and accepting TCP/IP connections?
(Background on this error at: https://sqlalche.me/e/20/e3q8)
X
exit 1`

const TMP = { volumes: [{ name: 'tmp', emptyDir: {} }] }
const AT_TMP = { volumeMounts: [{ name: 'tmp', mountPath: '/t' }] }
const nth = (n: number, then: string): string =>
  `n=$(cat /t/n 2>/dev/null || echo 0); n=$((n+1)); echo $n > /t/n; if [ $n -le ${n} ]; then ${then}; fi`

const migrating = (script: string, more = {}): KubeObject =>
  deployment(pod(web(), { initContainers: [shell('alembic-migrate', script, AT_TMP)], ...TMP, ...more }))

const crashing = (script: string, more = {}): KubeObject =>
  deployment(pod(shell('api', script, { ...AT_TMP, ...more }), TMP))

const twoCrashes: Moment[] = [
  { name: 'first-crash', when: when.terminated(/./, 0) },
  { name: 'second-crash', when: when.waiting(/CrashLoop/, 1) },
]
const fourCrashes: Moment[] = [
  ...twoCrashes,
  { name: 'third-crash', when: when.waiting(/CrashLoop/, 2) },
  { name: 'fourth-crash', when: when.waiting(/CrashLoop/, 3) },
]

const readiness = (command: string, more = {}): { readinessProbe: object } => ({
  readinessProbe: { exec: { command: ['sh', '-c', command] }, periodSeconds: 1, failureThreshold: 3, ...more },
})

/** Every story by its name, which is also its folder in test/fixtures/snapshots. */
export const STORIES = {
  'migration-sql-error': {
    subject: migrating(`sleep 1; ${SQL_ERROR}`),
    moments: [
      { name: 'migrating', when: when.running('alembic-migrate') },
      { name: 'first-exit', when: when.terminated(/Error/) },
      { name: 'back-off', when: when.waiting(/CrashLoop/) },
    ],
  },
  'migration-database-late': {
    subject: migrating(nth(2, UNREACHABLE)),
    moments: [
      { name: 'first-exit', when: when.terminated(/Error/) },
      { name: 'second-exit', when: when.waiting(/CrashLoop/, 1) },
      { name: 'ready', when: when.available(1, 1) },
    ],
  },
  'migration-refused': {
    subject: migrating(
      `echo 'psycopg.OperationalError: connection failed: connection to server at "10.96.7.7", port 5432 failed: FATAL:  password authentication failed for user "app"' >&2; exit 1`,
    ),
    moments: [{ name: 'first-exit', when: when.terminated(/Error/) }],
  },
  'migration-silent': {
    subject: migrating('exit 3'),
    moments: [
      { name: 'first-exit', when: when.terminated(/Error/) },
      { name: 'second-exit', when: when.waiting(/CrashLoop/, 1) },
    ],
  },
  'migration-no-alembic': {
    subject: deployment(
      pod(web(), { initContainers: [shell('alembic-migrate', '', { command: ['alembic', 'upgrade', 'head'] })] }),
    ),
    moments: [
      { name: 'first-start', when: when.waiting(/RunContainerError|CrashLoop/) },
      { name: 'back-off', when: when.waiting(/CrashLoop/) },
    ],
  },
  'migration-shell-no-alembic': {
    subject: migrating('alembic upgrade head'),
    moments: [{ name: 'first-exit', when: when.terminated(/Error/) }],
  },
  'migration-no-config': {
    subject: migrating(
      `echo "FAILED: No config file 'alembic.ini' found, or file has no '[alembic]' section" ; exit 255`,
    ),
    moments: [{ name: 'first-exit', when: when.terminated(/Error/) }],
  },
  'migration-runs': {
    subject: migrating(`echo 'INFO  [alembic.runtime.migration] Running upgrade 3f2a -> 9bc1, add age' >&2; sleep 4`),
    moments: [
      { name: 'migrating', when: when.lasting(when.running('alembic-migrate'), 2) },
      { name: 'ready', when: when.available(1, 1) },
    ],
  },
  'image-missing': {
    subject: deployment(pod(web({ image: 'registry.test/acme/api:nope', imagePullPolicy: 'Always' }))),
    moments: [
      { name: 'first-pull', when: when.waiting(/ErrImagePull/) },
      { name: 'back-off', when: when.waiting(/ImagePullBackOff/) },
    ],
  },
  'image-invalid': {
    subject: deployment(pod(web({ image: 'Registry.test/API:1' }))),
    moments: [{ name: 'refused', when: when.waiting(/InvalidImageName/) }],
  },
  'image-never': {
    subject: deployment(pod(web({ image: 'registry.test/acme/api:1', imagePullPolicy: 'Never' }))),
    moments: [{ name: 'refused', when: when.waiting(/ErrImageNeverPull/) }],
  },
  'secret-missing': {
    subject: deployment(pod(web({ envFrom: [{ secretRef: { name: 'api-env' } }] }))),
    moments: [
      { name: 'refused', when: when.waiting(/CreateContainerConfigError/), then: [made('Secret', 'api-env', {})] },
      { name: 'ready', when: when.available(1, 1) },
    ],
  },
  'secret-key-missing': {
    before: [made('Secret', 'api-env', { stringData: { OTHER: 'x' } })],
    subject: deployment(
      pod(
        web({ env: [{ name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'api-env', key: 'DATABASE_URL' } } }] }),
      ),
    ),
    moments: [{ name: 'refused', when: when.waiting(/CreateContainerConfigError/) }],
  },
  'configmap-missing': {
    subject: deployment(pod(web({ envFrom: [{ configMapRef: { name: 'api-config' } }] }))),
    moments: [{ name: 'refused', when: when.waiting(/CreateContainerConfigError/) }],
  },
  'volume-secret-missing': {
    subject: deployment(
      pod(web({ volumeMounts: [{ name: 'tls', mountPath: '/tls' }] }), {
        volumes: [{ name: 'tls', secret: { secretName: 'api-tls' } }],
      }),
    ),
    moments: [
      { name: 'first-try', when: when.event('FailedMount') },
      { name: 'after-22s', when: when.lasting(when.event('FailedMount'), 22) },
    ],
  },
  'root-refused': {
    subject: deployment(pod(web({ securityContext: { runAsNonRoot: true } }))),
    moments: [{ name: 'refused', when: when.waiting(/CreateContainerConfigError/) }],
  },
  'crash-import-error': {
    subject: crashing(
      `echo 'Traceback (most recent call last):' >&2; echo "ModuleNotFoundError: No module named 'app.main'" >&2; exit 1`,
    ),
    moments: twoCrashes,
  },
  'crash-silent': { subject: crashing('exit 1'), moments: fourCrashes },
  'crash-dependency': {
    subject: crashing(
      `echo 'redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.' >&2; exit 1`,
    ),
    moments: fourCrashes,
  },
  'crash-thrice-then-healthy': {
    subject: crashing(`${nth(3, 'echo not yet; exit 1')}; trap "exit 0" TERM; sleep 3600 & wait`),
    moments: [
      ...twoCrashes,
      { name: 'third-crash', when: when.waiting(/CrashLoop/, 2) },
      { name: 'ready', when: when.available(1, 1) },
    ],
  },
  'out-of-memory': {
    subject: crashing('dd if=/dev/zero of=/dev/null bs=200M count=2', { resources: { limits: { memory: '16Mi' } } }),
    moments: twoCrashes,
  },
  'exec-format': {
    before: [made('ConfigMap', 'bin', { data: { run: 'no shebang here\n', denied: '#!/bin/sh\n' } })],
    subject: deployment(
      pod(web({ command: ['/bin-of/run'], volumeMounts: [{ name: 'bin', mountPath: '/bin-of' }] }), {
        volumes: [{ name: 'bin', configMap: { name: 'bin', defaultMode: 0o755 } }],
      }),
    ),
    moments: [
      { name: 'first-start', when: when.terminated(/./) },
      { name: 'back-off', when: when.waiting(/./, 1) },
    ],
  },
  'command-missing': {
    subject: deployment(pod(web({ command: ['uvicorn', 'app.main:app'] }))),
    moments: [
      { name: 'first-start', when: when.waiting(/RunContainerError|CrashLoop/) },
      { name: 'back-off', when: when.waiting(/CrashLoop/) },
    ],
  },
  'exit-127': {
    subject: crashing('nonesuch --serve'),
    moments: [{ name: 'first-exit', when: when.terminated(/Error/) }],
  },
  'no-room': {
    subject: deployment(pod(web({ resources: { requests: { cpu: '500' } } }))),
    moments: [
      { name: 'first-try', when: when.unscheduled },
      { name: 'after-16s', when: when.lasting(when.unscheduled, 16) },
    ],
  },
  'no-such-node': {
    subject: deployment(pod(web(), { nodeSelector: { disk: 'ssd' } })),
    moments: [
      { name: 'first-try', when: when.unscheduled },
      { name: 'after-16s', when: when.lasting(when.unscheduled, 16) },
    ],
  },
  'quota-pods': {
    before: [made('ResourceQuota', 'small', { spec: { hard: { pods: '0' } } })],
    subject: deployment(pod(web())),
    moments: [
      { name: 'first-refusal', when: when.condition('ReplicaSet', 'ReplicaFailure') },
      { name: 'after-6s', when: when.lasting(when.condition('ReplicaSet', 'ReplicaFailure'), 6) },
    ],
  },
  'pod-security': {
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    subject: deployment(pod(web())),
    moments: [
      { name: 'first-refusal', when: when.condition('ReplicaSet', 'ReplicaFailure') },
      { name: 'after-6s', when: when.lasting(when.condition('ReplicaSet', 'ReplicaFailure'), 6) },
    ],
  },
  'account-missing': {
    subject: deployment(pod(web(), { serviceAccountName: 'nobody' })),
    moments: [{ name: 'after-6s', when: when.lasting(when.condition('ReplicaSet', 'ReplicaFailure'), 6) }],
  },
  'statefulset-quota': {
    before: [made('ResourceQuota', 'small', { spec: { hard: { pods: '0' } } })],
    subject: statefulSet(pod(web())),
    moments: [
      { name: 'first-refusal', when: when.event('FailedCreate') },
      { name: 'after-6s', when: when.lasting(when.event('FailedCreate'), 6) },
    ],
  },
  'storage-class-missing': {
    subject: statefulSet(pod(web({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })), {
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'nope',
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
    }),
    moments: [
      { name: 'first-try', when: when.unscheduled },
      { name: 'after-20s', when: when.both(when.lasting(when.unscheduled, 16), when.event('ProvisioningFailed')) },
    ],
  },
  'claim-missing': {
    subject: deployment(pod(web(), { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] })),
    moments: [{ name: 'after-16s', when: when.lasting(when.unscheduled, 16) }],
  },
  'job-completes': {
    subject: job('minio-init-bucket-7d9f', pod(shell('mc', 'sleep 2'))),
    moments: [
      { name: 'running', when: when.running('mc') },
      { name: 'complete', when: when.condition('Job', 'Complete') },
    ],
  },
  'job-fails': {
    subject: job(
      'minio-init-bucket-7d9f',
      pod(
        shell(
          'mc',
          `echo 'mc: <ERROR> Unable to make bucket. The Access Key Id you provided does not exist.' >&2; exit 1`,
        ),
      ),
      { backoffLimit: 1 },
    ),
    moments: [
      { name: 'first-attempt', when: when.terminated(/Error/) },
      { name: 'failed', when: when.condition('Job', 'Failed') },
    ],
  },
  'job-quota': {
    before: [made('ResourceQuota', 'small', { spec: { hard: { pods: '0' } } })],
    subject: job('import', pod(web())),
    moments: [{ name: 'after-6s', when: when.lasting(when.event('FailedCreate'), 6) }],
  },
  'slow-start': {
    subject: deployment(pod(shell('api', 'sleep 20; touch /tmp/up; sleep 3600', readiness('test -f /tmp/up')))),
    moments: [
      { name: 'starting', when: when.running('api') },
      { name: 'past-its-probes', when: when.lasting(when.running('api'), 12) },
      { name: 'ready', when: when.available(1, 1) },
    ],
  },
  'liveness-kill': {
    subject: deployment(
      pod(
        shell('api', 'touch /tmp/up; sleep 6; rm /tmp/up; sleep 3600', {
          livenessProbe: { exec: { command: ['test', '-f', '/tmp/up'] }, periodSeconds: 1, failureThreshold: 2 },
          ...readiness('test -f /tmp/up'),
        }),
      ),
    ),
    moments: [
      { name: 'ready', when: when.available(1, 1) },
      { name: 'killed', when: when.event('Killing', /liveness/) },
      { name: 'again', when: when.running('api', 1) },
      { name: 'killed-twice', when: when.event('Killing', /liveness/, 2) },
      { name: 'back-off', when: when.waiting(/CrashLoop/) },
    ],
  },
  upgrade: {
    subject: deployment(pod(shell('api', 'sleep 3600'), { terminationGracePeriodSeconds: 8 })),
    moments: [
      {
        name: 'served',
        when: when.available(1, 1),
        then: [deployment(pod(shell('api', 'sleep 3601'), { terminationGracePeriodSeconds: 8 }))],
      },
      { name: 'draining', when: when.both(when.available(2, 1), when.terminating) },
      { name: 'drained', when: when.both(when.available(2, 1), when.oldGone) },
    ],
  },
  'upgrade-image-missing': {
    subject: deployment(pod(web())),
    moments: [
      {
        name: 'served',
        when: when.available(1, 1),
        then: [deployment(pod(web({ image: 'registry.test/acme/api:nope', imagePullPolicy: 'Always' })))],
      },
      { name: 'refused', when: when.waiting(/ErrImagePull/), then: [deployment(pod(web()))] },
      { name: 'back', when: when.available(3, 1) },
    ],
  },
  'statefulset-runs': {
    subject: statefulSet(pod(web())),
    moments: [{ name: 'ready', when: when.available(1, 1) }],
  },
  'statefulset-stuck': {
    subject: statefulSet(pod(web())),
    moments: [
      {
        name: 'served',
        when: when.available(1, 1),
        then: [statefulSet(pod(web({ command: ['minio', 'server'] })))],
      },
      { name: 'broken', when: when.waiting(/CrashLoop/), then: [statefulSet(pod(web()))] },
      { name: 'stuck', when: when.lasting(when.waiting(/CrashLoop/), 3) },
    ],
  },
} satisfies Record<string, Story>
