import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ago, ended, says, told, verdictOnPod, waiting, type Fragment } from './pods.mts'

const MIGRATE = { name: 'alembic-migrate', spec: { command: ['alembic', 'upgrade', 'head'] } }

function migration(times: number, words: string, end: Fragment = {}): string {
  return told(verdictOnPod({ inits: [ended(times, words, MIGRATE, end)], containers: [waiting('PodInitializing')] }))
}

function main(times: number, words: string, end: Fragment = {}): string {
  return told(verdictOnPod({ containers: [ended(times, words, {}, end)] }))
}

const PULL = 'failed to pull and unpack image "registry.test/api:1": failed to resolve image:'

const WAITING: readonly (readonly [reason: string, message: string, verdict: string])[] = [
  ['ErrImagePull', `rpc error: code = NotFound desc = ${PULL} registry.test/api:1: not found`, 'doomed image-missing'],
  [
    'ImagePullBackOff',
    `Back-off pulling image "registry.test/api:1": ErrImagePull: ${PULL} not found`,
    'doomed image-missing',
  ],
  ['ErrImagePull', 'manifest unknown: manifest unknown', 'doomed image-missing'],
  [
    'ErrImagePull',
    `${PULL} unexpected status from HEAD request to https://registry.test/v2/api/manifests/1: 404 Not Found`,
    'doomed image-missing',
  ],
  ['ErrImageNeverPull', 'Container image "x" is not present with pull policy of Never', 'doomed image-missing'],
  [
    'ErrImagePull',
    'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    'doomed image-denied',
  ],
  ['ErrImagePull', `${PULL} unexpected status: 401 Unauthorized`, 'doomed image-denied'],
  ['ErrImagePull', 'failed to fetch anonymous token: unexpected status: 403 Forbidden', 'doomed image-denied'],
  ['InvalidImageName', `couldn't parse image name "A:1": invalid reference format`, 'doomed image-invalid'],
  ['ErrImagePull', 'no match for platform in manifest: not found', 'doomed cannot-run'],
  [
    'ErrImagePull',
    'unexpected status: 429 Too Many Requests - toomanyrequests: You have reached your pull rate limit',
    'progressing pulling image (image-missing)',
  ],
  ['ErrImagePull', 'unexpected status: 503 Service Unavailable', 'progressing pulling image (image-missing)'],
  [
    'ErrImagePull',
    'dial tcp: lookup registry.test on 10.96.0.10:53: no such host',
    'progressing pulling image (image-missing)',
  ],
  ['ErrImagePull', 'dial tcp 10.0.0.9:443: i/o timeout', 'progressing pulling image (image-missing)'],
  ['ErrImagePull', 'dial tcp 10.0.0.9:443: connect: connection refused', 'progressing pulling image (image-missing)'],
  // What may heal is not outvoted by a word that sounds certain.
  ['ErrImagePull', 'unexpected status: 429: denied: rate limit exceeded', 'progressing pulling image (image-missing)'],
  [
    'ErrImagePull',
    'unexpected status: 502 Bad Gateway: backend not found',
    'progressing pulling image (image-missing)',
  ],
  [
    'ErrImagePull',
    'lookup registry.test: server misbehaving: name not found',
    'progressing pulling image (image-missing)',
  ],
  ['ErrImagePull', 'invalid reference format', 'doomed image-invalid'],
  ['ImagePullBackOff', 'Back-off pulling image "registry.test/api:1"', 'progressing pulling image (image-missing)'],
  ['CreateContainerConfigError', 'secret "api-env" not found', 'doomed config-missing'],
  ['CreateContainerConfigError', 'configmap "api-config" not found', 'doomed config-missing'],
  ['CreateContainerConfigError', `couldn't find key DATABASE_URL in Secret demo/api-env`, 'doomed config-missing'],
  [
    'CreateContainerConfigError',
    'failed to sync secret cache: timed out waiting for the condition',
    'progressing starting (CreateContainerConfigError) (config-missing)',
  ],
  ['CreateContainerConfigError', 'container has runAsNonRoot and image will run as root', 'doomed cannot-run'],
  [
    'CreateContainerConfigError',
    'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root',
    'doomed cannot-run',
  ],
  ['CreateContainerError', 'context deadline exceeded', 'progressing starting (CreateContainerError) (cannot-run)'],
  ['CreateContainerError', 'no command specified', 'doomed cannot-run'],
  ['RunContainerError', 'exec: "uvicorn": executable file not found in $PATH: unknown', 'doomed cannot-run'],
  [
    'RunContainerError',
    'failed to create shim task: cgroups: cgroup mountpoint does not exist',
    'progressing api ended 1 time, starting again (cannot-run)',
  ],
  ['SomethingNewError', 'who knows', 'progressing starting (SomethingNewError) (cannot-run)'],
  ['ContainerCreating', '', 'progressing creating containers'],
]

