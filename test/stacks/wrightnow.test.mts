import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { containersOf, templateOf } from '../../lib/kube/containers.mts'
import wrightnow from '../../lib/stacks/wrightnow.mts'
import { find, namesOf, objectsOf } from './rendered.mts'
import { restrictedFaults } from './restricted.mts'
import { containerOf, wrightnowIn, wrightnowWith } from './wrightnow.mts'

const local = wrightnowIn('local')
const LARGE = { requests: { cpu: '250m', memory: '256Mi' }, limits: { cpu: '500m', memory: '512Mi' } }
const SMALL = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '250m', memory: '256Mi' } }

function commandsOf({ livenessProbe, readinessProbe, startupProbe }: ReturnType<typeof containerOf>) {
  return [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.exec?.command?.join(' '))
}

suite('wrightnow namespaces', () => {
  test('WN-01 the home namespace is active, and three wait with the task and the guide that fill them', () => {
    const labelsOf = (name: string) => find(local, `Namespace/${name}`).metadata.labels ?? {}
    assert.deepEqual(
      [labelsOf('staging-infra')['environment'], labelsOf('staging-infra')['status']],
      ['staging', 'active'],
    )
    for (const [name, task, guide] of [
      ['staging-core', '3.1', 'deploying-core-backend'],
      ['staging-ai', '3.2', 'deploying-ai-service'],
      ['staging-web', '3.3', 'deploying-web-client'],
    ] as const) {
      assert.deepEqual([labelsOf(name)['environment'], labelsOf(name)['status']], ['staging', 'placeholder'], name)
      assert.deepEqual(find(local, `Namespace/${name}`).metadata.annotations, {
        'wrightnow.dev/sprint-task': task,
        'wrightnow.dev/guide': `docs/wrightnow.md#${guide}`,
      })
    }
  })

  test('WN-01 production has namespaces of its own, all by one setting', () => {
    const names = namesOf(wrightnowIn('production')).filter((name) => name.startsWith('Namespace/'))
    const expected = ['infra', 'core', 'ai', 'web'].map((name) => `Namespace/production-${name}`)
    assert.deepEqual(names, expected)
    assert.equal(wrightnowIn('production').home, 'production-infra')
  })
})

suite('wrightnow PostgreSQL', () => {
  test('WN-02 StatefulSet postgres keeps 10Gi, and a headless Service names its pod', () => {
    const { spec } = find(local, 'StatefulSet/postgres')
    assert.deepEqual(spec?.template.metadata?.labels?.['app'], 'postgres')
    assert.deepEqual(
      spec?.volumeClaimTemplates?.map((claim) => claim.spec?.resources?.requests),
      [{ storage: '10Gi' }],
    )
    assert.equal(spec?.serviceName, 'postgres')
    assert.equal(find(local, 'Service/postgres').spec?.clusterIP, 'None')
    assert.deepEqual(find(local, 'Service/postgres').spec?.selector, { app: 'postgres' })
  })

  test('WN-02 it runs pgvector with the amounts and the probes of the source, and its values from the Secret', () => {
    const container = containerOf(local, 'StatefulSet/postgres')
    assert.equal(container.image, 'pgvector/pgvector:pg15')
    assert.deepEqual(container.resources, LARGE)
    const [first = '', ...probes] = commandsOf(container)
    assert.deepEqual(probes, Array(2).fill('pg_isready -U postgres -h 127.0.0.1'))
    assert.match(first, /^sh -c answer=\$\(pg_isready -U postgres -h 127.0.0.1\) .*extname = 'vector'/s)
    const keys = container.env?.flatMap(({ name, valueFrom }) => (valueFrom?.secretKeyRef?.key === name ? [name] : []))
    assert.deepEqual(keys, ['POSTGRES_DB', 'POSTGRES_USER', 'POSTGRES_PASSWORD'])
  })

  test('WN-02 a script of its ConfigMap makes the vector extension when the volume is new', () => {
    const [script, ...others] = Object.values(find(local, 'ConfigMap/postgres-init').data ?? {})
    assert.equal(script, 'CREATE EXTENSION IF NOT EXISTS vector;\n')
    assert.equal(others.length, 0)
    const mounts = containerOf(local, 'StatefulSet/postgres').volumeMounts ?? []
    assert.ok(mounts.some(({ name, mountPath }) => name === 'init' && mountPath === '/docker-entrypoint-initdb.d'))
  })
})

