import { z } from 'zod'
import { reactbinStaging } from '../rehearsal/stage/reactbin.mts'
import { bucketName, duration, hostname, objectName, quantity, vaultPath } from './fields.mts'
import { bucketJob, storageAgreements } from './parts/bucket.mts'
import { httpApp, staticWeb } from './parts/http.mts'
import { minio, s3Endpoints } from './parts/minio.mts'
import * as prove from './parts/proofs.mts'
import { site } from './parts/site.mts'
import { vaultAuth, vaultSecret } from './parts/vault.mts'
import { component, stack, type Context } from './stack.mts'

const API_KEYS = [
  'DATABASE_URL',
  'JWT_SECRET_KEY',
  'OWNER_USERNAME',
  'OWNER_PASSWORD',
  'S3_ENDPOINT_URL',
  'S3_BUCKET_NAME',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'API_BASE_URL',
]
const MINIO_KEYS = ['MINIO_ROOT_USER', 'MINIO_ROOT_PASSWORD']
const HEALTH = '/api/v1/health'
const BUCKET_JOB = 'minio-init-bucket'

const settings = z.strictObject({
  /** Host name of the site. The default is a placeholder that deploy refuses. */
  domain: hostname().default('reactbin.example.com'),
  /** Whether the Vault operator makes the Secrets api-env and minio-credentials, or they are there. */
  secrets: z.enum(['vault', 'existing']).default('vault'),
  vault: z
    .strictObject({
      /** Of Vault's Kubernetes method, and the role in it. */
      authMount: vaultPath().default('kubernetes'),
      role: z.string().min(1).default('reactbin'),
      audience: z.string().min(1).default('https://kubernetes.default.svc'),
      /** Of the kv-v2 engine, and the two paths in it. */
      mount: vaultPath().default('secret'),
      apiPath: vaultPath().default('reactbin/api/config'),
      minioPath: vaultPath().default('reactbin/minio/credentials'),
      /** How often the operator looks for new values: a number and s, m or h. */
      refreshAfter: duration().default('1h'),
    })
    .prefault({}),
  /** Whether MinIO runs in this namespace, or S3 is elsewhere. */
  objectStorage: z.enum(['bundled', 'external']).default('bundled'),
  bucket: bucketName().default('reactbin'),
  /** Whether the API uses MinIO's root keys, or a user of its own that the bucket Job makes. */
  bucketUser: z.enum(['root', 'own']).default('root'),
  tls: z
    .strictObject({
      /** Whether cert-manager issues the certificate, or the TLS Secret is there. */
      from: z.enum(['issuer', 'existing']).default('issuer'),
      issuer: objectName().default('letsencrypt-prod'),
      secretName: objectName().default('reactbin-tls'),
      /** Seconds that a first certificate may take, beside the SLO. */
      timeout: z.number().nonnegative().default(180),
    })
    .prefault({}),
  ingress: z.strictObject({ className: objectName().default('nginx') }).prefault({}),
  /** MinIO's volume; the cluster's default storage class unless named. */
  storage: z.strictObject({ className: objectName().optional(), size: quantity().default('10Gi') }).prefault({}),
})

type Settings = z.output<typeof settings>

