import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { beforeEach, suite, test } from 'node:test'
import { processMark } from '../../lib/deploy/holder.mts'
import type { Lock } from '../../lib/deploy/hold.mts'
import { takeLease } from '../../lib/deploy/lease.mts'
import { DeployError } from '../../lib/error.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import type { Lease } from '../../lib/kube/schema/types.mts'
import { LIVE_ANNOTATION, PROCESS_ANNOTATION, RUN_ANNOTATION } from '../../lib/marks.mts'
import { forbidden, lost, status } from './fake.mts'
import type { FakeCluster } from './fake.mts'
import { cluster, failure, idle, outcome } from './world.mts'

const REF = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'toy', name: 'landfall-toy' }
const ELSEWHERE = 'another-boot/pid:[1]/77/1'

interface Taking {
  signal?: AbortSignal
  say?: (text: string) => void
}

function take(fake: FakeCluster, run: string, { signal, say }: Taking = {}): Promise<Lock> {
  return takeLease(fake, {
    namespace: 'toy',
    stack: 'toy',
    run,
    signal: signal ?? new AbortController().signal,
    say: say ?? (() => undefined),
  })
}

function lease(fake: FakeCluster): Live<Lease> {
  const found = fake.find<Lease>('Lease', 'landfall-toy')
  assert.ok(found)
  return found
}

/** A lease that somebody else left. */
function held(fake: FakeCluster, { mark = ELSEWHERE, renewTime = 'then', holder = 'eve@elsewhere' } = {}): void {
  fake.put({
    apiVersion: REF.apiVersion,
    kind: REF.kind,
    metadata: {
      name: REF.name,
      namespace: 'toy',
      annotations: { [RUN_ANNOTATION]: 'theirs', [PROCESS_ANNOTATION]: mark, [LIVE_ANNOTATION]: '7' },
    },
    spec: { holderIdentity: holder, leaseDurationSeconds: 30, acquireTime: 'once', renewTime, leaseTransitions: 3 },
  } as KubeObject)
}

/** The holder renews, from wherever it is. */
function renew(fake: FakeCluster, renewTime: string): void {
  const now = lease(fake)
  fake.put({ ...now, spec: { ...now.spec, renewTime } })
}

function codeOf(ended: unknown): string {
  return failure(ended).code
}

