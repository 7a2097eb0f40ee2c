import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ago, ended, says, told, verdictOnPod, waiting, type Fragment } from './pods.mts'

const MIGRATE = { name: 'alembic-migrate', spec: { command: ['alembic', 'upgrade', 'head'] } }

function migration(times: number, words: string, end: Fragment = {}): string {
  return told(verdictOnPod({ inits: [ended(times, words, MIGRATE, end)], containers: [waiting('PodInitializing')] }))
}

const SQL = `INFO  [alembic.runtime.migration] Running upgrade 3f2a -> 9bc1, add age
psycopg.errors.UndefinedColumn: column "age" does not exist
The above exception was the direct cause of the following exception:
sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedColumn) column "age" does not exist
LINE 1: CREATE INDEX ix ON users (age)
[SQL: CREATE INDEX ix_timeout ON users (age) -- connection refused]
(Background on this error at: https://sqlalche.me/e/20/f405)`

const AWAY = (words: string): string => `Traceback (most recent call last):
sqlalchemy.exc.OperationalError: (psycopg.OperationalError) ${words}
(Background on this error at: https://sqlalche.me/e/20/e3q8)`

const DATABASE = 'connection failed: connection to server at "10.1.2.3", port 5432 failed:'
const HEALS = 'progressing waiting for the database (database-unreachable)'

const MIGRATIONS: readonly (readonly [words: string, times: number, verdict: string])[] = [
  [SQL, 1, 'doomed migration-failed'],
  ['django.db.utils.ProgrammingError: relation "users" already exists', 1, 'doomed migration-failed'],
  [
    'sqlalchemy.exc.IntegrityError: (psycopg2.errors.NotNullViolation) column "age" contains null values',
    1,
    'doomed migration-failed',
  ],
  ['FAILED: Multiple head revisions are present for given argument', 1, 'doomed migration-failed'],
  [`ModuleNotFoundError: No module named 'psycopg'`, 1, 'doomed migration-failed'],
  [`KeyError: 'DATABASE_URL'`, 1, 'doomed migration-failed'],
  [AWAY(`${DATABASE} FATAL:  password authentication failed for user "app"`), 1, 'doomed migration-failed'],
  [AWAY(`${DATABASE} FATAL:  database "app" does not exist`), 1, 'doomed migration-failed'],
  [AWAY(`${DATABASE} FATAL:  no pg_hba.conf entry for host "10.2.3.4"`), 1, 'doomed migration-failed'],
  [AWAY(`${DATABASE} Connection refused`), 1, HEALS],
  [AWAY(`${DATABASE} Connection refused`), 7, HEALS],
  [AWAY(`could not translate host name "db" to address: Name or service not known`), 3, HEALS],
  [AWAY(`${DATABASE} timeout expired`), 3, HEALS],
  [AWAY(`${DATABASE} No route to host`), 3, HEALS],
  [AWAY(`${DATABASE} FATAL:  the database system is starting up`), 3, HEALS],
  [AWAY(`${DATABASE} FATAL:  sorry, too many clients already`), 3, HEALS],
  [`ConnectionRefusedError: [Errno 111] Connect call failed ('10.1.2.3', 5432)`, 3, HEALS],
  ['socket.gaierror: [Errno -3] Temporary failure in name resolution', 3, HEALS],
  [
    'sqlalchemy.exc.IntegrityError: (psycopg.errors.UniqueViolation) duplicate key value violates unique constraint "alembic_version_pkc"',
    1,
    'progressing migrating again (migration-failed)',
  ],
  [
    'sqlalchemy.exc.OperationalError: (psycopg.errors.LockNotAvailable) canceling statement due to lock timeout',
    1,
    'progressing migrating again (migration-failed)',
  ],
  [
    'sqlalchemy.exc.OperationalError: (psycopg.errors.LockNotAvailable) canceling statement due to lock timeout',
    2,
    'doomed migration-failed',
  ],
  ['', 1, 'progressing migrating again (migration-failed)'],
  ['', 2, 'doomed migration-failed'],
  ['something odd', 1, 'progressing migrating again (migration-failed)'],
  ['sh: alembic: not found', 1, 'doomed migration-missing'],
  [`FAILED: No config file 'alembic.ini' found, or file has no '[alembic]' section`, 1, 'doomed migration-missing'],
  [`FAILED: No 'script_location' key found in configuration`, 1, 'doomed migration-missing'],
  ['/usr/bin/python: No module named alembic', 1, 'doomed migration-missing'],
  [`FAILED: Can't locate revision identified by '9bc1'`, 1, 'doomed migration-missing'],
]