/** An image board for one person: API with its migrations, UI, images in MinIO, PostgreSQL elsewhere, secrets in Vault. */
export default stack<Settings>({
  name: 'reactbin',
  images: { api: 'reactbin-api', ui: 'reactbin-ui', minio: 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z' },
  settings,
  slo: 120_000,
  rehearsal: { domain: 'reactbin.localhost' },
  staging: reactbinStaging,

  components: (context) => [
    component('secrets', fromVault(context)),
    component('minio', store(context), { needs: ['secrets'] }),
    component('bucket', bucket(context), { needs: ['minio'] }),
    component('api', api(context), { needs: ['secrets'] }),
    component('ui', staticWeb({ name: 'ui', image: context.image('ui') })),
    component('edge', edge(context)),
  ],

  proofs: (context) => [...siteProofs(context), ...apiProofs(), ...storeProofs(context)],

  secrets: ({ settings: { objectStorage, tls }, namespace }) => [
    { namespace, name: 'api-env', keys: API_KEYS },
    ...(objectStorage === 'bundled' ? [{ namespace, name: 'minio-credentials', keys: MINIO_KEYS }] : []),
    ...(tls.from === 'existing' ? [{ namespace, name: tls.secretName, keys: ['tls.crt', 'tls.key'] }] : []),
  ],

  agreements: ({ settings: { objectStorage, bucket, bucketUser }, namespace }) =>
    objectStorage === 'bundled'
      ? storageAgreements({
          namespace,
          name: 'minio',
          secret: 'api-env',
          root: 'minio-credentials',
          bucket,
          bucketUser,
        })
      : [],

  health: ({ settings }) => ({ host: settings.domain, path: HEALTH, revisionField: 'revision', buildField: 'build' }),
  tlsTimeout: ({ settings: { tls } }) => (tls.from === 'issuer' ? tls.timeout * 1000 : 0),
})

function api({ image }: Context<Settings>) {
  return httpApp({
    name: 'api',
    image: image('api'),
    port: 8000,
    health: HEALTH,
    uid: 1001,
    secrets: ['api-env'],
    env: { API_DOCS_ENABLED: 'false' },
    migration: { name: 'alembic-migrate', command: ['alembic', 'upgrade', 'head'], workingDir: '/app' },
    // The image is its owner's, and its user owns /app.
    writable: 'anywhere',
  })
}

function edge({ settings: { domain, ingress, tls } }: Context<Settings>) {
  const { secretName } = tls
  return site({
    name: 'reactbin',
    host: domain,
    className: ingress.className,
    tls: tls.from === 'issuer' ? { secretName, issuer: tls.issuer } : { secretName },
    routes: [
      { path: '/api/', service: 'api', port: 8000 },
      // The UI answers every path it does not know, so only the API can answer 404 here.
      { path: '/docs', exact: true, service: 'api', port: 8000 },
      // Below it lies /docs/oauth2-redirect; and Traefik, which weighs rules by length, lets `/` win over a short exact path.
      { path: '/docs/', service: 'api', port: 8000 },
      { path: '/', service: 'ui', port: 8080 },
    ],
  })
}

function fromVault({ settings: { secrets, vault, objectStorage } }: Context<Settings>) {
  const { authMount, mount, role, audience, refreshAfter, apiPath, minioPath } = vault
  const copy = { auth: 'reactbin-auth', mount, refreshAfter }
  if (secrets === 'existing') return []
  return [
    vaultAuth({ name: 'reactbin-auth', mount: authMount, role, audience }),
    vaultSecret({ ...copy, name: 'api-secret', path: apiPath, secret: 'api-env' }),
    ...(objectStorage === 'bundled'
      ? [vaultSecret({ ...copy, name: 'minio-secret', path: minioPath, secret: 'minio-credentials' })]
      : []),
  ]
}

function store({ settings: { objectStorage, storage }, image }: Context<Settings>) {
  if (objectStorage === 'external') return []
  return minio({ name: 'minio', image: image('minio'), credentials: 'minio-credentials', storage })
}

function bucket({ settings: { objectStorage, bucket, bucketUser }, image, namespace }: Context<Settings>) {
  if (objectStorage === 'external') return []
  const [endpoint] = s3Endpoints('minio', namespace)
  const user = bucketUser === 'own' ? { user: 'api-env' } : {}
  return bucketJob({
    name: BUCKET_JOB,
    bucket,
    image: image('minio'),
    endpoint,
    credentials: 'minio-credentials',
    ...user,
  })
}

function siteProofs({ settings: { domain, tls }, image, tag }: Context<Settings>) {
  return [
    prove.serves('health', domain, HEALTH, {
      app: 'api',
      image: image('api'),
      build: { field: 'build', is: tag('api') },
    }),
    prove.serves('ui', domain, '/', { app: 'ui', image: image('ui') }),
    prove.fallsBack(domain),
    prove.absent(domain, '/docs'),
    prove.redirectsToHttps(domain),
    prove.certified(domain, tls.secretName),
    prove.inDns(domain),
  ]
}

function apiProofs() {
  return [
    prove.migrated('api', 'alembic-migrate'),
    prove.fresh(prove.deployment('api')),
    ...prove.absentInside('api', 8000, ['/docs', '/redoc', '/openapi.json']),
  ]
}

function storeProofs({ settings: { objectStorage } }: Context<Settings>) {
  if (objectStorage === 'external') return []
  return [prove.unreachable('minio'), prove.jobDone(BUCKET_JOB, 'bucket'), prove.fresh(prove.statefulSet('minio'))]
}
