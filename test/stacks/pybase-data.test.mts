import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ELSEWHERE, pybaseWith } from './pybase.mts'
import { find, namesOf, objectsOf } from './rendered.mts'

const desired = pybaseWith()

/** Every variable of a container that is a literal or a ConfigMap's, as the app sees it. */
function told(said: ReturnType<typeof pybaseWith>, app: 'api' | 'extraction-worker'): Record<string, string> {
  const [container] = find(said, `Deployment/${app}`).spec?.template.spec?.containers ?? []
  const literals = (container?.env ?? []).map(({ name, value, valueFrom }): [string, string] => [
    name,
    value ?? `key ${valueFrom?.secretKeyRef?.key}`,
  ])
  return { ...find(said, 'ConfigMap/pybase-config').data, ...Object.fromEntries(literals) }
}

suite('pybase data services', () => {
  test('PB-04 each of the four runs here with its image, its volume and its question', () => {
    const [postgres] = find(desired, 'StatefulSet/postgres').spec?.template.spec?.containers ?? []
    assert.equal(postgres?.image, 'postgres:16-alpine')
    assert.match(postgres?.readinessProbe?.exec?.command?.join(' ') ?? '', /^pg_isready /)
    const [redis] = find(desired, 'Deployment/redis').spec?.template.spec?.containers ?? []
    assert.equal(redis?.image, 'redis:7-alpine')
    assert.match(redis?.readinessProbe?.exec?.command?.join(' ') ?? '', /redis-cli ping/)
    const [minio] = find(desired, 'StatefulSet/minio').spec?.template.spec?.containers ?? []
    assert.deepEqual(minio?.ports, [
      { name: 's3', containerPort: 9000 },
      { name: 'console', containerPort: 9001 },
    ])
    const [search] = find(desired, 'Deployment/meilisearch').spec?.template.spec?.containers ?? []
    assert.match(search?.image ?? '', /^getmeili\/meilisearch:v1\.6\./)
    assert.equal(search?.readinessProbe?.httpGet?.path, '/health')
  })

  test('PB-04 what writes alone to a volume goes before its successor comes', () => {
    for (const name of ['redis', 'meilisearch'])
      assert.deepEqual(find(desired, `Deployment/${name}`).spec?.strategy, { type: 'Recreate' })
  })

  test('PB-04 the bucket Job makes the bucket that the apps are told of', () => {
    const [job] = find(desired, 'Job/minio-init-bucket').spec?.template.spec?.containers ?? []
    assert.equal(job?.env?.find(({ name }) => name === 'BUCKET')?.value, told(desired, 'api')['S3_BUCKET_NAME'])
    assert.equal(
      job?.env?.find(({ name }) => name === 'MINIO_URL')?.value,
      told(desired, 'extraction-worker')['S3_ENDPOINT_URL'],
    )
  })

  test('PB-04 the broker and the results follow Redis, here and elsewhere', () => {
    const here = told(desired, 'api')
    assert.equal(here['REDIS_URL'], 'redis://redis:6379/0')
    assert.deepEqual([here['CELERY_BROKER_URL'], here['CELERY_RESULT_BACKEND']], [here['REDIS_URL'], here['REDIS_URL']])

    const plain = told(
      pybaseWith({ own: { externalServices: { redisUrl: 'redis://10.0.0.7:6379/2' } } }),
      'extraction-worker',
    )
    assert.deepEqual(
      ['REDIS_URL', 'CELERY_BROKER_URL', 'CELERY_RESULT_BACKEND'].map((name) => plain[name]),
      ['redis://10.0.0.7:6379/2', 'redis://10.0.0.7:6379/2', 'redis://10.0.0.7:6379/2'],
    )
  })

  test('PB-04 a password for Redis comes from the Secret, named before it is used; Celery is told to check certificates', () => {
    const said = pybaseWith({ own: ELSEWHERE })
    const [container] = find(said, 'Deployment/api').spec?.template.spec?.containers ?? []
    const names = container?.env?.map(({ name }) => name) ?? []
    assert.ok(names.indexOf('REDIS_PASSWORD') < names.indexOf('REDIS_URL'))
    const variables = told(said, 'api')
    assert.equal(variables['REDIS_PASSWORD'], 'key REDIS_PASSWORD')
    assert.equal(variables['REDIS_URL'], 'rediss://default:$(REDIS_PASSWORD)@cache.acme.internal:6380/0')
    assert.equal(variables['CELERY_BROKER_URL'], `${variables['REDIS_URL']}?ssl_cert_reqs=CERT_REQUIRED`)
  })

  test('PB-04 the password of PostgreSQL is one key of the Secret for the server and for those who use it', () => {
    const [server] = find(desired, 'StatefulSet/postgres').spec?.template.spec?.containers ?? []
    const key = server?.env?.find(({ name }) => name === 'POSTGRES_PASSWORD')?.valueFrom?.secretKeyRef
    assert.deepEqual(key, { name: 'pybase-secrets', key: 'POSTGRES_PASSWORD' })
    assert.equal(told(desired, 'extraction-worker')['PGPASSWORD'], 'key POSTGRES_PASSWORD')
    assert.equal(told(desired, 'api')['DATABASE_URL'], 'postgresql://pybase@postgres:5432/pybase')
    assert.equal(server?.env?.find(({ name }) => name === 'POSTGRES_USER')?.value, 'pybase')
  })

  test('PB-04 a URL alone takes each service elsewhere, and nothing of the one here is left', () => {
    const rows = [
      [{ externalServices: { databaseUrl: 'postgresql://db.acme.internal/documents' } }, /postgres(?!ql)/],
      [{ externalServices: { redisUrl: 'redis://cache.acme.internal' } }, /"redis"|redis-data|redis:7|\/\/redis:/],
      [{ s3: { endpointUrl: 'https://s3.amazonaws.com' } }, /minio/i],
      [{ meilisearch: { host: 'https://search.acme.internal' } }, /"meilisearch"|meilisearch-data|MEILI_MASTER_KEY/],
    ] as const
    for (const [own, trace] of rows) {
      assert.match(JSON.stringify(desired), trace)
      assert.doesNotMatch(JSON.stringify({ ...pybaseWith({ own }), digest: '' }), trace)
    }
  })

  test('PB-04 with everything elsewhere four apps are left, and the Secret has no key of a service here', () => {
    const said = pybaseWith({ own: ELSEWHERE })
    const workloads = namesOf(said).filter((name) => /^(Deployment|StatefulSet|Job|PersistentVolumeClaim)\//.test(name))
    assert.deepEqual(workloads, [
      'Deployment/api',
      'Deployment/extraction-worker',
      'Deployment/search-worker',
      'Deployment/frontend',
    ])
    assert.deepEqual(said.secrets[0]?.keys, [
      'SECRET_KEY',
      'POSTGRES_PASSWORD',
      'REDIS_PASSWORD',
      'S3_ACCESS_KEY',
      'S3_SECRET_KEY',
      'MEILISEARCH_API_KEY',
    ])
  })

  test('PB-06 each volume has its size, its own class or the one for all, and one node at a time', () => {
    const own = {
      storage: { className: 'fast' },
      postgresql: { primary: { persistence: { size: '40Gi' } } },
      redis: { master: { persistence: { storageClass: 'memory' } } },
    }
    const claimsOf = (said: typeof desired) =>
      objectsOf(said).flatMap((object) => {
        const { kind, metadata } = object
        if (kind === 'PersistentVolumeClaim') return [find(said, `PersistentVolumeClaim/${metadata.name}`)]
        if (kind !== 'StatefulSet') return []
        return find(said, `StatefulSet/${metadata.name}`).spec?.volumeClaimTemplates ?? []
      })
    const shown = (said: typeof desired) =>
      claimsOf(said).map(({ metadata, spec }) => {
        assert.deepEqual(spec?.accessModes, ['ReadWriteOnce'])
        return `${metadata?.name} ${spec?.resources?.requests?.['storage']} ${spec?.storageClassName ?? 'default'}`
      })
    assert.deepEqual(shown(desired).toSorted(), [
      'meilisearch-data 5Gi default',
      'minio-data 10Gi default',
      'postgres-data 10Gi default',
      'redis-data 2Gi default',
    ])
    assert.deepEqual(shown(pybaseWith({ own })).toSorted(), [
      'meilisearch-data 5Gi fast',
      'minio-data 10Gi fast',
      'postgres-data 40Gi fast',
      'redis-data 2Gi memory',
    ])
  })
})