describe('a migration that ended', () => {
  for (const [words, times, verdict] of MIGRATIONS) {
    test(`judge() says "${verdict}" after ${times} exits with "${words.split('\n').at(-2) ?? words}"`, () => {
      assert.equal(migration(times, words), verdict)
    })
  }

  test('judge() says "doomed migration-missing" where the program is not in the image', () => {
    const end = { reason: 'StartError', exitCode: 128 }
    const words = 'failed to create containerd task: exec: "alembic": executable file not found in $PATH: unknown'
    assert.equal(migration(1, words, end), 'doomed migration-missing')
    assert.equal(migration(1, '', { exitCode: 127 }), 'doomed migration-missing')
  })

  test('judge() takes a migration that cannot start twice for one that is not in the image', () => {
    const end = { reason: 'StartError', exitCode: 128 }
    assert.equal(migration(1, 'cgroup trouble', end), 'progressing migrating again (migration-missing)')
    assert.equal(migration(2, 'cgroup trouble', end), 'doomed migration-missing')
  })

  test('judge() names the SQL error and where it was, not the statement below it', () => {
    const health = verdictOnPod({ inits: [ended(1, SQL, MIGRATE)] })
    assert.equal(
      says(health),
      'Cannot migrate: container alembic-migrate exited 1: ' +
        'sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedColumn) column "age" does not exist',
    )
    assert.ok(health.state === 'doomed')
    assert.equal(
      health.cause.next,
      'Correct the migration and deploy again; its whole log: kubectl -n demo logs api-1 -c alembic-migrate',
    )
    assert.equal(health.cause.evidence[0], 'pod demo/api-1, container alembic-migrate, restarts 0')
    assert.deepEqual(health.cause.at, { apiVersion: 'v1', kind: 'Pod', namespace: 'demo', name: 'api-1' })
  })

  test('judge() still knows a SQL error whose line a long statement pushed out of the message', () => {
    const cut = `X'.join(values) ...\n[parameters: {}]\n(Background on this error at: https://sqlalche.me/e/20/f405)`
    assert.equal(migration(1, cut), 'doomed migration-failed')
  })

  test('judge() reads the log tail where the status holds no message', () => {
    const pod = { inits: [ended(1, '', MIGRATE)] }
    const logTails = new Map([['Pod/api-1/alembic-migrate', SQL.split('\n')]])
    assert.equal(told(verdictOnPod(pod, { logTails })), 'doomed migration-failed')
  })

  test('judge() is not talked out of a SQL error by a second try that runs', () => {
    const again = ended(1, SQL, { ...MIGRATE, restartCount: 1 })
    const running = { ...again, lastState: again['state'], state: { running: { startedAt: ago(1) } } }
    assert.equal(told(verdictOnPod({ inits: [running] })), 'doomed migration-failed')
  })

  test('judge() shows the revision of a migration that runs, with the trouble of its last try', () => {
    const running = { ...MIGRATE, state: { running: { startedAt: ago(1) } } }
    const log = [
      'INFO  [alembic.runtime.migration] Running upgrade  -> 3f2a, first',
      'INFO  [alembic.runtime.migration] Running upgrade 3f2a -> 9bc1, add age',
    ]
    const logTails = new Map([['Pod/api-1/alembic-migrate', log]])
    assert.equal(told(verdictOnPod({ inits: [running] })), 'progressing migrating')
    assert.equal(told(verdictOnPod({ inits: [running] }, { logTails })), 'progressing migrating: 3f2a → 9bc1')
    const first = new Map([['Pod/api-1/alembic-migrate', log.slice(0, 1)]])
    assert.equal(told(verdictOnPod({ inits: [running] }, { logTails: first })), 'progressing migrating: base → 3f2a')
    const lastState = { terminated: { exitCode: 1, reason: 'Error', message: AWAY(`${DATABASE} Connection refused`) } }
    const again = { ...running, restartCount: 1, lastState }
    assert.equal(told(verdictOnPod({ inits: [again] })), 'progressing migrating (database-unreachable)')
  })

  test('judge() forgets a failed try once the migration is through', () => {
    const lastState = { terminated: { exitCode: 1, reason: 'Error', message: SQL } }
    const through = {
      ...MIGRATE,
      restartCount: 1,
      lastState,
      state: { terminated: { exitCode: 0, reason: 'Completed' } },
    }
    assert.equal(
      told(verdictOnPod({ inits: [through], containers: [waiting('PodInitializing')] })),
      'progressing alembic-migrate done, creating containers',
    )
  })
})
