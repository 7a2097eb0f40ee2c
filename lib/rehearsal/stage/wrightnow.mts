import type { Cue, Line, Part, Script } from './script.mts'
import type { Staging, StagingContext } from './staging.mts'

/** The settings that decide what wrightnow is given from outside. */
interface Chosen {
  vault: { mount: string; path: string }
}

const DATABASE = 'authentik version'

/** wrightnow's programs, and what an operator has put into its two Secrets or into its two paths of Vault. */
export function wrightnowStaging({ settings: { vault }, secret }: StagingContext<Chosen>): Staging {
  const postgres = { POSTGRES_DB: 'wrightnow', POSTGRES_USER: 'wrightnow', POSTGRES_PASSWORD: secret('postgres') }
  const authentik = {
    AUTHENTIK_SECRET_KEY: secret('authentik'),
    AUTHENTIK_POSTGRESQL__NAME: 'authentik',
    AUTHENTIK_POSTGRESQL__USER: 'authentik',
    AUTHENTIK_POSTGRESQL__PASSWORD: secret('authentik-postgres'),
  }
  return {
    parts: PARTS,
    vault: {
      [`${vault.mount}/${vault.path}/postgres`]: postgres,
      [`${vault.mount}/${vault.path}/authentik`]: authentik,
    },
    secrets: { 'postgres-secrets': postgres, 'authentik-secrets': authentik },
  }
}

const POSTGRES: Script = {
  startDelay: 200,
  log: lines(
    900,
    'PostgreSQL init process complete; ready for start up.',
    'database system is ready to accept connections',
  ),
  ready: { after: 1_000 },
  stop: { takes: 300 },
}

const REDIS: Script = {
  log: lines(100, 'Ready to accept connections tcp'),
  ready: { after: 100 },
  stop: { takes: 100 },
}

const PARTS: readonly Part[] = [
  { image: /\bgoauthentik\/server:/, command: /\bworker$/, plays: (cue) => begins(cue, { ready: { after: 4_000 } }) },
  { image: /\bgoauthentik\/server:/, plays: (cue) => begins(cue, server()) },
  { image: /\b(pgvector|postgres):/, plays: POSTGRES },
  { image: /\bredis:/, plays: REDIS },
]

/** Its first start migrates the database; a version older than the one that did has to give up. */
function begins({ container, state }: Cue, well: Script): Script {
  const version = /:([^:@/]+)(?:@|$)/.exec(container.image ?? '')?.[1] ?? ''
  const newest = state.get(DATABASE)
  if (newest !== undefined && isOlder(version, newest)) {
    const says = `cannot start ${version}: ${newest} has migrated this database`
    return { log: [{ after: 1_500, line: told(says, 'error') }], exit: { after: 1_600, code: 1 } }
  }
  return {
    log: [
      { after: 500, line: told('PostgreSQL connection successful') },
      { after: 800, line: told(`applying migrations to ${version}`) },
    ],
    changes: [{ after: 2_500, sets: { [DATABASE]: version } }],
    stop: { takes: 500 },
    ...well,
  }
}

function isOlder(one: string, other: string): boolean {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number))
  const at = a?.findIndex((part, index) => part !== b?.[index]) ?? -1
  return at !== -1 && (a?.[at] ?? 0) < (b?.[at] ?? 0)
}

function server(): Script {
  const json = 'application/json'
  return {
    ready: { after: 4_000 },
    serves: [
      {
        path: '/auth/',
        exact: true,
        status: 302,
        headers: { location: '/auth/if/flow/default-authentication-flow/' },
        body: '',
      },
      { path: '/auth/-/health', status: 200, body: '' },
      { path: '/auth/api/v3/root/config/', status: 200, type: json, body: '{"error_reporting":{"enabled":false}}' },
      { path: '/auth/if', status: 200, type: 'text/html', body: '<!doctype html>\n<title>authentik</title>\n' },
      { path: '/', status: 404, type: 'text/html', body: '<!doctype html>\n<title>Not Found</title>\n' },
    ],
  }
}

function told(event: string, level = 'info'): string {
  return JSON.stringify({ event, level, logger: 'authentik' })
}

function lines(after: number, ...texts: string[]): Line[] {
  return texts.map((line) => ({ after, line }))
}
