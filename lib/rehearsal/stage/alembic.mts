import type { Change, Cue, Line, Script } from './script.mts'

/** A revision of the schema and what Alembic calls it. */
export interface Revision {
  id: string
  title: string
  /** Milliseconds that it takes. */
  takes?: number
  /** The last lines of the traceback of a migration that fails. */
  fails?: readonly string[]
}

/** How the database answers. */
export type Database = 'up' | 'refused' | 'unresolved' | 'no-route' | 'password'

/** Milliseconds until Python has read its modules. */
const IMPORTS = 600
const STEP = 120

const INFO = 'INFO  [alembic.runtime.migration]'

/**
 * `alembic upgrade head` of an image that knows these revisions: each is a transaction of its own, so that what went
 * before a failed one stays. A database that is ahead of the image is an error, as it is with the real one.
 */
export function upgrade(chain: readonly Revision[], { state, env }: Cue, database: Database): Script {
  const url = env['DATABASE_URL'] ?? ''
  if (database !== 'up') return refused(database, url)
  const opening = [`${INFO} Context impl PostgresqlImpl.`, `${INFO} Will assume transactional DDL.`]
  const at = state.get('revision')
  const known = chain.findIndex(({ id }) => id === at)
  if (at !== undefined && at !== '' && known === -1) {
    const failed = `FAILED: Can't locate revision identified by '${at}'`
    const lines = [...opening, `ERROR [alembic.util.messaging] Can't locate revision identified by '${at}'`, failed]
    return { log: lines.map(later), exit: { after: IMPORTS + STEP, code: 255 } }
  }
  return running(opening, chain, known)
}

function running(opening: readonly string[], chain: readonly Revision[], known: number): Script {
  const log: Line[] = opening.map(later)
  const changes: Change[] = []
  let after = IMPORTS
  for (const [index, { id, title, takes = STEP, fails }] of chain.entries()) {
    if (index <= known) continue
    log.push({ after, line: `${INFO} Running upgrade ${chain[index - 1]?.id ?? ''} -> ${id}, ${title}` })
    after += takes
    if (fails !== undefined) {
      const lines = [...traceback('alembic/ddl/impl.py', 'self._exec(sql, execution_options)'), ...fails]
      return { log: [...log, ...lines.map((line) => ({ after, line }))], changes, exit: { after: after + 1, code: 1 } }
    }
    changes.push({ after, sets: { revision: id } })
  }
  return { log, changes, exit: { after: after + STEP, code: 0 } }
}

function later(line: string): Line {
  return { after: IMPORTS, line }
}

function traceback(file: string, line: string): string[] {
  return [
    'Traceback (most recent call last):',
    '  File "/opt/site/bin/alembic", line 8, in <module>',
    '    sys.exit(main())',
    `  File "/opt/site/${file}", line 259, in execute`,
    `    ${line}`,
  ]
}

const LINK = '(Background on this error at: https://sqlalche.me/e/21/e3q8)'
const OPERATIONAL = 'sqlalchemy.exc.OperationalError: (psycopg.OperationalError)'

function refused(database: Exclude<Database, 'up'>, url: string): Script {
  const host = /@([^:/]+)/.exec(url)?.[1] ?? 'postgres'
  const address = /^\d+\./.test(host) ? host : '10.96.118.157'
  const failed = `${OPERATIONAL} connection failed: connection to server at "${address}", port 5432 failed:`
  const hint = '\tIs the server running on that host and accepting TCP/IP connections?'
  const words = {
    refused: [`${failed} Connection refused`, hint],
    unresolved: [`${OPERATIONAL} failed to resolve host '${host}': [Errno -2] Name or service not known`],
    'no-route': [`${failed} No route to host`, hint],
    password: [`${failed} FATAL:  password authentication failed for user "${userOf(url)}"`],
  } satisfies Record<typeof database, readonly string[]>
  const lines = [...traceback('psycopg/connection.py', 'raise last_ex.with_traceback(None)'), ...words[database], LINK]
  return { log: lines.map(later), exit: { after: IMPORTS + 1, code: 1 } }
}

function userOf(url: string): string {
  return /\/\/([^:@/]+)/.exec(url)?.[1] ?? 'reactbin'
}
