import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { watchTraffic } from '../../lib/proof/traffic.mts'
import type { TrafficOptions, TrafficWatch } from '../../lib/proof/traffic.mts'
import { host } from './reactbin.mts'
import { json } from './server.mts'
import { openWorld } from './world.mts'
import type { World } from './world.mts'

const HEALTH = '/api/v1/health'
const options: TrafficOptions = { host, path: HEALTH, buildField: 'build' }

test('watchTraffic() asks at least five times a second and counts by build', async () => {
  await using world = await openWorld()
  await using watch = watchTraffic(world.target, options)
  await until(watch, () => watch.count().asked >= 1)
  const started = performance.now()
  const before = watch.count().asked
  await sleep(1_000)
  const wanted = Math.floor(((performance.now() - started) / 1000) * 5) - 1
  world.https.routes.set(HEALTH, json({ build: 'abd' }))
  assert.ok(watch.count().asked - before >= wanted, `${watch.count().asked - before} of ${wanted}`)
  await until(watch, () => (watch.count().builds['abd'] ?? 0) >= 1)
  const { failed, builds, asked } = watch.count()
  assert.equal(failed, 0)
  assert.deepEqual(Object.keys(builds).sort(), ['abc', 'abd'])
  assert.equal(asked, (builds['abc'] ?? 0) + (builds['abd'] ?? 0))
})

test('watchTraffic() takes turns between one kept connection and new ones', async () => {
  await using world = await openWorld()
  await using watch = watchTraffic(world.target, { ...options, perSecond: 50 })
  await until(watch, () => watch.count().asked >= 10)
  const { asked } = watch.count()
  assert.ok(world.https.connections() >= asked / 2 - 1 && world.https.connections() <= asked / 2 + 3)
})

test('watchTraffic() leaves nothing behind on a connection that it keeps', async () => {
  const warnings: string[] = []
  const warn = ({ name }: Error) => warnings.push(name)
  process.on('warning', warn)
  await using world = await openWorld()
  world.https.routes.set(HEALTH, (_request, response) => void setTimeout(() => response.end('{}'), 60))
  await using watch = watchTraffic(world.target, { ...options, perSecond: 100 })
  await until(watch, () => watch.count().asked >= 150)
  process.off('warning', warn)
  assert.deepEqual(warnings, [])
})

test('watchTraffic() asks over plain HTTP where it is told to, on kept connections too', async () => {
  await using world = await openWorld()
  world.http.routes.set(HEALTH, json({ build: 'abc' }))
  await using watch = watchTraffic(world.target, { ...options, scheme: 'http', perSecond: 50 })
  await until(watch, () => watch.count().asked >= 4)
  const { asked, failed, builds } = watch.count()
  assert.deepEqual([failed, builds['abc']], [0, asked])
  assert.equal(world.https.connections(), 0)
})

test('watchTraffic() does not let one slow answer hold up the others', async () => {
  await using world = await openWorld()
  let asked = 0
  world.https.routes.set(HEALTH, (_request, response) => {
    asked++
    if (asked > 2) response.end('{}')
  })
  await using watch = watchTraffic(world.target, { ...options, perSecond: 20 })
  await until(watch, () => watch.count().asked >= 10)
  assert.equal(watch.count().failed, 0)
})

test('watchTraffic() catches an outage of 300 ms', async () => {
  await using world = await openWorld()
  await using watch = watchTraffic(world.target, options)
  await until(watch, () => watch.count().asked >= 2)
  world.https.routes.set(HEALTH, json({}, 502))
  await sleep(300)
  world.https.routes.set(HEALTH, json({ build: 'abc' }))
  await until(watch, () => watch.count().failed >= 1)
  assert.match(watch.count().firstFailure ?? '', /^20\d\d-.*Z https:\/\/reactbin\.test\/api\/v1\/health answered 502$/)
})

test('watchTraffic() counts connections that are cut', async () => {
  await using world = await openWorld()
  await using watch = watchTraffic(world.target, { ...options, perSecond: 20 })
  await until(watch, () => watch.count().asked >= 2)
  world.https.routes.set(HEALTH, (request) => request.socket.destroy())
  await until(watch, () => watch.count().failed >= 2)
  assert.match(watch.count().firstFailure ?? '', /closed the connection|socket hang up/)
})

test('watchTraffic() does not count what disposal cuts short', async () => {
  await using world = await openWorld()
  const watch = watchTraffic(world.target, { ...options, perSecond: 20 })
  await until(watch, () => watch.count().asked >= 2)
  world.https.routes.set(HEALTH, () => {})
  await sleep(300)
  await watch[Symbol.asyncDispose]()
  const { asked, failed, builds } = watch.count()
  assert.equal(failed, 0)
  assert.equal(asked, builds['abc'])
})

test('watchTraffic() on a first deploy counts from the first success', async () => {
  await using world = await openWorld()
  world.https.routes.set(HEALTH, json({}, 503))
  await using watch = watchTraffic(world.target, { ...options, perSecond: 20, from: 'first-success' })
  const before = world.https.connections()
  await until(watch, () => world.https.connections() > before + 2)
  assert.deepEqual(watch.count(), { asked: 0, failed: 0, builds: {} })
  world.https.routes.set(HEALTH, json({ build: 'abc' }))
  await until(watch, () => watch.count().asked >= 1)
  world.https.routes.set(HEALTH, json({}, 503))
  await until(watch, () => watch.count().failed >= 1)
})

test('watchTraffic() asks nothing while no Ingress tells an address, and never throws', async () => {
  await using world = await openWorld()
  withoutAddress(world)
  world.fake.forbidden.add('list Ingress')
  const watch = watchTraffic(world.target, { ...options, perSecond: 50 })
  await sleep(200)
  await watch[Symbol.asyncDispose]()
  await watch[Symbol.asyncDispose]()
  assert.deepEqual(watch.count(), { asked: 0, failed: 0, builds: {} })
})

function withoutAddress(world: World): void {
  world.target = { ...world.target, edge: { caFile: world.caFile } }
}

/** Waits for the condition; the watch is not the only thing that changes it. */
async function until(watch: TrafficWatch, condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > end) assert.fail(`waited in vain: ${JSON.stringify(watch.count())}`)
    await sleep(10)
  }
}