describe('a waiting container', () => {
  for (const [reason, message, verdict] of WAITING) {
    test(`judge() says "${verdict}" of ${reason}: ${message.slice(0, 60)}`, () => {
      assert.equal(told(verdictOnPod({ containers: [waiting(reason, message)] })), verdict)
    })
  }
})

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
      'progressing creating containers',
    )
  })
})

const CRASHES: readonly (readonly [words: string, times: number, verdict: string])[] = [
  [`ModuleNotFoundError: No module named 'app.main'`, 1, 'progressing api ended 1 time, starting again (crash-loop)'],
  [`ModuleNotFoundError: No module named 'app.main'`, 2, 'doomed crash-loop'],
  ['pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings', 2, 'doomed crash-loop'],
  [`Error: Cannot find module '/app/server.js'`, 2, 'doomed crash-loop'],
  ['nginx: [emerg] unknown directive "foo" in /etc/nginx/nginx.conf:3', 2, 'doomed crash-loop'],
  ['nginx: [emerg] host not found in upstream "api"', 5, 'progressing api ended 5 times, starting again (crash-loop)'],
  [
    'redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.',
    9,
    'progressing api ended 9 times, starting again (crash-loop)',
  ],
  ['not ready yet', 3, 'progressing api ended 3 times, starting again (crash-loop)'],
  ['not ready yet', 4, 'doomed crash-loop'],
  ['', 3, 'progressing api ended 3 times, starting again (crash-loop)'],
  ['', 4, 'doomed crash-loop'],
  ['exec /app/run: exec format error', 1, 'doomed cannot-run'],
]

describe('a main container that ended', () => {
  for (const [words, times, verdict] of CRASHES) {
    test(`judge() says "${verdict}" after ${times} exits with "${words}"`, () =>
      assert.equal(main(times, words), verdict))
  }

  test('judge() grants a container killed for its memory one more try, then names the limit', () => {
    const end = { reason: 'OOMKilled', exitCode: 137 }
    assert.equal(main(1, '', end), 'progressing api ended 1 time, starting again (out-of-memory)')
    const spec = { resources: { limits: { memory: '128Mi' } } }
    const health = verdictOnPod({ containers: [ended(2, 'working', { spec }, end)] })
    assert.equal(told(health), 'doomed out-of-memory')
    assert.match(says(health), /OOMKilled, exit 137, limit 128Mi/)
  })

  test('judge() takes a program that is missing at the start for certain, one that is missing later not', () => {
    assert.equal(main(1, 'sh: foo: not found', { exitCode: 127 }), 'doomed cannot-run')
    const late = { exitCode: 127, startedAt: ago(70), finishedAt: ago(3) }
    assert.equal(main(1, 'sh: foo: not found', late), 'progressing api ended 1 time, starting again (crash-loop)')
  })

  test('judge() blames a container for no end that its node made', () => {
    const end = { reason: 'ContainerStatusUnknown', exitCode: 137 }
    assert.equal(main(9, '', end), 'progressing api ended 9 times, starting again (crash-loop)')
  })

  test('judge() lets a container that runs again prove itself', () => {
    const crashed = ended(4, 'boom')
    const running = { ...crashed, state: { running: { startedAt: ago(1) } } }
    assert.equal(
      told(verdictOnPod({ containers: [running] })),
      'progressing api ended 3 times, starting again (crash-loop)',
    )
  })

  test('judge() forgets crashes once the container is ready', () => {
    const running = { ...ended(3, 'boom'), ready: true, state: { running: { startedAt: ago(1) } } }
    const status = {
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Ready', status: 'True' },
      ],
    }
    const settled = { ...running, state: { running: { startedAt: ago(9) } } }
    assert.equal(told(verdictOnPod({ containers: [settled], status })), 'progressing available 0/1')
  })

  test('judge() takes the name of an init container for what it is only where it migrates', () => {
    const init = ended(1, SQL, { name: 'wait-for-db', spec: { command: ['sh', '-c', 'nc -z db 5432'] } })
    assert.equal(
      told(verdictOnPod({ inits: [init] })),
      'progressing wait-for-db ended 1 time, starting again (crash-loop)',
    )
  })

  test('causeOf() lets no credential through that a driver or a registry printed', () => {
    const health = verdictOnPod({ containers: [ended(4, 'cannot connect to postgres://app:hunter22@db/app')] })
    assert.doesNotMatch(JSON.stringify(health), /hunter22/)
    assert.match(says(health), /postgres:\/\/app:\*\*\*@db/)
  })
})
