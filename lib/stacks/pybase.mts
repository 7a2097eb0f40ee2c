import { access } from './pybase/access.mts'
import { api, extractionWorker, frontend, MIGRATION, searchWorker } from './pybase/apps.mts'
import { config, SECRET, secretKeys } from './pybase/config.mts'
import { bucket, BUCKET_JOB, database, queue, search, store } from './pybase/data.mts'
import { certificateOf, edge } from './pybase/edge.mts'
import { openings, policies } from './pybase/network.mts'
import { secretObjects } from './pybase/secrets.mts'
import { elsewhere, settings, type Service, type Settings } from './pybase/settings.mts'
import { pybaseStaging } from '../rehearsal/stage/pybase.mts'
import * as prove from './parts/proofs.mts'
import { component, stack, type Context } from './stack.mts'

const HEALTH = '/api/v1/health'

/** A knowledge base of documents: an API, two kinds of workers, a frontend, and four data services, here or elsewhere. */
export default stack<Settings>({
  name: 'pybase',
  images: {
    api: 'pybase-api',
    'extraction-worker': 'pybase-api',
    'search-worker': 'pybase-api',
    frontend: 'pybase-frontend',
    postgres: 'postgres:16-alpine',
    redis: 'redis:7-alpine',
    minio: 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z',
    // Another minor version cannot read this one's index: docs/backup.md tells how it is carried over.
    meilisearch: 'getmeili/meilisearch:v1.6.2',
  },
  settings,
  slo: 120_000,
  environments: {
    development: {
      secrets: 'environment',
      tls: { issuer: 'letsencrypt-staging' },
      ...Object.fromEntries(
        ['api', 'extractionWorker', 'searchWorker', 'frontend'].map((app) => [
          app,
          { replicaCount: 1, autoscaling: { enabled: false } },
        ]),
      ),
    },
    production: {},
  },
  rehearsal: { domain: 'pybase.localhost' },
  staging: pybaseStaging,

  components: (context) => [
    component('access', access(context)),
    component('policies', policies(context)),
    component('config', config(context)),
    component('secrets', secretObjects(context)),
    component('postgres', database(context), { needs: ['policies', 'secrets'] }),
    component('redis', queue(context), { needs: ['policies', 'secrets'] }),
    component('minio', store(context), { needs: ['policies', 'secrets'] }),
    component('meilisearch', search(context), { needs: ['policies', 'secrets'] }),
    component('bucket', bucket(context), { needs: ['minio'] }),
    component('api', api(context), { needs: ['access', 'policies', 'config', 'secrets', 'postgres', 'redis'] }),
    // A worker of the new build must not meet the old schema: the API's pods migrate it.
    component('extraction-worker', extractionWorker(context), { needs: ['api', 'bucket'] }),
    component('search-worker', searchWorker(context), { needs: ['api', 'meilisearch'] }),
    component('frontend', frontend(context), { needs: ['access', 'policies'] }),
    component('edge', edge(context.settings)),
  ],

  proofs: (context) => [...siteProofs(context), ...appProofs(), ...dataProofs(context)],

  secrets: ({ settings: said, namespace }) => [
    { namespace, name: SECRET, keys: secretKeys(said) },
    ...(certificateOf(said) === 'existing'
      ? [{ namespace, name: said.tls.secretName, keys: ['tls.crt', 'tls.key'] }]
      : []),
  ],

  advice: ({ settings: said }) => openings(said),
  health: ({ settings: said }) => ({ host: said.domain, path: HEALTH, revisionField: 'revision', buildField: 'build' }),
  tlsTimeout: ({ settings: said }) => (certificateOf(said) === 'issuer' ? said.tls.timeout * 1000 : 0),
})

function siteProofs({ settings: said, image, tag }: Context<Settings>) {
  const { domain, tls } = said
  return [
    prove.serves('health', domain, HEALTH, {
      app: 'api',
      image: image('api'),
      build: { field: 'build', is: tag('api') },
    }),
    prove.serves('frontend', domain, '/', { app: 'frontend', image: image('frontend') }),
    prove.fallsBack(domain),
    prove.redirectsToHttps(domain),
    ...(certificateOf(said) === 'platform' ? [] : [prove.certified(domain, tls.secretName)]),
    prove.inDns(domain),
  ]
}

function appProofs() {
  const apps = ['api', 'extraction-worker', 'search-worker', 'frontend']
  return [prove.migrated('api', MIGRATION), ...apps.map((app) => prove.fresh(prove.deployment(app)))]
}

const PODS = [
  ['postgresql', 'postgres', prove.statefulSet],
  ['redis', 'redis', prove.deployment],
  ['minio', 'minio', prove.statefulSet],
  ['meilisearch', 'meilisearch', prove.deployment],
] as const satisfies readonly (readonly [Service, string, unknown])[]

function dataProofs({ settings: said }: Context<Settings>) {
  const here = PODS.filter(([service]) => elsewhere(said, service) === undefined)
  return [
    ...here.flatMap(([, name, workload]) => [prove.unreachable(name), prove.fresh(workload(name))]),
    ...(elsewhere(said, 'minio') === undefined ? [prove.jobDone(BUCKET_JOB, 'bucket')] : []),
  ]
}