suite('wrightnow Redis', () => {
  test('WN-03 Redis writes every change to 2Gi of the default class, and is replaced, never doubled', () => {
    const container = containerOf(local, 'Deployment/redis')
    assert.deepEqual(container.args, ['redis-server', '--appendonly', 'yes', '--appendfsync', 'everysec'])
    assert.equal(container.image, 'redis:7-alpine')
    assert.deepEqual(container.resources, SMALL)
    const [startup, live, ready] = commandsOf(container)
    assert.deepEqual([startup, live], ['redis-cli ping', 'redis-cli ping'])
    assert.match(ready ?? '', /redis-cli ping.* = PONG/)
    assert.equal(find(local, 'Deployment/redis').spec?.strategy?.type, 'Recreate')
    const { resources, storageClassName } = find(local, 'PersistentVolumeClaim/redis-data').spec ?? {}
    assert.deepEqual([resources?.requests, storageClassName], [{ storage: '2Gi' }, undefined])
  })
})

suite('wrightnow authentik', () => {
  const server = containerOf(local, 'Deployment/authentik-server')
  const worker = containerOf(local, 'Deployment/authentik-worker')
  const envOf = (name: string) => server.env?.find((one) => one.name === name)?.value

  test('WN-04 two servers and a worker with the amounts of the source, of one pinned version', () => {
    assert.equal(find(local, 'Deployment/authentik-server').spec?.replicas, 2)
    assert.equal(find(local, 'Deployment/authentik-worker').spec?.replicas, 1)
    assert.deepEqual([server.resources, worker.resources], [LARGE, SMALL])
    assert.match(server.image ?? '', /^ghcr\.io\/goauthentik\/server:20\d\d\.\d+\.\d+$/)
    assert.equal(worker.image, server.image)
    assert.deepEqual([server.args, worker.args], [['server'], ['worker']])
  })

  test('WN-04 it answers below /auth/ without a rewrite, is asked there, and may take minutes to start', () => {
    assert.equal(envOf('AUTHENTIK_WEB__PATH'), '/auth/')
    const paths = [server.startupProbe, server.livenessProbe, server.readinessProbe].map(
      (probe) => probe?.httpGet?.path,
    )
    assert.deepEqual(paths, ['/auth/-/health/live/', '/auth/-/health/live/', '/auth/-/health/ready/'])
    const { periodSeconds = 0, failureThreshold = 0 } = server.startupProbe ?? {}
    assert.equal(periodSeconds * failureThreshold, 600)
    const { metadata, spec } = find(local, 'Ingress/authentik')
    assert.doesNotMatch(JSON.stringify(metadata), /rewrite/)
    assert.deepEqual(
      spec?.rules?.flatMap(({ host, http }) => http?.paths.map((one) => [host, one.path, one.backend.service?.name])),
      [['localhost', '/auth/', 'authentik-server']],
    )
    const ports = find(local, 'Service/authentik-server').spec?.ports?.map(({ port }) => port)
    assert.deepEqual(ports, [9000, 9443])
  })

  test('WN-04 both read the Secret, and know their own PostgreSQL, which runs beside them', () => {
    for (const one of [server, worker]) assert.deepEqual(one.envFrom, [{ secretRef: { name: 'authentik-secrets' } }])
    assert.equal(envOf('AUTHENTIK_POSTGRESQL__HOST'), 'authentik-postgres')
    assert.equal(envOf('AUTHENTIK_ERROR_REPORTING__ENABLED'), 'false')
    const database = containerOf(local, 'StatefulSet/authentik-postgres')
    assert.equal(database.image, 'postgres:15-alpine')
    assert.deepEqual(commandsOf(database), Array(3).fill('pg_isready -U authentik -h 127.0.0.1'))
    const [claim] = find(local, 'StatefulSet/authentik-postgres').spec?.volumeClaimTemplates ?? []
    assert.deepEqual(claim?.spec?.resources?.requests, { storage: '5Gi' })
    assert.equal(find(local, 'Service/authentik-postgres').spec?.clusterIP, 'None')
  })

  test('WN-04 the media volume keeps all that share it on one node, unless it can be mounted on many', () => {
    const placeOf = (desired: typeof local, name: string) =>
      find(desired, `Deployment/${name}`).spec?.template.spec?.affinity?.podAffinity
    assert.deepEqual(find(local, 'PersistentVolumeClaim/authentik-media').spec, {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '2Gi' } },
    })
    const [term] = placeOf(local, 'authentik-server')?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    assert.equal(term?.topologyKey, 'kubernetes.io/hostname')
    assert.deepEqual(placeOf(local, 'authentik-worker'), placeOf(local, 'authentik-server'))
    for (const name of ['authentik-server', 'authentik-worker']) {
      const labels = find(local, `Deployment/${name}`).spec?.template.metadata?.labels ?? {}
      const wanted = Object.entries(term?.labelSelector?.matchLabels ?? {})
      assert.ok(wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value), name)
    }
    const many = wrightnowWith({ own: { authentik: { media: { accessMode: 'ReadWriteMany' } } } })
    assert.equal(placeOf(many, 'authentik-server'), undefined)
    assert.deepEqual(find(many, 'PersistentVolumeClaim/authentik-media').spec?.accessModes, ['ReadWriteMany'])
  })

  test('WN-04 its Redis is there for a version before 2025.10, and for no other', () => {
    assert.ok(!namesOf(local).some((name) => name.includes('authentik-redis')))
    const old = wrightnowWith({ tags: { authentik: '2025.8.4' } })
    const redis = containerOf(old, 'Deployment/authentik-redis')
    assert.deepEqual(redis.args, ['redis-server', '--save', '60', '1', '--loglevel', 'warning'])
    assert.deepEqual(find(old, 'PersistentVolumeClaim/authentik-redis-data').spec?.resources?.requests, {
      storage: '1Gi',
    })
    const host = containerOf(old, 'Deployment/authentik-server').env?.find(
      ({ name }) => name === 'AUTHENTIK_REDIS__HOST',
    )
    assert.equal(host?.value, 'authentik-redis')
  })
})

