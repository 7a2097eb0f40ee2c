import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DeployError } from '../../../lib/error.mts'
import { authentik, needsRedis } from '../../../lib/stacks/parts/authentik.mts'
import { meilisearch } from '../../../lib/stacks/parts/meilisearch.mts'
import { layoutOf, postgres } from '../../../lib/stacks/parts/postgres.mts'
import { redis } from '../../../lib/stacks/parts/redis.mts'
import { DATABASE, IDP } from './everything.mts'

const DEEP = '/var/lib/postgresql/data'
const WHOLE = '/var/lib/postgresql'

const LAYOUTS: readonly (readonly [image: string, major: number, uid: number, mountPath: string])[] = [
  ['postgres:16-alpine', 16, 70, DEEP],
  ['postgres:15.4', 15, 999, DEEP],
  ['pgvector/pgvector:pg15', 15, 999, DEEP],
  ['pgvector/pgvector:0.8.4-pg17', 17, 999, DEEP],
  ['pgvector/pgvector:0.8.4-pg18-trixie', 18, 999, WHOLE],
  ['postgres:18', 18, 999, WHOLE],
  ['registry.acme.dev:5000/mirror/postgres:18.1-alpine3.22', 18, 70, WHOLE],
  [`postgres:17@sha256:${'a'.repeat(64)}`, 17, 999, DEEP],
]

suite('postgres()', () => {
  for (const [image, major, uid, mountPath] of LAYOUTS)
    test(`layoutOf() knows that ${image} runs as ${uid} and keeps its data at ${mountPath}`, () =>
      assert.deepEqual(layoutOf(image), { major, uid, mountPath }))

  for (const image of ['postgres:alpine', 'postgres', `postgres@sha256:${'a'.repeat(64)}`])
    test(`layoutOf() guesses nothing of ${image}`, () =>
      assert.throws(
        () => layoutOf(image),
        (error) => error instanceof DeployError && error.code === 'bad-tag',
      ))

  test('postgres() mounts its claim where the major version wants it, and its scripts where they are read', () => {
    const mounts = (image: string) => {
      const [{ spec }] = postgres({ ...DATABASE, image, init: 'scripts' })
      const { volumeMounts = [], env = [] } = spec?.template.spec?.containers[0] ?? {}
      const at = (name: string) => volumeMounts.find((mount) => mount.name === name)?.mountPath
      return [at('postgres-data'), at('init'), env.find(({ name }) => name === 'PGDATA')?.value]
    }
    assert.deepEqual(mounts('postgres:16-alpine'), [DEEP, '/docker-entrypoint-initdb.d', `${DEEP}/pgdata`])
    assert.deepEqual(mounts('postgres:18-alpine'), [WHOLE, '/docker-entrypoint-initdb.d', undefined])
  })

  test('postgres() asks over TCP, so that the server of the init scripts is not taken for the one that serves', () => {
    const [{ spec }] = postgres(DATABASE)
    const { readinessProbe, livenessProbe, startupProbe } = spec?.template.spec?.containers[0] ?? {}
    for (const probe of [readinessProbe, livenessProbe, startupProbe])
      assert.equal(probe?.exec?.command?.join(' '), 'pg_isready -U app -h 127.0.0.1')
    assert.equal((startupProbe?.failureThreshold ?? 0) * (startupProbe?.periodSeconds ?? 0), 600)
  })

  test('postgres() takes its three values from whatever keys hold them', () => {
    const keys = { database: 'NAME', user: 'USER', password: 'PASSWORD' }
    const [{ spec }] = postgres({ ...DATABASE, keys })
    const taken = (spec?.template.spec?.containers[0]?.env ?? []).flatMap(({ name, valueFrom }) =>
      valueFrom?.secretKeyRef === undefined ? [] : [[name, valueFrom.secretKeyRef.key]],
    )
    assert.deepEqual(taken, [
      ['POSTGRES_DB', 'NAME'],
      ['POSTGRES_USER', 'USER'],
      ['POSTGRES_PASSWORD', 'PASSWORD'],
    ])
  })

  test('postgres() has a headless Service that names its pod', () => {
    const [{ spec }, service] = postgres(DATABASE)
    assert.equal(service.spec?.clusterIP, 'None')
    assert.equal(spec?.serviceName, service.metadata.name)
  })
})

