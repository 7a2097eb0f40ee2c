import { upgrade, type Revision } from './alembic.mts'
import type { Answer, Cue, Line, Part, Script } from './script.mts'
import type { Staging, StagingContext } from './staging.mts'

const ITEMS: Revision = { id: '2f90c4d1ab37', title: 'Items' }
const PRICES: Revision = { id: '84ed1736fc02', title: 'Prices; the version before does not mind the new column' }
const CURRENCIES: Revision = {
  id: 'd3a07e9c5518',
  title: 'A migration that was written for a column that nobody has added',
  fails: [
    'sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedColumn) column "country" does not exist',
    "LINE 1: UPDATE items SET currency = (CASE country WHEN 'CH' THEN ...",
    '(Background on this error at: https://sqlalche.me/e/21/f405)',
  ],
}

/** What the tags of the demo's API bring (test/apps/README.md); any other tag is like sha-4f1c2ab. */
const CHAINS: Readonly<Record<string, readonly Revision[]>> = {
  'sha-8d03e57': [ITEMS, PRICES],
  'sha-b61e9c4': [ITEMS, PRICES, CURRENCIES],
}

/** The settings that decide what yab is given from outside. */
interface Chosen {
  vault: { mount: string; apiPath: string; workerPath: string }
}

/** yab's programs, and what an operator has put into its Secrets or into its paths of Vault. */
export function yabStaging({ settings: { vault }, secret }: StagingContext<Chosen>): Staging {
  const values = {
    DATABASE_URL: `postgresql://yab:${secret('database')}@postgres.yab-postgres.svc.cluster.local:5432/yab`,
    REDIS_URL: `redis://:${secret('redis')}@redis.yab-redis.svc.cluster.local:6379/0`,
  }
  return {
    parts: PARTS,
    vault: { [`${vault.mount}/${vault.apiPath}`]: values, [`${vault.mount}/${vault.workerPath}`]: values },
    secrets: { 'api-env': values, 'worker-env': values },
  }
}

const PARTS: readonly Part[] = [
  { container: /^yab-migrations$/, plays: (cue) => upgrade(CHAINS[tagOf(cue)] ?? [ITEMS], cue, 'up') },
  { container: /^yab-api$/, plays: (cue) => api(tagOf(cue)) },
  { container: /^yab-worker$/, plays: { log: lines(300, 'waiting for jobs'), stop: { takes: 200 } } },
  { container: /^yab-(web|admin)$/, plays: (cue) => page(tagOf(cue)) },
]

function tagOf({ container }: Cue): string {
  return /:([^:@/]+)(?:@|$)/.exec(container.image ?? '')?.[1] ?? 'sha-4f1c2ab'
}

function api(tag: string): Script {
  const type = 'application/json'
  const health = `{"status":"ok","build":"${tag}","database":"ok","revision":"{revision}"}`
  return {
    log: [
      ...lines(300, '[1] [INFO] Starting gunicorn', '[1] [INFO] Listening at: http://0.0.0.0:8000 (1)'),
      ...lines(600, '[7] [INFO] Booting worker with pid: 7', '[7] [INFO] Application startup complete.'),
    ],
    ready: { after: 600 },
    stop: { takes: 300 },
    serves: [
      { path: '/health/', exact: true, status: 200, type, body: health },
      { path: '/metrics', exact: true, status: 200, type: 'text/plain', body: 'http_requests_total 1\n' },
      { path: '/', status: 404, type, body: '{"detail":"Not Found"}' },
    ],
  }
}

function page(tag: string): Script {
  const body = `<!doctype html>\n<html lang="en">\n  <head>\n    <meta name="build" content="${tag}" />\n    <title>yab</title>\n  </head>\n  <body></body>\n</html>\n`
  // Every path that is no file belongs to the application in the browser.
  const index: Answer = { path: '/', status: 200, type: 'text/html', headers: { 'cache-control': 'no-cache' }, body }
  const health: Answer = { path: '/health', exact: true, status: 200, type: 'text/plain', body: 'ok\n' }
  return { ready: { after: 100 }, stop: { takes: 200 }, serves: [index, health] }
}

function lines(after: number, ...texts: string[]): Line[] {
  return texts.map((line) => ({ after, line }))
}
