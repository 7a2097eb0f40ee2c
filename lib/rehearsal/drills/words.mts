import type { Line, Script } from '../stage/script.mts'

/** Lines of a log, all said at once. */
export function lines(after: number, ...texts: readonly string[]): Line[] {
  return texts.map((line) => ({ after, line }))
}

/** A program that says this and ends. */
export function dying(code: number, ...texts: readonly string[]): Script {
  return { log: lines(300, ...texts), exit: { after: 350, code } }
}

/** A pattern for exactly this text. */
export function exactly(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)}$`)
}

const TRACEBACK = [
  'Traceback (most recent call last):',
  '  File "/opt/site/bin/alembic", line 8, in <module>',
  '    sys.exit(main())',
]

export const SQL_ERROR = [
  'INFO  [alembic.runtime.migration] Running upgrade 3f2a9c1e5b74 -> 9bc17d03f6a2, add index on age',
  ...TRACEBACK,
  'sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedColumn) column "age" does not exist',
  '[SQL: CREATE INDEX ix_users_age ON users (age)]',
  '(Background on this error at: https://sqlalche.me/e/20/f405)',
]

export const REFUSED = [
  ...TRACEBACK,
  'sqlalchemy.exc.OperationalError: (psycopg.OperationalError) connection failed: connection to server at "10.96.7.7", port 5432 failed: Connection refused',
  '\tIs the server running on that host and accepting TCP/IP connections?',
  '(Background on this error at: https://sqlalche.me/e/20/e3q8)',
]
