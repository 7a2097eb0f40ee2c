import { upgrade, type Database, type Revision } from './alembic.mts'
import type { Answer, Cue, Line, Part, Script } from './script.mts'
import type { Staging, StagingContext } from './staging.mts'

const USERS: Revision = { id: '0a6c41d2b7e8', title: 'Users' }
const IMAGES: Revision = { id: '3f2a9c1e5b74', title: 'Images' }
const CAPTIONS: Revision = { id: '9bc17d03f6a2', title: 'Captions; the version before does not mind the new column' }
const ADULTS: Revision = {
  id: 'c40d5e8821fb',
  title: 'A migration that was written for a column that nobody has added',
  fails: [
    'sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedColumn) column users.age does not exist',
    'LINE 1: UPDATE users SET adult = true WHERE users.age >= 18',
    '                                            ^',
    '[SQL: UPDATE users SET adult = true WHERE users.age >= 18]',
    '(Background on this error at: https://sqlalche.me/e/21/f405)',
  ],
}
const ALBUMS: Revision = { id: '51ee90b7c3d4', title: 'A migration that takes its time', takes: 20_000 }

/** What the tags of the demo's API bring (test/apps/README.md); any other tag is like abc. */
const CHAINS: Readonly<Record<string, readonly Revision[]>> = {
  abc: [USERS, IMAGES],
  abd: [USERS, IMAGES, CAPTIONS],
  bad: [USERS, IMAGES, CAPTIONS, ADULTS],
  slow: [USERS, IMAGES, CAPTIONS, ALBUMS],
}

/** What may be different from a stage on which all goes well. */
export interface ReactbinOptions {
  database?: (cue: Cue) => Database
}

/** The settings that decide what reactbin is given from outside. */
interface Chosen {
  domain: string
  bucket: string
  vault: { mount: string; apiPath: string; minioPath: string }
}

/** reactbin's programs, and what an operator has put into its two Secrets or into its two paths of Vault. */
export function reactbinStaging({ settings, namespace, secret }: StagingContext<Chosen>): Staging {
  const { domain, bucket, vault } = settings
  const root = { MINIO_ROOT_USER: 'minio-root', MINIO_ROOT_PASSWORD: secret('minio') }
  const api = {
    DATABASE_URL: `postgresql://reactbin:${secret('database')}@postgres.postgres.svc.cluster.local:5432/reactbin`,
    JWT_SECRET_KEY: secret('jwt'),
    OWNER_USERNAME: 'owner',
    OWNER_PASSWORD: secret('owner'),
    S3_ENDPOINT_URL: `http://minio.${namespace}.svc.cluster.local:9000`,
    S3_BUCKET_NAME: bucket,
    S3_ACCESS_KEY_ID: root.MINIO_ROOT_USER,
    S3_SECRET_ACCESS_KEY: root.MINIO_ROOT_PASSWORD,
    API_BASE_URL: `https://${domain}`,
  }
  return {
    parts: reactbinParts(),
    vault: { [`${vault.mount}/${vault.apiPath}`]: api, [`${vault.mount}/${vault.minioPath}`]: root },
    secrets: { 'api-env': api, 'minio-credentials': root },
  }
}

/** The programs of reactbin: the API with its migrations, the UI, MinIO, and the client that makes the bucket. */
export function reactbinParts({ database = () => 'up' }: ReactbinOptions = {}): Part[] {
  return [
    { image: /\breactbin-api:/, command: /^alembic /, plays: (cue) => migration(cue, database(cue)) },
    { image: /\breactbin-api:/, plays: (cue) => api(tagOf(cue)) },
    { image: /\breactbin-ui:/, plays: (cue) => ui(tagOf(cue)) },
    { image: /\bminio\/minio:/, container: /^mc$/, plays: (cue) => bucket(cue.env['BUCKET'] ?? 'reactbin') },
    { image: /\bminio\/minio:/, plays: MINIO },
    { image: /\bpostgres:/, plays: { startDelay: 300, stop: { takes: 300 } } },
  ]
}

function tagOf({ container }: Cue): string {
  return /:([^:@/]+)(?:@|$)/.exec(container.image ?? '')?.[1] ?? 'abc'
}

function migration(cue: Cue, database: Database): Script {
  const tag = tagOf(cue)
  if (tag === 'bare') return { refuses: 'exec: "alembic": executable file not found in $PATH' }
  if (tag === 'noconf') {
    const line = "FAILED: No 'script_location' key found in configuration."
    return { log: [{ after: 600, line }], exit: { after: 650, code: 255 } }
  }
  return upgrade(CHAINS[tag] ?? [USERS, IMAGES], cue, database)
}

function api(tag: string): Script {
  const json = 'application/json'
  const health = `{"status":"ok","build":"${tag}","revision":"{revision}"}`
  return {
    log: [
      ...lines(400, 'INFO:     Started server process [1]', 'INFO:     Waiting for application startup.'),
      ...lines(600, 'INFO:     Application startup complete.'),
      ...lines(600, 'INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)'),
    ],
    ready: { after: 600 },
    stop: { takes: 300 },
    serves: [
      { path: '/api/v1/health', exact: true, status: 200, type: json, body: health },
      { path: '/', status: 404, type: json, body: '{"detail":"Not Found"}' },
    ],
  }
}

function ui(tag: string): Script {
  const body = `<!doctype html>\n<html lang="en">\n  <head>\n    <meta charset="utf-8" />\n    <meta name="build" content="${tag}" />\n    <title>reactbin</title>\n  </head>\n  <body>\n    <h1>reactbin</h1>\n  </body>\n</html>\n`
  // Every path that is no file belongs to the application in the browser.
  const page: Answer = { path: '/', status: 200, type: 'text/html', headers: { 'cache-control': 'no-cache' }, body }
  return { ready: { after: 100 }, serves: [page] }
}

const MINIO: Script = {
  log: lines(200, 'MinIO Object Storage Server', 'API: http://10.244.0.7:9000  http://127.0.0.1:9000'),
  ready: { after: 400 },
  serves: [
    { path: '/minio/health', status: 200, body: '' },
    { path: '/', status: 403, type: 'application/xml', body: '<Error><Code>AccessDenied</Code></Error>' },
  ],
}

function bucket(name: string): Script {
  return {
    log: [
      ...lines(300, 'Added `local` successfully.'),
      ...lines(500, `Bucket created successfully \`local/${name}\`.`),
    ],
    exit: { after: 600, code: 0 },
  }
}

function lines(after: number, ...texts: string[]): Line[] {
  return texts.map((line) => ({ after, line }))
}
