import type { KubeObject } from '../../lib/kube/object.mts'
import { AT_TMP, deployment, nth, pod, shell, TMP, web } from './made.mts'
import type { Story } from './story.mts'
import * as when from './watchfor.mts'

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

const migrating = (script: string, more = {}): KubeObject =>
  deployment(pod(web(), { initContainers: [shell('alembic-migrate', script, AT_TMP)], ...TMP, ...more }))

/** An init container that migrates, in all the ways in which it ends. */
export const MIGRATIONS = {
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
} satisfies Record<string, Story>