suite('takeLease()', () => {
  let fake: FakeCluster
  beforeEach((context) => {
    fake = cluster()
    if ('mock' in context) context.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1e12 })
  })

  test('takeLease() creates the lease, with its run and its process in it', async () => {
    await using lock = await take(fake, 'mine')
    const { metadata, spec } = lease(fake)
    assert.equal(lock.run, 'mine')
    assert.equal(metadata.annotations?.[RUN_ANNOTATION], 'mine')
    assert.equal(metadata.annotations?.[PROCESS_ANNOTATION], processMark())
    assert.match(spec?.holderIdentity ?? '', /@/)
    assert.match(spec?.renewTime ?? '', /\.\d{6}Z$/)
  })

  test('takeLease() lets one of eight win that start together', async () => {
    const stop = new AbortController()
    const takers = Array.from({ length: 8 }, (_, at) => outcome(take(fake, `run-${at}`, { signal: stop.signal })))
    await idle()
    const winner = lease(fake).metadata.annotations?.[RUN_ANNOTATION]
    stop.abort(new DeployError({ code: 'interrupted', says: 'enough', next: '' }))
    const ended = await Promise.all(takers)
    const won = ended.filter((one): one is Lock => !(one instanceof Error))
    assert.deepEqual(
      won.map(({ run }) => run),
      [winner],
    )
    assert.equal(fake.writes().filter((write) => write.startsWith('replace')).length, 0)
    await won[0]?.[Symbol.asyncDispose]()
  })

  test('takeLease() never takes from one that was faster, although it had found the lock free', async () => {
    let first: Lock | undefined
    const gate = Promise.withResolvers<void>()
    fake.after = ({ verb }) => (verb === 'get' && first === undefined ? gate.promise : undefined)
    const slow = outcome(take(fake, 'slow'))
    await idle()
    fake.after = () => undefined
    first = await take(fake, 'fast')
    gate.resolve()
    await idle()
    assert.equal(lease(fake).metadata.annotations?.[RUN_ANNOTATION], 'fast')
    renew(fake, 'now')
    assert.equal(codeOf(await slow), 'locked')
    await first[Symbol.asyncDispose]()
  })

  test('takeLease() refuses where the holder renews, and names it', async () => {
    held(fake)
    const said: string[] = []
    const taking = outcome(take(fake, 'mine', { say: (text) => said.push(text) }))
    await idle()
    assert.match(said.join(), /held by eve@elsewhere/)
    renew(fake, 'now')
    const refusal = failure(await taking)
    assert.equal(refusal.code, 'locked')
    assert.match(refusal.message, /eve@elsewhere is deploying it .*run theirs/)
    assert.deepEqual(fake.writes(), [])
    assert.equal(fake.watching, 0)
  })

  test('takeLease() takes over from a holder that stays silent for a whole duration, and not before', async (context) => {
    held(fake)
    const taking = take(fake, 'mine')
    await idle()
    context.mock.timers.tick(29_999)
    await idle()
    assert.equal(lease(fake).metadata.annotations?.[RUN_ANNOTATION], 'theirs')
    context.mock.timers.tick(1)
    await using lock = await taking
    const { metadata, spec } = lease(fake)
    assert.equal(metadata.annotations?.[RUN_ANNOTATION], lock.run)
    assert.equal(metadata.annotations?.[LIVE_ANNOTATION], '7')
    assert.equal(spec?.leaseTransitions, 4)
  })

  test('takeLease() does not take over from a holder whose renewal the watch did not show', async (context) => {
    held(fake)
    const taking = outcome(take(fake, 'mine'))
    await idle()
    // As behind a dead connection: stored, never told.
    const now = lease(fake)
    fake.objects.set('coordination.k8s.io/Lease/toy/landfall-toy', {
      ...now,
      metadata: { ...now.metadata, resourceVersion: '9999' },
      spec: { ...now.spec, renewTime: 'unseen' },
    } as Live)
    context.mock.timers.tick(30_000)
    await idle()
    assert.equal(lease(fake).metadata.annotations?.[RUN_ANNOTATION], 'theirs')
    renew(fake, 'seen')
    assert.equal(codeOf(await taking), 'locked')
  })

  test('takeLease() takes over at once where the process is gone from this machine', async () => {
    const child = spawnSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' })
    const [boot, space] = (processMark() ?? '').split('/')
    held(fake, { mark: `${boot}/${space}/${child.stdout.trim()}/1` })
    await using lock = await take(fake, 'mine')
    assert.equal(lease(fake).metadata.annotations?.[RUN_ANNOTATION], lock.run)
  })

  test('takeLease() takes a lock that was given back, at once', async () => {
    held(fake, { holder: '' })
    await using lock = await take(fake, 'mine')
    assert.equal(lease(fake).metadata.annotations?.[RUN_ANNOTATION], lock.run)
  })

  test('takeLease() starts as soon as a watched holder gives the lock back', async () => {
    held(fake)
    const taking = take(fake, 'mine')
    await idle()
    held(fake, { holder: '' })
    await using lock = await taking
    assert.equal(lease(fake).metadata.annotations?.[RUN_ANNOTATION], lock.run)
  })

  test('takeLease() starts as soon as a watched lease is deleted', async () => {
    held(fake)
    const taking = take(fake, 'mine')
    await idle()
    fake.drop(REF)
    await using lock = await taking
    assert.equal(lease(fake).metadata.annotations?.[RUN_ANNOTATION], lock.run)
  })

  for (const [verb, prepare] of [
    ['create', () => undefined],
    ['replace', (at: FakeCluster) => held(at, { holder: '' })],
  ] as const) {
    test(`takeLease() finds its own lease where the answer of the ${verb} was lost`, async () => {
      prepare(fake)
      fake.after = (asked) => {
        if (asked.verb === verb && fake.writes().length === 1) throw lost()
      }
      await using lock = await take(fake, 'mine')
      assert.equal(lease(fake).metadata.annotations?.[RUN_ANNOTATION], lock.run)
      assert.equal(fake.writes().length, 1)
    })

    test(`takeLease() tries again where the ${verb} never arrived`, async () => {
      prepare(fake)
      fake.before = (asked) => {
        if (asked.verb === verb && fake.writes().length === 1) throw lost()
      }
      await using lock = await take(fake, 'mine')
      assert.equal(lease(fake).metadata.annotations?.[RUN_ANNOTATION], lock.run)
    })
  }

  test('takeLease() ends with the reason where it is interrupted while it waits, and leaves no watch open', async () => {
    held(fake)
    const stop = new AbortController()
    const taking = outcome(take(fake, 'mine', { signal: stop.signal }))
    await idle()
    assert.equal(fake.watching, 1)
    stop.abort(new DeployError({ code: 'interrupted', says: 'enough', next: '' }))
    assert.equal(codeOf(await taking), 'interrupted')
    assert.equal(fake.watching, 0)
    assert.deepEqual(fake.writes(), [])
  })

  test('takeLease() says what is forbidden instead of waiting', async () => {
    held(fake)
    fake.before = ({ verb }) => {
      if (verb === 'watch') throw forbidden('watch leases')
    }
    assert.equal(codeOf(await outcome(take(fake, 'mine'))), 'forbidden')
  })

  test('takeLease() says that the namespace is missing', async () => {
    fake.drop({ apiVersion: 'v1', kind: 'Namespace', name: 'toy' })
    assert.equal(codeOf(await outcome(take(fake, 'mine'))), 'namespace-missing')
  })
})

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
