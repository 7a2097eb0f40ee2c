import { upgrade, type Revision } from './alembic.mts'
import type { Answer, Cue, Line, Part, Script } from './script.mts'
import type { Staging, StagingContext } from './staging.mts'

const DOCUMENTS: Revision = { id: '1b7e4f20c9a3', title: 'Documents' }
const TITLES: Revision = { id: '6d02ab9517ef', title: 'Titles; the version before does not mind the new column' }
const AUTHORS: Revision = {
  id: 'c8845e3d0b61',
  title: 'A migration that was written for a table that nobody has made',
  fails: [
    'sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedTable) relation "authors" does not exist',
    'LINE 1: UPDATE documents SET author = (SELECT id FROM authors LIMIT 1)',
    '(Background on this error at: https://sqlalche.me/e/21/f405)',
  ],
}

/** What the tags of the demo's API bring (test/apps/README.md); any other tag is like 1.4.0. */
const CHAINS: Readonly<Record<string, readonly Revision[]>> = {
  '1.5.0': [DOCUMENTS, TITLES],
  '1.6.0': [DOCUMENTS, TITLES, AUTHORS],
  '1.7.0': [DOCUMENTS, TITLES],
}

/** Whose workers look for Redis where it is not. */
const ASTRAY = '1.7.0'

/** The settings that decide what PyBase is given from outside. */
interface Chosen {
  vault: { mount: string; path: string }
}

/** PyBase's programs, and what an operator has put into its Secret or into its path of Vault. */
export function pybaseStaging({ settings: { vault }, secret }: StagingContext<Chosen>): Staging {
  const values = {
    SECRET_KEY: secret('sessions'),
    POSTGRES_PASSWORD: secret('database'),
    REDIS_PASSWORD: secret('redis'),
    MINIO_ROOT_USER: 'pybase-store',
    MINIO_ROOT_PASSWORD: secret('minio'),
    S3_ACCESS_KEY: 'pybase-store',
    S3_SECRET_KEY: secret('minio'),
    MEILI_MASTER_KEY: secret('search'),
    MEILISEARCH_API_KEY: secret('search'),
  }
  return { parts: PARTS, vault: { [`${vault.mount}/${vault.path}`]: values }, secrets: { 'pybase-secrets': values } }
}

const MINIO: Script = {
  log: lines(200, 'MinIO Object Storage Server', 'API: http://10.244.0.7:9000  http://127.0.0.1:9000'),
  ready: { after: 400 },
  stop: { takes: 200 },
}

const PARTS: readonly Part[] = [
  { container: /^alembic-migrate$/, plays: (cue) => upgrade(chainOf(cue), cue, 'up') },
  { container: /^api$/, plays: (cue) => api(tagOf(cue)) },
  { container: /-worker$/, plays: (cue) => worker(cue) },
  { container: /^frontend$/, plays: (cue) => page(tagOf(cue)) },
  { container: /^mc$/, plays: (cue) => bucket(cue.env['BUCKET'] ?? 'pybase') },
  { container: /^minio$/, plays: MINIO },
  { container: /^(postgres|redis|meilisearch)$/, plays: { ready: { after: 300 }, stop: { takes: 200 } } },
]

function tagOf({ container }: Cue): string {
  return /:([^:@/]+)(?:@|$)/.exec(container.image ?? '')?.[1] ?? '1.4.0'
}

function chainOf(cue: Cue): readonly Revision[] {
  return CHAINS[tagOf(cue)] ?? [DOCUMENTS]
}

function api(tag: string): Script {
  const type = 'application/json'
  const health = `{"status":"ok","build":"${tag}","revision":"{revision}","redis":"ok","search":"ok"}`
  const said = (path: string, body: string): Answer => ({ path, exact: true, status: 200, type, body })
  return {
    log: [
      ...lines(400, 'INFO:     Started server process [1]', 'INFO:     Waiting for application startup.'),
      ...lines(600, 'INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)'),
    ],
    ready: { after: 600 },
    stop: { takes: 300 },
    serves: [
      said('/health', `{"status":"ok","build":"${tag}"}`),
      said('/health/ready', health),
      said('/api/v1/health', health),
      { path: '/', status: 404, type, body: '{"detail":"Not Found"}' },
    ],
  }
}

function worker(cue: Cue): Script {
  const broker = cue.env['CELERY_BROKER_URL'] ?? ''
  const start = lines(500, ` -------------- celery@${cue.pod.metadata.name} v5.5.3 (immunity)`)
  if (tagOf(cue) === ASTRAY) {
    const says = '[ERROR/MainProcess] consumer: Cannot connect to redis://localhost:6379/0: Error 111 connecting to '
    return { log: [...start, ...lines(600, `${says}localhost:6379. Connection refused..`)], ready: { after: 'never' } }
  }
  return {
    log: [...start, ...lines(700, `[INFO/MainProcess] Connected to ${broker}`, '[INFO/MainProcess] ready.')],
    ready: { after: 800 },
    stop: { takes: 300 },
  }
}

function page(tag: string): Script {
  const body = `<!doctype html>\n<html lang="en">\n  <head>\n    <meta name="build" content="${tag}" />\n    <title>PyBase</title>\n  </head>\n  <body></body>\n</html>\n`
  // Every path that is no file belongs to the application in the browser.
  const index: Answer = { path: '/', status: 200, type: 'text/html', headers: { 'cache-control': 'no-cache' }, body }
  const health: Answer = { path: '/health', exact: true, status: 200, type: 'text/plain', body: 'ok\n' }
  return { ready: { after: 100 }, stop: { takes: 200 }, serves: [index, health] }
}

function bucket(name: string): Script {
  return {
    log: lines(500, 'Added `local` successfully.', `Bucket created successfully \`local/${name}\`.`),
    exit: { after: 600, code: 0 },
  }
}

function lines(after: number, ...texts: string[]): Line[] {
  return texts.map((line) => ({ after, line }))
}
