import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import { judgeReplaced } from '../../lib/health/replaced.mts'
import { says, told } from './pods.mts'
import { recorded, recordedMoments } from './recorded.mts'

// What a real cluster said (test/record), and what is to be made of it. Every recording is a row.
const ROWS: readonly (readonly [moment: string, verdict: string])[] = [
  ['account-missing/1-after-6s', 'doomed admission'],
  ['claim-missing/1-after-16s', 'doomed unschedulable'],
  ['command-missing/1-first-start', 'doomed cannot-run'],
  ['command-missing/2-back-off', 'doomed cannot-run'],
  ['configmap-missing/1-refused', 'doomed config-missing'],
  ['crash-after-a-second/1-called-ready', 'progressing api runs, seeing whether it stays up'],
  ['crash-after-a-second/2-first-crash', 'progressing api ended 1 time, starting again (crash-loop)'],
  ['crash-after-a-second/3-second-crash', 'progressing api ended 2 times, starting again (crash-loop)'],
  ['crash-dependency/1-first-crash', 'progressing api ended 1 time, starting again (crash-loop)'],
  ['crash-dependency/2-second-crash', 'progressing api ended 2 times, starting again (crash-loop)'],
  ['crash-dependency/3-third-crash', 'progressing api ended 3 times, starting again (crash-loop)'],
  ['crash-dependency/4-fourth-crash', 'progressing api ended 4 times, starting again (crash-loop)'],
  ['crash-import-error/1-first-crash', 'progressing api ended 1 time, starting again (crash-loop)'],
  ['crash-import-error/2-second-crash', 'doomed crash-loop'],
  ['crash-silent/1-first-crash', 'progressing api ended 1 time, starting again (crash-loop)'],
  ['crash-silent/2-second-crash', 'progressing api ended 2 times, starting again (crash-loop)'],
  ['crash-silent/3-third-crash', 'progressing api ended 3 times, starting again (crash-loop)'],
  ['crash-silent/4-fourth-crash', 'doomed crash-loop'],
  ['crash-thrice-then-healthy/1-first-crash', 'progressing api ended 1 time, starting again (crash-loop)'],
  ['crash-thrice-then-healthy/2-second-crash', 'progressing api ended 2 times, starting again (crash-loop)'],
  ['crash-thrice-then-healthy/3-third-crash', 'progressing api ended 3 times, starting again (crash-loop)'],
  ['crash-thrice-then-healthy/4-up', 'progressing api runs, seeing whether it stays up (crash-loop)'],
  ['crash-thrice-then-healthy/5-stayed-up', 'ready 1/1'],
  ['demo-bad-migration/1-database-starting', 'progressing waiting for the database (database-unreachable)'],
  ['demo-bad-migration/2-sql-error', 'doomed migration-failed'],
  ['demo-database-down/1-first-exit', 'progressing waiting for the database (database-unreachable)'],
  ['demo-database-down/2-back-off', 'progressing waiting for the database (database-unreachable)'],
  ['demo-no-alembic/1-first-start', 'doomed migration-missing'],
  ['demo-no-config/1-first-exit', 'doomed migration-missing'],
  ['demo-no-route/1-first-exit', 'progressing waiting for the database (database-unreachable)'],
  ['demo-no-such-host/1-first-exit', 'progressing waiting for the database (database-unreachable)'],
  ['demo-slow-migration/1-migrating', 'progressing migrating: 9bc17d03f6a2 → 51ee90b7c3d4 (database-unreachable)'],
  ['demo-slow-migration/2-ready', 'ready 1/1'],
  ['exec-format/1-first-start', 'doomed cannot-run'],
  ['exec-format/2-back-off', 'doomed cannot-run'],
  ['exit-127/1-first-exit', 'doomed cannot-run'],
  ['image-invalid/1-refused', 'doomed image-invalid'],
  ['image-missing/1-first-pull', 'doomed image-missing'],
  ['image-missing/2-back-off', 'doomed image-missing'],
  ['image-never/1-refused', 'doomed image-missing'],
  ['ingress-address/1-new', 'progressing waiting for an address'],
  ['ingress-address/2-published', 'ready 127.0.0.1'],
  ['job-completes/1-running', 'progressing running'],
  ['job-completes/2-complete', 'ready completed'],
  ['job-fails/1-first-attempt', 'progressing mc ended 1 time, starting again (bucket-job-failed)'],
  ['job-fails/2-failed', 'doomed bucket-job-failed'],
  ['job-quota/1-after-6s', 'doomed quota'],
  ['liveness-kill/1-ready', 'ready 1/1'],
  ['liveness-kill/2-killed', 'progressing api was killed by its liveness probe, started again (crash-loop)'],
  ['liveness-kill/3-again', 'progressing api ended 1 time, starting again (crash-loop)'],
  ['liveness-kill/4-killed-twice', 'progressing api was killed by its liveness probe, started again (crash-loop)'],
  ['liveness-kill/5-back-off', 'doomed crash-loop'],
  ['migration-database-late/1-first-exit', 'progressing waiting for the database (database-unreachable)'],
  ['migration-database-late/2-second-exit', 'progressing waiting for the database (database-unreachable)'],
  ['migration-database-late/3-ready', 'ready 1/1'],
  ['migration-no-alembic/1-first-start', 'doomed migration-missing'],
  ['migration-no-alembic/2-back-off', 'doomed migration-missing'],
  ['migration-no-config/1-first-exit', 'doomed migration-missing'],
  ['migration-refused/1-first-exit', 'doomed migration-failed'],
  ['migration-runs/1-migrating', 'progressing migrating: 3f2a → 9bc1'],
  ['migration-runs/2-ready', 'ready 1/1'],
  ['migration-shell-no-alembic/1-first-exit', 'doomed migration-missing'],
  ['migration-silent/1-first-exit', 'progressing migrating again (migration-failed)'],
  ['migration-silent/2-second-exit', 'doomed migration-failed'],
  ['migration-sql-error/1-migrating', 'progressing migrating: 3f2a → 9bc1'],
  ['migration-sql-error/2-first-exit', 'doomed migration-failed'],
  ['migration-sql-error/3-back-off', 'doomed migration-failed'],
  ['no-room/1-first-try', 'progressing waiting for the controller'],
  ['no-room/2-after-16s', 'doomed unschedulable'],
  ['no-such-node/1-first-try', 'progressing waiting for a node (unschedulable)'],
  ['no-such-node/2-after-16s', 'doomed unschedulable'],
  ['out-of-memory/1-first-crash', 'progressing api ended 1 time, starting again (out-of-memory)'],
  ['out-of-memory/2-second-crash', 'doomed out-of-memory'],
  ['pod-security/1-first-refusal', 'progressing creating pods (admission)'],
  ['pod-security/2-after-6s', 'doomed admission'],
  ['quota-pods/1-first-refusal', 'progressing creating pods (quota)'],
  ['quota-pods/2-after-6s', 'doomed quota'],
  ['root-refused/1-refused', 'doomed cannot-run'],
  ['secret-key-missing/1-refused', 'doomed config-missing'],
  ['secret-missing/1-refused', 'doomed config-missing'],
  ['secret-missing/2-ready', 'ready 1/1'],
  ['slow-start/1-starting', 'progressing starting'],
  ['slow-start/2-past-its-probes', 'progressing api is not ready yet (unready)'],
  ['slow-start/3-ready', 'ready 1/1'],
  ['statefulset-quota/1-first-refusal', 'progressing creating pods (quota)'],
  ['statefulset-quota/2-after-6s', 'doomed quota'],
  ['statefulset-runs/1-ready', 'ready 1/1'],
  ['statefulset-stuck/1-served', 'ready 1/1'],
  ['statefulset-stuck/2-broken', 'doomed cannot-run'],
  ['statefulset-stuck/3-stuck', 'progressing updated 0/1 (cannot-run)'],
  ['storage-class-missing/1-first-try', 'progressing waiting for a node (unschedulable)'],
  ['storage-class-missing/2-after-20s', 'doomed unschedulable'],
  ['storage-waits-for-its-pod/1-unbound', 'progressing waiting for the controller'],
  ['storage-waits-for-its-pod/2-ready', 'ready 1/1'],
  ['upgrade-image-missing/1-served', 'ready 1/1'],
  ['upgrade-image-missing/2-refused', 'doomed image-missing'],
  ['upgrade-image-missing/3-back', 'ready 1/1, old pods gone'],
  ['upgrade/1-served', 'ready 1/1'],
  ['upgrade/2-draining', 'ready 1/1, 1 old pod draining'],
  ['upgrade/3-drained', 'ready 1/1, old pods gone'],
  ['volume-secret-missing/1-first-try', 'progressing mounting volumes (config-missing)'],
  ['volume-secret-missing/2-after-22s', 'doomed config-missing'],
]