suite('single writers', () => {
  const storage = { size: '2Gi', className: 'fast' }

  test('redis() and meilisearch() end the old pod before the new one comes to its volume', () => {
    const secret = 'keys'
    for (const [claim, { spec }] of [
      redis({ name: 'cache', image: 'redis:7-alpine', storage }),
      meilisearch({ name: 'search', image: 'getmeili/meilisearch:v1.6', secret, storage }),
    ]) {
      assert.deepEqual(spec?.strategy, { type: 'Recreate' })
      assert.deepEqual([claim.spec?.storageClassName, claim.spec?.accessModes], ['fast', ['ReadWriteOnce']])
      const [data] = spec?.template.spec?.volumes ?? []
      assert.equal(data?.persistentVolumeClaim?.claimName, claim.metadata.name)
    }
  })

  test('redis() writes every change down, unless its arguments say another way', () => {
    const [, { spec }] = redis({ name: 'cache', image: 'redis:7-alpine', storage })
    assert.deepEqual(spec?.template.spec?.containers[0]?.args, [
      'redis-server',
      '--appendonly',
      'yes',
      '--appendfsync',
      'everysec',
    ])
    const [, other] = redis({ name: 'cache', image: 'redis:7-alpine', storage, args: ['--save', '60', '1'] })
    assert.deepEqual(other.spec?.template.spec?.containers[0]?.args, ['redis-server', '--save', '60', '1'])
  })
})

suite('authentik()', () => {
  test('authentik() needs a Redis up to 2025.8 alone', () => {
    const tags = ['2024.12.3', '2025.8.4', '2025.10.0', '2025.12.1', '2026.8.0', 'stand-in']
    assert.deepEqual(
      tags.filter((tag) => needsRedis(`ghcr.io/goauthentik/server:${tag}`)),
      ['2024.12.3', '2025.8.4'],
    )
    const told = (image: string) => {
      const [, { spec }] = authentik({ ...IDP, image, redis: 'idp-redis' })
      return spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === 'AUTHENTIK_REDIS__HOST')?.value
    }
    assert.deepEqual([told('s:2025.8.4'), told('s:2026.8.0')], ['idp-redis', undefined])
  })

  test('authentik() keeps media at the same place of its volume, wherever the version looks for them', () => {
    const mount = (image: string) => {
      const [, { spec }] = authentik({ ...IDP, image })
      const found = spec?.template.spec?.containers[0]?.volumeMounts?.find(({ name }) => name === 'media')
      return [found?.mountPath, found?.subPath]
    }
    assert.deepEqual(mount('s:2025.8.4'), ['/media', 'media'])
    assert.deepEqual(mount('s:2026.8.0'), ['/data', undefined])
  })

  test('authentik() keeps all pods of a volume for one node on one node, and spreads them where many may mount it', () => {
    const [, server, worker] = authentik(IDP)
    for (const { spec } of [server, worker]) {
      const { affinity, topologySpreadConstraints } = spec?.template.spec ?? {}
      const [term] = affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
      assert.equal(term?.topologyKey, 'kubernetes.io/hostname')
      const labels = spec?.template.metadata?.labels ?? {}
      for (const [key, value] of Object.entries(term?.labelSelector?.matchLabels ?? assert.fail()))
        assert.equal(labels[key], value)
      assert.equal(topologySpreadConstraints, undefined)
    }
    const [, shared] = authentik({ ...IDP, media: { size: '2Gi', accessMode: 'ReadWriteMany' } })
    assert.equal(shared.spec?.template.spec?.affinity, undefined)
    assert.equal(shared.spec?.template.spec?.topologySpreadConstraints?.length, 2)
  })

  test('authentik() is asked for its health below the path it answers at, with minutes to start', () => {
    const [, { spec }] = authentik(IDP)
    const { env = [], startupProbe, readinessProbe } = spec?.template.spec?.containers[0] ?? {}
    assert.equal(env.find(({ name }) => name === 'AUTHENTIK_WEB__PATH')?.value, '/auth/')
    assert.equal(startupProbe?.httpGet?.path, '/auth/-/health/live/')
    assert.equal(readinessProbe?.httpGet?.path, '/auth/-/health/ready/')
    assert.equal((startupProbe?.failureThreshold ?? 0) * (startupProbe?.periodSeconds ?? 0), 600)
  })
})
