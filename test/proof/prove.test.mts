import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { DeployError } from '../../lib/error.mts'
import { formatRef } from '../../lib/kube/object.mts'
import { prove } from '../../lib/proof/prove.mts'
import type { ProofSpec, Proven } from '../../lib/proof/spec.mts'
import { apiService, apiWorkload, bucketJob, host, ingress, job, minioService, tlsSecret } from './reactbin.mts'
import { json } from './server.mts'
import { openWorld, proveOne } from './world.mts'

const HEALTH = '/api/v1/health'
const serves = { kind: 'serves', name: 'health', host, path: HEALTH, status: 200, fields: { build: 'abc' } } as const
const absent = { kind: 'absent', name: 'docs', host, path: '/docs' } as const

const ALL: readonly ProofSpec[] = [
  serves,
  absent,
  { kind: 'fallback', name: 'spa', host, path: '/nowhere' },
  { kind: 'redirects', name: 'redirect', host, path: '/' },
  { kind: 'certificate', name: 'certificate', host, secret: tlsSecret },
  { kind: 'unreachable', name: 'MinIO', service: minioService },
  { kind: 'inside', name: 'api docs', service: apiService, port: 8000, path: '/docs', status: 404 },
  { kind: 'job-done', name: 'bucket', job: bucketJob },
  { kind: 'migrated', name: 'migration', workload: apiWorkload, container: 'alembic-migrate' },
  { kind: 'fresh', name: 'fresh', workload: apiWorkload },
  { kind: 'dns', name: 'dns', host },
]

test('prove() proves a good reactbin, and tells each in the order of its specs', async () => {
  await using world = await openWorld()
  const told: Proven[] = []
  const proven = await prove(world.target, ALL, {
    signal: AbortSignal.timeout(20_000),
    onProven: (one) => told.push(one),
  })
  assert.deepEqual(
    proven.map(({ spec }) => spec),
    ALL,
  )
  assert.deepEqual(
    proven.filter(({ state }) => state !== 'passed').map(({ state, spec }) => [spec.kind, state]),
    [['dns', 'advice']],
  )
  assert.deepEqual(told, proven)
})

test('prove() sends equal reads of several proofs once', async () => {
  await using world = await openWorld()
  const sent: string[] = []
  const get = world.fake.cluster.get.bind(world.fake.cluster)
  world.fake.cluster.get = (ref, ask) => {
    sent.push(formatRef(ref))
    return get(ref, ask)
  }
  await prove(world.target, ALL, { signal: AbortSignal.timeout(20_000), onProven: () => {} })
  assert.equal(sent.length, new Set(sent).size)
})

test('prove() asks once without patience', async () => {
  await using world = await openWorld()
  let asked = 0
  world.https.routes.set(HEALTH, (_request, response) => {
    asked++
    response.writeHead(503).end()
  })
  assert.equal((await proveOne(world, serves)).state, 'failed')
  assert.equal(asked, 1)
})

test('prove() asks again while its patience lasts', async () => {
  await using world = await openWorld()
  world.https.routes.set(HEALTH, json({}, 503))
  const proving = proveOne(world, serves, { patience: 15_000 })
  await sleep(250)
  world.https.routes.set(HEALTH, json({ build: 'abc' }))
  assert.equal((await proving).state, 'passed')
})

test('prove() believes what a path answers only once the new version answers on that host', async () => {
  await using world = await openWorld()
  let asked = 0
  // An ingress controller that asks an old pod twice before it hears of the new one, which shows its docs.
  const isOld = (): boolean => asked < 3
  world.https.routes.set(HEALTH, (_request, response) => {
    asked += 1
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ build: isOld() ? 'abb' : 'abc' }))
  })
  world.https.routes.set('/docs', (_request, response) => void response.writeHead(isOld() ? 404 : 200).end('docs'))
  const signal = AbortSignal.timeout(20_000)
  const proven = await prove(world.target, [absent, serves], { signal, onProven: () => {}, patience: 2_000 })
  assert.deepEqual(
    proven.map(({ spec: { name }, state }) => [name, state]),
    [
      ['docs', 'failed'],
      ['health', 'passed'],
    ],
  )
})