suite('wrightnow as a whole', () => {
  const all = [
    local,
    wrightnowIn('staging'),
    wrightnowIn('production'),
    wrightnowWith({ tags: { authentik: '2025.8.4' } }),
  ]
  const pods = all.flatMap(objectsOf).flatMap((object) => templateOf(object)?.spec ?? [])

  test('WN-04 Pod Security restricted admits every pod, and none gets a token of the API', () => {
    assert.equal(pods.length, 3 * 5 + 6)
    for (const spec of pods) {
      assert.deepEqual(restrictedFaults(spec), [])
      assert.equal(spec.automountServiceAccountToken, false)
      for (const { image } of containersOf(spec)) assert.match(image ?? '', /:(?!latest)[\w.-]+$/)
    }
  })

  test('WN-09 local answers plain HTTP on localhost; staging and production have certificates', () => {
    assert.equal(find(local, 'Ingress/authentik').spec?.tls, undefined)
    const schemes = local.proofs.flatMap((proof) => (proof.kind === 'serves' ? [proof.scheme] : []))
    assert.deepEqual(schemes, ['http', 'http'])
    for (const environment of ['staging', 'production']) {
      const desired = wrightnowIn(environment)
      assert.equal(find(desired, 'Ingress/authentik').spec?.tls?.[0]?.secretName, 'wrightnow-tls')
      const kinds = desired.proofs.map(({ kind }) => kind)
      assert.ok(kinds.includes('certificate') && kinds.includes('redirects'), environment)
      assert.equal(desired.tlsTimeout, 180_000)
    }
  })

  test('WN-11 what verify proves: both databases and Redis answer and cannot be reached, authentik serves', () => {
    const names = local.proofs.map(({ name }) => name)
    const stores = ['postgres', 'redis', 'authentik-postgres']
    for (const name of [...stores.flatMap((store) => [`${store} answers`, `${store} unreachable`]), 'authentik'])
      assert.ok(names.includes(name), name)
    const api = local.proofs.find(({ name }) => name === 'authentik')
    assert.ok(api?.kind === 'serves' && api.path.startsWith('/auth/api/v3/'))
  })

  test('WN-12 the whole may take 300 s', () => assert.equal(local.slo, 300_000))

  for (const [what, own] of [
    ['a host with a scheme', { host: 'https://auth.acme.dev' }],
    ['a stage that is no name', { stage: 'Staging' }],
    ['an access mode that is none', { authentik: { media: { accessMode: 'ReadOnlyMany' } } }],
    ['a size that is none', { postgres: { storage: { size: 'ten' } } }],
    ['an unknown key', { hosts: 'auth.acme.dev' }],
  ] as const)
    test(`wrightnow refuses ${what}`, () => assert.equal(wrightnow.settings.safeParse(own).success, false))
})
