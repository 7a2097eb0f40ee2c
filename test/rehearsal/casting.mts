import type { Line, Part, Script } from '../../lib/rehearsal/stage/script.mts'
import { reactbinParts, type ReactbinOptions } from '../../lib/rehearsal/stage/reactbin.mts'
import type { StageOptions } from '../../lib/rehearsal/stage/stage.mts'

// What the shell lines and images of test/record do, for a stage that runs no programs.

const says = (...lines: string[]): Line[] => lines.map((line) => ({ after: 0, line }))
const dies = (code: number, ...lines: string[]): Script => ({ log: says(...lines), exit: { after: 50, code } })
const missing = (program: string): Script => ({ refuses: `exec: "${program}": executable file not found in $PATH` })
const api = (plays: Part['plays']): StageOptions => ({ parts: [{ container: /^api$/, plays }] })
const migrate = (plays: Part['plays']): StageOptions => ({ parts: [{ container: /^alembic-migrate$/, plays }] })
const demo = (database?: ReactbinOptions['database']): StageOptions => ({
  parts: reactbinParts(database === undefined ? {} : { database }),
})

const DEPENDENCY = 'redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.'
const UPGRADE = 'INFO  [alembic.runtime.migration] Running upgrade 3f2a -> 9bc1, add index on age'
const REFUSED = [
  'Traceback (most recent call last):',
  '  File "/usr/local/bin/alembic", line 8, in <module>',
  '    sys.exit(main())',
  'sqlalchemy.exc.OperationalError: (psycopg.OperationalError) connection failed: connection to server at "10.96.7.7", port 5432 failed: Connection refused',
  '\tIs the server running on that host and accepting TCP/IP connections?',
  '(Background on this error at: https://sqlalche.me/e/20/e3q8)',
]
const SQL_ERROR = [
  UPGRADE,
  'Traceback (most recent call last):',
  '  File "/usr/local/lib/python3.12/site-packages/sqlalchemy/engine/base.py", line 1967, in _exec_single_context',
  '    self.dialect.do_execute(',
  'psycopg.errors.UndefinedColumn: column "age" does not exist',
  '',
  'The above exception was the direct cause of the following exception:',
  '',
  'Traceback (most recent call last):',
  '  File "/usr/local/bin/alembic", line 8, in <module>',
  '    sys.exit(main())',
  'sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedColumn) column "age" does not exist',
  '[SQL: CREATE INDEX ix_users_age ON users (age)]',
  '(Background on this error at: https://sqlalche.me/e/20/f405)',
]
const NO_BUCKET = 'mc: <ERROR> Unable to make bucket. The Access Key Id you provided does not exist.'

/** What each story needs beyond a healthy program. */
const CAST: Readonly<Record<string, StageOptions>> = {
  'migration-sql-error': migrate({
    log: SQL_ERROR.map((line, at) => ({ after: at === 0 ? 0 : 1_000, line })),
    exit: { after: 1_001, code: 1 },
  }),
  'migration-database-late': migrate([dies(1, ...REFUSED), dies(1, ...REFUSED), dies(0)]),
  'migration-refused': migrate(
    dies(
      1,
      'psycopg.OperationalError: connection failed: connection to server at "10.96.7.7", port 5432 failed: FATAL:  password authentication failed for user "app"',
    ),
  ),
  'migration-silent': migrate(dies(3)),
  'migration-no-alembic': migrate(missing('alembic')),
  'migration-shell-no-alembic': migrate(dies(127, 'sh: alembic: not found')),
  'migration-no-config': migrate(
    dies(255, "FAILED: No config file 'alembic.ini' found, or file has no '[alembic]' section"),
  ),
  'migration-runs': migrate({ log: says(UPGRADE), exit: { after: 4_000, code: 0 } }),
  'root-refused': api({ user: 'root' }),
  'exec-format': api(dies(255, 'exec /bin-of/run: exec format error')),
  'command-missing': api(missing('uvicorn')),
  'crash-import-error': api(
    dies(1, 'Traceback (most recent call last):', "ModuleNotFoundError: No module named 'app.main'"),
  ),
  'crash-silent': api(dies(1)),
  'crash-dependency': api(dies(1, DEPENDENCY)),
  'crash-thrice-then-healthy': api([dies(1, 'not yet'), dies(1, 'not yet'), dies(1, 'not yet'), {}]),
  'crash-after-a-second': api({ exit: { after: 1_000, code: 1 } }),
  'out-of-memory': api({ exit: { after: 50, code: 137, reason: 'OOMKilled' } }),
  'exit-127': api(dies(127, 'sh: nonesuch: not found')),
  'job-completes': { parts: [{ container: /^mc$/, plays: { exit: { after: 2_000, code: 0 } } }] },
  'job-fails': { parts: [{ container: /^mc$/, plays: dies(1, NO_BUCKET) }] },
  'slow-start': api({ ready: { after: 20_000 } }),
  'liveness-kill': api({ sick: { after: 6_000 }, stop: 'ignores' }),
  upgrade: api({ stop: 'ignores' }),
  'statefulset-stuck': { parts: [{ container: /^api$/, command: /^minio /, plays: missing('minio') }] },
  'demo-bad-migration': demo(({ run }) => (run === 1 ? 'refused' : 'up')),
  'demo-slow-migration': demo(({ run }) => (run === 1 ? 'refused' : 'up')),
  'demo-no-such-host': demo(() => 'unresolved'),
  'demo-database-down': demo(() => 'refused'),
  'demo-no-route': demo(() => 'no-route'),
  'demo-no-alembic': demo(),
  'demo-no-config': demo(),
}

/** The stage on which a recorded story is played again. */
export function castOf(story: string): StageOptions {
  return { images: [{ image: /busybox|reactbin|postgres/, present: true }], ...CAST[story] }
}
