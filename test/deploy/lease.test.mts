import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { beforeEach, suite, test } from 'node:test'
import type { Lock } from '../../lib/deploy/hold.mts'
import { processMark } from '../../lib/deploy/holder.mts'
import { DeployError } from '../../lib/error.mts'
import type { Live } from '../../lib/kube/object.mts'
import { LIVE_ANNOTATION, PROCESS_ANNOTATION, RUN_ANNOTATION } from '../../lib/marks.mts'
import type { FakeCluster } from './fake.mts'
import { codeOf, held, lease, REF, renew, take } from './leases.mts'
import { forbidden, lost } from './refused.mts'
import { cluster, failure, idle, outcome } from './world.mts'

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
