import assert from 'node:assert/strict'
import { beforeEach, suite, test } from 'node:test'
import { DeployError } from '../../lib/error.mts'
import { LIVE_ANNOTATION, RUN_ANNOTATION } from '../../lib/marks.mts'
import type { FakeCluster } from './fake.mts'
import { codeOf, held, lease, REF, take } from './leases.mts'
import { lost, status } from './refused.mts'
import { cluster, failure, idle, outcome } from './world.mts'

suite('Lock', () => {
  let fake: FakeCluster
  beforeEach((context) => {
    fake = cluster()
    if ('mock' in context) context.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1e12 })
  })

  const renewals = (): number => fake.writes().filter((write) => write.startsWith('replace')).length

  test('Lock renews every four seconds', async (context) => {
    await using lock = await take(fake, 'mine')
    for (let at = 0; at < 3; at += 1) {
      context.mock.timers.tick(4_000)
      await idle()
    }
    assert.equal(renewals(), 3)
    assert.equal(lease(fake).spec?.renewTime, '2001-09-09T01:46:52.000000Z')
    assert.equal(lock.signal.aborted, false)
  })

  test('Lock outlives an hour of renewals', async (context) => {
    await using lock = await take(fake, 'mine')
    for (let at = 0; at < 900; at += 1) {
      context.mock.timers.tick(4_000)
      await idle(6)
    }
    assert.equal(lock.signal.aborted, false)
  })

  test('Lock keeps the other annotations when it points to the live release', async () => {
    await using lock = await take(fake, 'mine')
    await lock.point(42)
    const { annotations } = lease(fake).metadata
    assert.equal(annotations?.[LIVE_ANNOTATION], '42')
    assert.equal(annotations?.[RUN_ANNOTATION], 'mine')
  })

  test('Lock points and renews one after the other, so that neither overwrites the other', async (context) => {
    await using lock = await take(fake, 'mine')
    const pointed = lock.point(42)
    context.mock.timers.tick(4_000)
    await pointed
    await idle()
    assert.equal(lease(fake).metadata.annotations?.[LIVE_ANNOTATION], '42')
    assert.equal(renewals(), 2)
    assert.equal(fake.asked.filter(({ verb }) => verb === 'get').length, 1)
  })

  test("Lock keeps somebody's annotation that came meanwhile", async () => {
    await using lock = await take(fake, 'mine')
    const now = lease(fake)
    fake.put({ ...now, metadata: { ...now.metadata, annotations: { ...now.metadata.annotations, note: 'kept' } } })
    await lock.point(42)
    assert.equal(lease(fake).metadata.annotations?.['note'], 'kept')
  })

  test('Lock goes on where the answer of a renewal was lost', async (context) => {
    await using lock = await take(fake, 'mine')
    fake.after = ({ verb }) => {
      fake.after = () => undefined
      if (verb === 'replace') throw lost()
    }
    context.mock.timers.tick(4_000)
    await idle()
    context.mock.timers.tick(4_000)
    await idle()
    assert.equal(lock.signal.aborted, false)
    assert.equal(lease(fake).spec?.renewTime, '2001-09-09T01:46:48.000000Z')
  })

  test('Lock is lost once it could not be renewed for twenty seconds, and not before', async (context) => {
    const lock = await take(fake, 'mine')
    fake.before = ({ verb }) => {
      if (verb === 'replace') throw status(500, 'InternalError', 'etcd is away')
    }
    for (let at = 0; at < 20; at += 1) {
      context.mock.timers.tick(1_000)
      await idle(3)
    }
    assert.equal(lock.signal.aborted, false)
    context.mock.timers.tick(500)
    assert.equal(codeOf(lock.signal.reason), 'lock-lost')
    await lock[Symbol.asyncDispose]()
  })

  test('Lock is lost in time although a renewal hangs', async (context) => {
    const lock = await take(fake, 'mine')
    const gate = Promise.withResolvers<void>()
    fake.before = ({ verb }) => (verb === 'replace' ? gate.promise : undefined)
    context.mock.timers.tick(4_000)
    await idle()
    context.mock.timers.tick(16_500)
    assert.equal(codeOf(lock.signal.reason), 'lock-lost')
    gate.resolve()
    await lock[Symbol.asyncDispose]()
  })

  test('Lock is lost when a machine wakes up after a long sleep', async (context) => {
    const lock = await take(fake, 'mine')
    context.mock.timers.setTime(1e12 + 3_600_000)
    context.mock.timers.tick(500)
    assert.equal(codeOf(lock.signal.reason), 'lock-lost')
    await lock[Symbol.asyncDispose]()
    assert.equal(lease(fake).metadata.annotations?.[RUN_ANNOTATION], 'mine')
  })

  test('Lock is lost at the first renewal after somebody took it over, and leaves it to them', async (context) => {
    const lock = await take(fake, 'mine')
    held(fake)
    context.mock.timers.tick(4_000)
    await idle()
    assert.equal(codeOf(lock.signal.reason), 'lock-lost')
    assert.match(failure(lock.signal.reason).message, /eve@elsewhere holds it now/)
    await lock[Symbol.asyncDispose]()
    assert.equal(lease(fake).spec?.holderIdentity, 'eve@elsewhere')
  })

  test('Lock is lost where its lease, or the namespace around it, is deleted', async (context) => {
    const lock = await take(fake, 'mine')
    fake.drop(REF)
    context.mock.timers.tick(4_000)
    await idle()
    assert.match(failure(lock.signal.reason).message, /it was deleted/)
    await lock[Symbol.asyncDispose]()
    assert.equal(fake.find('Lease', 'landfall-toy'), undefined)
  })

  test('Lock refuses to point once it is lost', async () => {
    const lock = await take(fake, 'mine')
    held(fake)
    assert.equal(codeOf(await outcome(lock.point(42))), 'lock-lost')
    assert.equal(lease(fake).metadata.annotations?.[LIVE_ANNOTATION], '7')
    assert.equal(lock.signal.aborted, true)
    await lock[Symbol.asyncDispose]()
  })

  test('Lock is given back when it is disposed, and renews no more', async (context) => {
    const lock = await take(fake, 'mine')
    await lock[Symbol.asyncDispose]()
    assert.equal(lease(fake).spec?.holderIdentity, '')
    const before = renewals()
    context.mock.timers.tick(60_000)
    await idle()
    assert.equal(renewals(), before)
    assert.equal(lock.signal.aborted, false)
  })

  test('Lock is given back without the signal that interrupted the run', async () => {
    const stop = new AbortController()
    const lock = await take(fake, 'mine', { signal: stop.signal })
    stop.abort(new DeployError({ code: 'interrupted', says: 'enough', next: '' }))
    await lock[Symbol.asyncDispose]()
    assert.equal(lease(fake).spec?.holderIdentity, '')
  })
})