test('prove() finds an address that an Ingress tells late', async () => {
  await using world = await openWorld()
  world.target = { ...world.target, edge: { caFile: world.caFile, httpAddress: world.http.address } }
  const proving = proveOne(world, { kind: 'redirects', name: 'redirect', host, path: '/' }, { patience: 15_000 })
  await sleep(150)
  world.fake.put({
    ...ingress('reactbin', { '/': 'ui' }),
    status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } },
  } as never)
  assert.equal((await proving).state, 'passed')
})

test('prove() keeps the last words when its patience ends', async () => {
  await using world = await openWorld()
  world.https.routes.set(HEALTH, json({ build: 'abb' }))
  const proven = await proveOne(world, serves, { patience: 300 })
  assert.deepEqual([proven.state, proven.says], ['failed', `https://${host}${HEALTH} answers build abb, not abc`])
})

test('prove() does not ask again for what lacks a permission', async () => {
  await using world = await openWorld()
  world.fake.forbidden.add('get Job')
  const started = performance.now()
  const proven = await proveOne(world, { kind: 'job-done', name: 'bucket', job: bucketJob }, { patience: 15_000 })
  assert.equal(proven.state, 'unchecked')
  assert.ok(performance.now() - started < 5_000)
})

test('prove() calls what the signal cuts short unchecked, at once', async () => {
  await using world = await openWorld()
  const stop = new AbortController()
  world.https.routes.set(HEALTH, () => stop.abort())
  const started = performance.now()
  const [proven] = await prove(world.target, [serves], { signal: stop.signal, onProven: () => {} })
  assert.deepEqual([proven?.state, proven?.says], ['unchecked', 'stopped before it was proven'])
  assert.ok(performance.now() - started < 3_000)
})

test('prove() keeps the last words of a proof that the signal cuts short', async () => {
  await using world = await openWorld()
  const stop = new AbortController()
  world.fake.put(job({ type: 'Failed', message: 'no bucket' }))
  const spec = { kind: 'job-done', name: 'bucket', job: bucketJob } as const
  const proving = prove(world.target, [spec], { signal: stop.signal, onProven: () => {}, patience: 15_000 })
  await sleep(250)
  stop.abort()
  const [proven] = await proving
  assert.equal(proven?.state, 'unchecked')
  assert.match(proven?.says ?? '', /stopped before it was proven; last: .* failed: no bucket/)
})

test('prove() calls everything unchecked where the signal has ended before', async () => {
  await using world = await openWorld()
  const proven = await prove(world.target, ALL, { signal: AbortSignal.abort(), onProven: () => {} })
  assert.deepEqual([...new Set(proven.map(({ state }) => state))], ['unchecked'])
  assert.equal(world.https.connections(), 0)
})

test('prove() calls what the API server does not answer unchecked, in its words', async () => {
  await using world = await openWorld()
  world.fake.cluster.get = () =>
    Promise.reject(new DeployError({ code: 'unreachable', says: 'Cannot reach https://127.0.0.1:6443', next: 'look' }))
  const proven = await proveOne(world, { kind: 'job-done', name: 'bucket', job: bucketJob })
  assert.deepEqual([proven.state, proven.says], ['unchecked', 'Cannot reach https://127.0.0.1:6443'])
})

test('prove() throws a bug and ends the other proofs', async () => {
  await using world = await openWorld()
  world.fake.cluster.get = () => Promise.reject(new TypeError('not a function'))
  world.https.routes.set(HEALTH, () => {})
  const started = performance.now()
  const specs: ProofSpec[] = [{ kind: 'job-done', name: 'bucket', job: bucketJob }, serves]
  await assert.rejects(
    prove(world.target, specs, { signal: AbortSignal.timeout(20_000), onProven: () => {} }),
    TypeError,
  )
  assert.ok(performance.now() - started < 3_000)
})
