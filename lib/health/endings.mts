import type { Patience, Rule } from './cause.mts'

const NOW: Patience = { exits: 1 }
const SECOND: Patience = { exits: 2 }

const DATABASE_REFUSES = anyOf(
  /password authentication failed|no password supplied|no pg_hba\.conf entry|InvalidPassword/,
  /(role|database) "[^"]*" does not exist|InvalidCatalogName|Unknown database|Access denied for user/,
  /Could not parse .*(URL|rfc1738)|does not support SSL|SSL (is )?required/,
)

const NO_ANSWER = anyOf(
  /connection refused|connect call failed|\bECONNREFUSED\b|connection reset|\bECONNRESET\b/,
  /could not translate host|failed to resolve host|no such host|name or service not known|name resolution/,
  /nodename nor servname|getaddrinfo|\bENOTFOUND\b|\bEAI_AGAIN\b|server misbehaving/,
  /timed out|timeout expired|i\/o timeout|^TimeoutError|\bETIMEDOUT\b/,
  /no route to host|network is unreachable|host is unreachable|\bEHOSTUNREACH\b/,
)

const DATABASE_AWAY = anyOf(
  NO_ANSWER,
  /the database system is|CannotConnectNow|AdminShutdown|server closed the connection|ConnectionFailure/,
  /TooManyConnections|too many clients|remaining connection slots/,
)

const SERVICE_AWAY = anyOf(
  NO_ANSWER,
  /the database system is|host not found in upstream|service unavailable|\b503\b|unreachable|\btimeout\b/,
)

const CONTENTION = anyOf(
  /alembic_version.*(duplicate|unique)|(duplicate|unique).*alembic_version/,
  /LockNotAvailable|DeadlockDetected|deadlock detected|SerializationFailure|database is locked/,
  /QueryCanceled|canceling statement/,
)

const SQL_ERROR =
  /(Programming|Integrity|Data|Internal|NotSupported)Error\b|psycopg2?\.errors\.\w+|asyncpg\.exceptions\.\w+|sqlite3\.OperationalError|alembic\.util\.exc\.CommandError|^FAILED: |^ERROR:  |Multiple head revisions/

const NO_MIGRATION = anyOf(
  /alembic: (command )?not found|executable file not found|exec: .*no such file|No module named '?alembic/,
  /No config file '|No 'script_location'|Can't locate revision|can't open file|Cannot find module/,
)

const CANNOT_START =
  /exec format error|executable file not found|exec:? .*(no such file or directory|permission denied)|(no such file or directory|permission denied|is a directory): unknown/i

const PROGRAM_ERROR = anyOf(
  /^\w*(ModuleNotFound|Import|Syntax|Indentation|Name|Attribute|Type|Key|Reference|FileNotFound|Permission|Validation)Error\b/,
  /validation errors? for|Cannot find module|NoClassDefFound|ClassNotFound|UnsupportedClassVersion|panic: runtime error/,
  /permission denied|read-only file system|\bEACCES\b|\bEROFS\b|address already in use|password authentication failed/,
  /nginx: \[emerg\]|unknown (flag|option|command)|unrecognized (option|argument)|invalid option/,
  /(environment|env var).*(not set|missing|required|undefined)|(missing|required|undefined).*\benvironment\b/,
)

function anyOf(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), 'i')
}

/** How the kubelet itself says that a container ended: stronger than any word in its log. */
export const ENDED_BY: readonly Rule[] = [
  { reason: /^OOMKilled$/, code: 'out-of-memory', patience: SECOND, next: 'memory' },
  {
    reason: /^(ContainerStatusUnknown|Evicted|Preempt|NodeShutdown|NodeLost)/,
    code: 'crash-loop',
    patience: 'heals',
    next: 'describe',
  },
]

/**
 * The last words of a container that ended, read from the bottom line up; of the rows that fit a line the first wins.
 *
 * A database that answers "no" (password, role, database name) answers the same to every retry until a person changes
 * something: it is `migration-failed` at the first exit and never `database-unreachable`. One that does not answer may
 * come up: Kubernetes retries, the clock decides (RB-20). Two migrations at once contend for a lock or for
 * alembic_version, and the retry finds the work done: one more exit is granted.
 */
export const LAST_WORDS: readonly Rule[] = [
  { roles: ['migration'], words: NO_MIGRATION, code: 'migration-missing', patience: NOW, next: 'noMigration' },
  { roles: ['migration'], words: DATABASE_REFUSES, code: 'migration-failed', patience: NOW, next: 'databaseRefuses' },
  { roles: ['migration'], words: CONTENTION, code: 'migration-failed', patience: SECOND, next: 'migration' },
  { roles: ['migration'], words: DATABASE_AWAY, code: 'database-unreachable', patience: 'heals', next: 'databaseAway' },
  { roles: ['migration'], words: SQL_ERROR, code: 'migration-failed', patience: NOW, next: 'migration' },
  { roles: ['migration'], words: PROGRAM_ERROR, code: 'migration-failed', patience: NOW, next: 'migration' },
  { roles: ['main', 'init'], words: CANNOT_START, code: 'cannot-run', patience: NOW, next: 'command' },
  { roles: ['main', 'init'], words: SERVICE_AWAY, code: 'crash-loop', patience: 'heals', next: 'dependency' },
  { roles: ['main', 'init'], words: PROGRAM_ERROR, code: 'crash-loop', patience: SECOND, next: 'logs' },
]

/**
 * A container that ended without a word that we know; reason here is the kubelet's reason and the exit code.
 *
 * Why a main container gets four exits: its restarts come after 0, 10, 20, 40 s (recorded: exits at 1, 2, 15 and 43 s),
 * so a program that waits for something by crashing (three times, then healthy) is up after 43 s, and a rule of two
 * would fail a deploy that heals. The price is that a silent crash loop is named after 43 s instead of 2. Two exits are
 * enough where the container or the kubelet says something that no restart changes: a missing module, a refused option,
 * out of memory, a probe that killed it twice. Two equal messages are no such sign: "not ready yet" is said as often.
 */
export const ENDED_OTHERWISE: readonly Rule[] = [
  { roles: ['migration'], reason: /^\w+ 12[67]$/, code: 'migration-missing', patience: NOW, next: 'noMigration' },
  { roles: ['migration'], reason: /^StartError/, code: 'migration-missing', patience: SECOND, next: 'noMigration' },
  { roles: ['migration'], code: 'migration-failed', patience: SECOND, next: 'migration' },
  { reason: /^\w+ 12[67]$/, code: 'cannot-run', patience: NOW, next: 'command' },
  { reason: /^(StartError|ContainerCannotRun)/, code: 'cannot-run', patience: { exits: 3 }, next: 'command' },
  { code: 'crash-loop', patience: { exits: 4 }, next: 'logs' },
]
