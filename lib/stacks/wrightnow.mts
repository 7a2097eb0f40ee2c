import { wrightnowStaging } from '../rehearsal/stage/wrightnow.mts'
import { authentik, AUTHENTIK_PORTS, needsRedis } from './parts/authentik.mts'
import { configMap } from './parts/config.mts'
import { postgres } from './parts/postgres.mts'
import * as prove from './parts/proofs.mts'
import { redis } from './parts/redis.mts'
import { site } from './parts/site.mts'
import { patch } from './patch.mts'
import { component, stack, type Context } from './stack.mts'
import { wrightnowNamespaces } from './wrightnow/namespaces.mts'
import { AUTHENTIK_DATABASE, SECRETS, wrightnowSecrets } from './wrightnow/secrets.mts'
import { settings, type Settings } from './wrightnow/settings.mts'

const AUTH = '/auth/'
const AUTH_API = `${AUTH}api/v3/root/config/`

const LARGE = { requests: { cpu: '250m', memory: '256Mi' }, limits: { cpu: '500m', memory: '512Mi' } }
const SMALL = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '250m', memory: '256Mi' } }

/** What WrightNow's services stand on: PostgreSQL with vectors, Redis, authentik, and namespaces for those to come. */
export default stack<Settings>({
  name: 'wrightnow',
  namespace: 'staging-infra',
  images: {
    postgres: 'pgvector/pgvector:pg15',
    redis: 'redis:7-alpine',
    authentik: 'ghcr.io/goauthentik/server:2026.8.2',
    authentikPostgres: 'postgres:15-alpine',
  },
  settings,
  slo: 300_000,
  environments: {
    local: { host: 'localhost', tls: { from: 'none' } },
    staging: {},
    production: { stage: 'production', namespace: 'production-infra' },
  },
  rehearsal: { host: 'localhost' },
  staging: wrightnowStaging,

  components: (context) => [
    component('namespace', wrightnowNamespaces(context.namespace, context.settings.stage)),
    component('secrets', wrightnowSecrets(context.settings)),
    component('postgres', vectors(context), { needs: ['secrets'] }),
    component('redis', cache(context)),
    component('authentik-postgres', authentikDatabase(context), { needs: ['secrets'] }),
    component('authentik-redis', authentikCache(context)),
    component('authentik', identity(context), { needs: ['secrets', 'authentik-postgres', 'authentik-redis'] }),
    component('edge', edge(context)),
  ],

  proofs: (context) => [...storeProofs(context), ...authentikProofs(context)],

  secrets: ({ namespace, settings: { tls } }) => [
    ...Object.entries(SECRETS).map(([name, keys]) => ({ namespace, name, keys })),
    ...(tls.from === 'existing' ? [{ namespace, name: tls.secretName, keys: ['tls.crt', 'tls.key'] }] : []),
  ],

  health: ({ settings: { host, tls } }) => ({ ...schemeOf(tls), host, path: AUTH_API }),
  tlsTimeout: ({ settings: { tls } }) => (tls.from === 'issuer' ? tls.timeout * 1000 : 0),
})

// Init scripts run once, on a new volume: where one fails, the next start is a healthy server without its extension.
const HAS_VECTORS = `answer=$(pg_isready -U postgres -h 127.0.0.1) || { echo "$answer"; exit 1; }
asked="SELECT extname FROM pg_extension WHERE extname = 'vector'"
found=$(psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -tAc "$asked") || exit 1
[ "$found" = vector ] || { echo "database $POSTGRES_DB has no extension vector"; exit 1; }`

function vectors({ image, settings }: Context<Settings>) {
  const [name, init] = ['postgres', 'postgres-init']
  const { storage } = settings.postgres
  const objects = postgres({
    name,
    image: image('postgres'),
    secret: 'postgres-secrets',
    user: 'postgres',
    storage,
    init,
    resources: LARGE,
  })
  const startupProbe = { exec: { command: ['sh', '-c', HAS_VECTORS] }, timeoutSeconds: 5 }
  return [
    configMap(init, { '10-extensions.sql': 'CREATE EXTENSION IF NOT EXISTS vector;\n' }),
    ...patch(objects, 'StatefulSet/postgres', {
      spec: { template: { spec: { containers: [{ name, startupProbe }] } } },
    }),
  ]
}

function cache({ image, settings }: Context<Settings>) {
  return redis({ name: 'redis', image: image('redis'), storage: settings.redis.storage, resources: SMALL })
}

function authentikDatabase({ image, settings }: Context<Settings>) {
  return postgres({
    name: 'authentik-postgres',
    image: image('authentikPostgres'),
    secret: 'authentik-secrets',
    keys: AUTHENTIK_DATABASE,
    user: 'authentik',
    storage: settings.authentik.database,
    resources: LARGE,
  })
}

function authentikCache({ image, settings }: Context<Settings>) {
  if (!needsRedis(image('authentik'))) return []
  const args = ['--save', '60', '1', '--loglevel', 'warning']
  const storage = settings.authentik.redis
  return redis({ name: 'authentik-redis', image: image('redis'), storage, args, resources: SMALL })
}

function identity({ image, settings }: Context<Settings>) {
  return authentik({
    name: 'authentik',
    image: image('authentik'),
    secret: 'authentik-secrets',
    database: 'authentik-postgres',
    redis: 'authentik-redis',
    path: AUTH,
    media: settings.authentik.media,
    resources: { server: LARGE, worker: SMALL },
  })
}

function edge({ settings: { host, ingress, tls } }: Context<Settings>) {
  const { from, secretName, issuer } = tls
  return site({
    name: 'authentik',
    host,
    className: ingress.className,
    tls: from === 'none' ? 'none' : { secretName, ...(from === 'issuer' && { issuer }) },
    routes: [{ path: AUTH, service: 'authentik-server', port: AUTHENTIK_PORTS.http }],
  })
}

function storeProofs({ image }: Context<Settings>) {
  const stores = [prove.statefulSet('postgres'), prove.deployment('redis'), prove.statefulSet('authentik-postgres')]
  const images = [image('postgres'), image('redis'), image('authentikPostgres')]
  return stores.flatMap((store, at) => [
    prove.answers(store, images[at] ?? ''),
    prove.unreachable(store.name),
    prove.fresh(store),
  ])
}

function authentikProofs({ image, settings: { host, tls } }: Context<Settings>) {
  const serving = { app: 'authentik-server', image: image('authentik'), ...schemeOf(tls) }
  const secure = [prove.redirectsToHttps(host, AUTH), prove.certified(host, tls.secretName), prove.inDns(host)]
  return [
    prove.serves('authentik', host, AUTH_API, serving),
    // To the page where one logs in, whichever that is.
    { ...prove.serves('authentik ui', host, AUTH, serving), status: 302 },
    prove.fresh(prove.deployment('authentik-server')),
    prove.fresh(prove.deployment('authentik-worker')),
    ...(tls.from === 'none' ? [] : secure),
  ]
}

function schemeOf({ from }: Settings['tls']): { scheme?: 'http' } {
  return from === 'none' ? { scheme: 'http' } : {}
}
