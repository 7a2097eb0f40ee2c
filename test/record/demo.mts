import type { KubeObject } from '../../lib/kube/object.mts'
import { deployment, made, pod } from './made.mts'
import type { Story } from './story.mts'
import * as when from './watchfor.mts'

// The demo's own images (test/apps): what a real Alembic, psycopg and PostgreSQL say.

const ENV = [
  'JWT_SECRET_KEY',
  'OWNER_USERNAME',
  'OWNER_PASSWORD',
  'S3_ENDPOINT_URL',
  'S3_BUCKET_NAME',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'API_BASE_URL',
]

const PASSWORD = 'recorded'

function env(database: string): KubeObject {
  const others = Object.fromEntries(ENV.map((name) => [name, 'recorded']))
  return made('Secret', 'api-env', {
    stringData: { ...others, DATABASE_URL: `postgresql://app:${PASSWORD}@${database}/app` },
  })
}

const DATABASE: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'postgres' },
    spec: { selector: { app: 'postgres' }, ports: [{ port: 5432 }] },
  } as KubeObject,
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'postgres' },
    spec: {
      selector: { matchLabels: { app: 'postgres' } },
      template: {
        metadata: { labels: { app: 'postgres' } },
        spec: {
          securityContext: { runAsUser: 999, runAsGroup: 999, fsGroup: 999 },
          containers: [
            {
              name: 'postgres',
              image: 'postgres:15',
              env: [
                { name: 'POSTGRES_USER', value: 'app' },
                { name: 'POSTGRES_PASSWORD', value: PASSWORD },
                { name: 'POSTGRES_DB', value: 'app' },
                { name: 'PGDATA', value: '/data/pg' },
              ],
              volumeMounts: [
                { name: 'data', mountPath: '/data' },
                { name: 'tmp', mountPath: '/tmp' },
                { name: 'run', mountPath: '/var/run/postgresql' },
              ],
            },
          ],
          volumes: ['data', 'tmp', 'run'].map((name) => ({ name, emptyDir: {} })),
        },
      },
    },
  } as KubeObject,
]

function api(tag: string): KubeObject {
  const image = `reactbin-api:${tag}`
  const envFrom = [{ secretRef: { name: 'api-env' } }]
  const terminationMessagePolicy = 'FallbackToLogsOnError' as const
  const migrate = {
    name: 'alembic-migrate',
    image,
    command: ['alembic', 'upgrade', 'head'],
    workingDir: '/app',
    envFrom,
    terminationMessagePolicy,
  }
  const readinessProbe = { httpGet: { path: '/api/v1/health', port: 8000 }, periodSeconds: 1 }
  const main = { name: 'api', image, envFrom, terminationMessagePolicy, readinessProbe }
  return deployment(pod(main, { securityContext: { runAsUser: 1001 }, initContainers: [migrate] }))
}

const exited = { name: 'first-exit', when: when.terminated(/Error/) }

/** The demo's api against a database that is there, is not, or says no. */
export const DEMO = {
  'demo-bad-migration': {
    before: [env('postgres'), ...DATABASE],
    subject: api('bad'),
    moments: [
      { name: 'database-starting', when: when.terminated(/Error/) },
      { name: 'sql-error', when: when.endedSaying(/ProgrammingError/) },
    ],
  },
  'demo-slow-migration': {
    before: [env('postgres'), ...DATABASE],
    subject: api('slow'),
    moments: [
      { name: 'migrating', when: when.lasting(when.running('alembic-migrate'), 8) },
      { name: 'ready', when: when.available(1, 1) },
    ],
  },
  'demo-no-such-host': { before: [env('nowhere')], subject: api('abc'), moments: [exited] },
  'demo-database-down': {
    before: [env('postgres'), ...DATABASE.slice(0, 1)],
    subject: api('abc'),
    moments: [exited, { name: 'back-off', when: when.terminated(/Error/, 1) }],
  },
  'demo-no-route': { before: [env('10.244.0.250')], subject: api('abc'), moments: [exited] },
  'demo-no-alembic': {
    before: [env('postgres')],
    subject: api('bare'),
    moments: [{ name: 'first-start', when: when.waiting(/RunContainerError|CrashLoop/) }],
  },
  'demo-no-config': { before: [env('postgres')], subject: api('noconf'), moments: [exited] },
} satisfies Record<string, Story>