describe('recordings of a real cluster', () => {
  for (const [moment, verdict] of ROWS) {
    test(`judge() says "${verdict}" at ${moment}`, () => {
      const { subject, snapshot } = recorded(moment)
      assert.equal(told(judge(subject, snapshot)), verdict)
    })
  }

  for (const [moment, verdict] of [
    ['upgrade/1-served', 'ready 1/1'],
    ['upgrade/2-draining', 'progressing 1 old pod still serves'],
    ['upgrade/3-drained', 'ready 1/1, old pods gone'],
  ] as const) {
    test(`judgeReplaced() says "${verdict}" at ${moment}`, () => {
      const { subject, snapshot } = recorded(moment)
      assert.equal(told(judgeReplaced(subject, snapshot, judge(subject, snapshot))), verdict)
    })
  }

  test('every recording has its row', () => {
    assert.deepEqual(ROWS.map(([moment]) => moment).toSorted(), recordedMoments())
  })
})

// The sentence an operator reads, whole.
const SENTENCES: readonly (readonly [moment: string, says: string])[] = [
  [
    'demo-bad-migration/2-sql-error',
    'Cannot migrate: container alembic-migrate exited 1: sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedColumn) column users.age does not exist',
  ],
  [
    'demo-no-such-host/1-first-exit',
    `Cannot migrate: container alembic-migrate exited 1: sqlalchemy.exc.OperationalError: (psycopg.OperationalError) failed to resolve host 'nowhere': [Errno -2] Name or service not known`,
  ],
  [
    'demo-no-alembic/1-first-start',
    'Cannot migrate: container alembic-migrate did not start: exec: "alembic": executable file not found in $PATH',
  ],
  [
    'image-missing/2-back-off',
    'Cannot pull registry.test/acme/api:nope for container api: ImagePullBackOff: failed to resolve image: registry.test/acme/api:nope: not found',
  ],
  [
    'secret-key-missing/1-refused',
    `Cannot start container api: CreateContainerConfigError: couldn't find key DATABASE_URL in Secret rec-secret-key-missing/api-env`,
  ],
  [
    'out-of-memory/2-second-crash',
    'Cannot run: container api was killed for using more memory than it may (OOMKilled, exit 137, limit 16Mi) (2 times so far)',
  ],
  [
    'job-fails/2-failed',
    'Cannot complete job minio-init-bucket-7d9f: BackoffLimitExceeded: container mc exited 1: mc: <ERROR> Unable to make bucket. The Access Key Id you provided does not exist.',
  ],
]

describe('what an operator reads', () => {
  for (const [moment, sentence] of SENTENCES) {
    test(`judge() says it in the cluster's words at ${moment}`, () => {
      const { subject, snapshot } = recorded(moment)
      assert.equal(says(judge(subject, snapshot)), sentence)
    })
  }

  test('judge() shows the log of a dead migration as evidence, its error included', () => {
    const { subject, snapshot } = recorded('demo-bad-migration/2-sql-error')
    const health = judge(subject, snapshot)
    assert.ok(health.state === 'doomed')
    assert.ok(health.cause.evidence.some((line) => line.includes('UndefinedColumn')))
    assert.ok(health.cause.evidence.length <= 14)
  })
})
