import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { suite, test } from 'node:test'
import { Failed } from '../../lib/deploy/failure.mts'
import { land } from '../../lib/deploy/land.mts'
import { encode } from '../../lib/deploy/release.mts'
import { DeployError } from '../../lib/error.mts'
import { LIVE_ANNOTATION } from '../../lib/marks.mts'
import { component } from '../../lib/stacks/stack.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import { inOwnFolder } from './folder.mts'
import { DESIRED, failingJobs, HOME, landed, lease, recorded, writes } from './landing.mts'
import { forbidden, lost } from './refused.mts'
import {
  cluster,
  deployed,
  deployment,
  failure,
  idle,
  job,
  landingOf,
  outcome,
  release,
  toy,
  web,
  well,
} from './world.mts'

suite('land()', () => {
  inOwnFolder()

  test('land() makes a missing home and the lock in it first, then everything, then the record', async () => {
    const fake = cluster()
    fake.drop(HOME)
    const ended = well(await landed(fake, DESIRED))
    const [first, second] = fake.writes()
    assert.deepEqual([first, second], ['apply Namespace/toy', 'create Lease/landfall-toy'])
    assert.equal(writes(fake).at(-1), 'create ConfigMap/landfall-toy-1')
    assert.equal(ended.number, 1)
    assert.equal(lease(fake).metadata.annotations?.[LIVE_ANNOTATION], '1')
    assert.equal(lease(fake).spec?.holderIdentity, '')
  })

  test('land() writes nothing at all for what is landed already', async () => {
    const fake = cluster()
    await landed(fake, DESIRED)
    fake.asked.length = 0
    const { landing, told } = await landingOf(fake, DESIRED)
    const again = await land(landing)
    assert.equal(again.number, 1)
    assert.deepEqual(fake.writes(), [])
    assert.match(told.notes.join(), /0 writes, the same proof/)
  })

  test('land() removes what it superseded only when the release is recorded', async () => {
    const fake = cluster()
    await landed(fake, toy(component('web', [deployment('web'), deployment('old')])))
    fake.asked.length = 0
    await landed(fake, web(deployment('web')))
    assert.deepEqual(writes(fake).slice(-2), ['create ConfigMap/landfall-toy-2', 'delete Deployment/old'])
  })

  test('land() keeps the old release and removes nothing where the rollout fails', async () => {
    const fake = cluster()
    await landed(fake, web(deployment('web'), deployment('old')))
    failingJobs(fake)
    const error = failure(await landed(fake, web(deployment('web'), job('bucket'))))
    assert.equal(error.code, 'bucket-job-failed')
    assert.ok(error instanceof Failed)
    assert.equal(error.component, 'web')
    assert.match(error.evidence.join('\n'), /release 1 was live before.*npx zx rollback\.mts/)
    assert.ok(fake.find('Deployment', 'old'))
    assert.deepEqual(
      recorded(fake).map(({ number }) => number),
      [1],
    )
    assert.equal(lease(fake).spec?.holderIdentity, '')
  })

  test('land() says nothing of an earlier release on a first deploy that fails', async () => {
    const error = failure(await landed(failingJobs(cluster()), DESIRED))
    assert.doesNotMatch(error.evidence.join('\n'), /was live before/)
  })

  test('land() gives the lock back when it is interrupted, writes no more and records nothing', async () => {
    const fake = cluster()
    fake.controller = () => undefined
    const stop = new AbortController()
    const { landing } = await landingOf(fake, DESIRED, { signal: stop.signal })
    const ended = outcome(land(landing))
    await idle(60)
    const before = writes(fake)
    assert.ok(before.includes('apply Deployment/web'))
    stop.abort(new DeployError({ code: 'interrupted', says: 'enough', next: '' }))
    assert.equal(failure(await ended).exit, 130)
    assert.deepEqual(writes(fake), before)
    assert.equal(lease(fake).spec?.holderIdentity, '')
    assert.equal(fake.watching, 0)
  })

  test('land() stops where its lock is lost, and leaves the lock to who has it', async (context) => {
    const fake = cluster()
    fake.controller = () => undefined
    const { landing } = await landingOf(fake, DESIRED)
    context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
    const ended = outcome(land(landing))
    await idle(60)
    const held = lease(fake)
    fake.put({ ...held, metadata: { ...held.metadata, annotations: {} }, spec: { holderIdentity: 'eve@elsewhere' } })
    context.mock.timers.tick(4_000)
    const error = failure(await ended)
    assert.equal(error.code, 'lock-lost')
    assert.doesNotMatch(error.evidence.join(), /rollback/)
    assert.equal(lease(fake).spec?.holderIdentity, 'eve@elsewhere')
    assert.deepEqual(recorded(fake), [])
  })

  test('land() records what was proven in time although the clock ends meanwhile', async (context) => {
    const fake = cluster()
    const { landing } = await landingOf(fake, DESIRED)
    context.mock.timers.enable({ apis: ['setTimeout'] })
    fake.before = ({ verb, ref }) => {
      if (verb !== 'create' || ref.kind !== 'ConfigMap') return
      fake.before = () => undefined
      context.mock.timers.tick(DESIRED.slo)
      throw lost()
    }
    assert.equal((await land(landing)).number, 1)
  })

  test('land() ends with the time where nothing becomes ready', async (context) => {
    const fake = cluster()
    fake.controller = () => undefined
    const { landing } = await landingOf(fake, DESIRED, { settings: { within: 10_000 } })
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const ended = outcome(land(landing))
    await idle(60)
    context.mock.timers.tick(10_000)
    const error = failure(await ended)
    assert.deepEqual([error.code, error.exit], ['out-of-time', 4])
  })

  test('land() refuses where the ground moved, and has written nothing but the lock', async () => {
    const fake = cluster()
    await deployed(fake, web(deployment('web')))
    const { landing } = await landingOf(fake, web(deployment('web', { image: 'web:2' })))
    const live = fake.find('Deployment', 'web') ?? assert.fail()
    fake.put({ ...live, metadata: { ...live.metadata, generation: 9 } })
    fake.asked.length = 0
    assert.equal(failure(await outcome(land(landing))).code, 'ground-moved')
    assert.deepEqual(writes(fake), [])
    assert.equal(lease(fake).spec?.holderIdentity, '')
  })

  test('land() fails where a proof cannot be had, freezes that too, and records nothing', async () => {
    const fake = cluster()
    await landed(fake, web(deployment('web')))
    const service = { apiVersion: 'v1', kind: 'Service', namespace: 'toy', name: 'web' }
    const before = readdirSync('.landfall').length
    fake.before = ({ verb, ref }) => {
      if (verb === 'get' && ref.kind === 'Service') throw forbidden('get services')
    }
    const desired: Desired = {
      ...web(deployment('web', { image: 'web:2' })),
      proofs: [{ kind: 'unreachable', name: 'hidden', service }],
    }
    const error = failure(await landed(fake, desired))
    assert.equal(error.code, 'unproven')
    assert.match(error.evidence.join('\n'), /release 1 was live before/)
    assert.equal(readdirSync('.landfall').length, before + 1)
    assert.deepEqual(
      recorded(fake).map(({ number }) => number),
      [1],
    )
  })
})

suite('what is recorded', () => {
  inOwnFolder()

  test('land() records who, from where, when and with which run', async () => {
    const fake = cluster()
    await landed(fake, DESIRED)
    const [one] = recorded(fake)
    assert.match(one?.by ?? '', /@/)
    assert.ok(!Number.isNaN(Date.parse(one?.at ?? '')))
    assert.equal(one?.digest, DESIRED.digest)
    assert.deepEqual(
      one.timeline.map((timed) => timed.component),
      ['namespace', 'config', 'bucket', 'web'],
    )
  })

  test('land() keeps the schema revision that the last release had where the app tells none', async () => {
    const fake = cluster()
    fake.put(encode(release(1, web(deployment('old')), { schema: '9bc1' })))
    assert.equal(well(await landed(fake, DESIRED)).schema, '9bc1')
  })
})
