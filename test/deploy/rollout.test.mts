import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startClock } from '../../lib/deploy/clock.mts'
import { Failed } from '../../lib/deploy/failure.mts'
import { explained, together } from '../../lib/deploy/outcome.mts'
import { makePlan } from '../../lib/deploy/plan.mts'
import { encode } from '../../lib/deploy/release.mts'
import { rollOut } from '../../lib/deploy/rollout.mts'
import { DeployError } from '../../lib/error.mts'
import type { Code } from '../../lib/error.mts'
import type { Cause, Health } from '../../lib/health/health.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { component } from '../../lib/stacks/stack.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import { forbidden, status } from './fake.mts'
import type { FakeCluster } from './fake.mts'
import {
  cluster,
  configMap,
  deployed,
  deployment,
  failure,
  idle,
  job,
  listening,
  outcome,
  readyStatus,
  release,
  secret,
  toy,
  web,
  well,
} from './world.mts'

const { signal: NEVER } = new AbortController()

/** A rollout under way: planned and started, with what it ends with. */
async function started(fake: FakeCluster, desired: Desired, signal = NEVER, within = 120_000) {
  const plan = await makePlan(fake, desired, { signal: NEVER })
  fake.asked.length = 0
  const told = listening()
  const clock = startClock(within, signal)
  const frozen: DeployError[] = []
  const ended = outcome(
    rollOut({
      cluster: fake,
      plan,
      clock,
      report: told.report,
      frozen: ({ error }) => {
        frozen.push(error)
        return Promise.resolve(error)
      },
    }).finally(() => clock[Symbol.dispose]()),
  )
  return { plan, told, clock, frozen, ended }
}

async function rolledOut(fake: FakeCluster, desired: Desired) {
  const rollout = await started(fake, desired)
  const ended = await rollout.ended
  return { ...rollout, ended }
}

/** Nothing becomes ready unless it is told to. */
function idling(fake: FakeCluster): FakeCluster {
  fake.controller = () => undefined
  return fake
}

function makeReady(fake: FakeCluster, kind: string, name: string): void {
  const live = fake.find(kind, name) ?? assert.fail(`no ${kind} ${name}`)
  fake.put({ ...live, status: readyStatus(live) } as KubeObject)
}

function failJob(fake: FakeCluster): void {
  const live = [...fake.objects.values()].find(({ kind }) => kind === 'Job') ?? assert.fail('no job')
  const message = 'Job has reached the specified backoff limit'
  const condition = {
    type: 'Failed',
    status: 'True',
    reason: 'BackoffLimitExceeded',
    message,
    lastTransitionTime: fake.stamp(),
  }
  fake.put({ ...live, status: { failed: 1, conditions: [condition] } } as KubeObject)
}

suite('rollOut()', () => {
  test('rollOut() opens its watches before the first write', async () => {
    const fake = cluster()
    await rolledOut(fake, web(deployment('web')))
    const verbs = fake.asked.map(({ verb }) => verb)
    assert.ok(verbs.lastIndexOf('watch') < verbs.indexOf('apply'))
    assert.equal(fake.watching, 0)
  })

  test('rollOut() writes only what the plan says', async () => {
    const fake = cluster()
    await deployed(fake, web(configMap('config'), deployment('web')))
    await rolledOut(fake, web(configMap('config'), deployment('web', { image: 'web:2' })))
    assert.deepEqual(fake.writes(), ['apply Deployment/web'])
  })

  test('rollOut() applies a component when what it needs is ready, and not before', async () => {
    const fake = idling(cluster())
    const desired = toy(
      component('db', [deployment('db')]),
      component('api', [deployment('api')], { needs: ['db'] }),
      component('ui', [deployment('ui')]),
    )
    const { ended, told } = await started(fake, desired)
    await idle()
    assert.deepEqual(fake.writes(), ['apply Deployment/db', 'apply Deployment/ui'])
    makeReady(fake, 'Deployment', 'db')
    await idle()
    assert.deepEqual(fake.writes().slice(2), ['apply Deployment/api'])
    makeReady(fake, 'Deployment', 'api')
    makeReady(fake, 'Deployment', 'ui')
    const rollout = well(await ended)
    assert.deepEqual(
      rollout.timeline.map((timed) => timed.component),
      ['namespace', 'db', 'api', 'ui'],
    )
    assert.ok(told.components.some((line) => line.startsWith('api ready')))
  })

  test('rollOut() judges several changes that come in one breath', async () => {
    const fake = idling(cluster())
    const { ended } = await started(fake, web(deployment('web')))
    await idle()
    for (let at = 0; at < 5; at += 1) {
      const live = fake.find('Deployment', 'web') ?? assert.fail()
      fake.put({ ...live, status: { replicas: at } } as KubeObject)
    }
    makeReady(fake, 'Deployment', 'web')
    const before = performance.now()
    well(await ended)
    assert.ok(performance.now() - before < 500, 'it waited for the next tick')
  })

  test('rollOut() writes nothing and watches nothing where all is as it should be', async () => {
    const fake = cluster()
    const desired = web(deployment('web'))
    await deployed(fake, desired)
    const { ended, told } = await rolledOut(fake, desired)
    well(ended)
    assert.deepEqual(fake.asked, [])
    assert.ok(told.components.includes('web ready unchanged'))
  })

  test('rollOut() waits for what is unchanged but not ready', async () => {
    const fake = idling(cluster())
    const desired = web(deployment('web'))
    await deployed(fake, desired)
    const { ended } = await started(fake, desired)
    await idle()
    assert.deepEqual(fake.writes(), [])
    makeReady(fake, 'Deployment', 'web')
    well(await ended)
  })

  test('rollOut() ends at once where something is doomed, with its component, and stops the others', async () => {
    const fake = idling(cluster())
    const desired = toy(
      component('bucket', [job('bucket')]),
      component('web', [deployment('web')]),
      component('api', [deployment('api')], { needs: ['bucket'] }),
    )
    const { ended, frozen } = await started(fake, desired)
    await idle()
    failJob(fake)
    const error = failure(await ended)
    assert.ok(error instanceof Failed)
    assert.equal(error.component, 'bucket')
    assert.equal(error.code, 'bucket-job-failed')
    assert.deepEqual(frozen, [error])
    assert.equal(fake.watching, 0)
    assert.equal(fake.find('Deployment', 'api'), undefined)
  })

  test('rollOut() names the waiting components where the time is up', async (context) => {
    const fake = idling(cluster())
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const { ended, frozen } = await started(fake, web(deployment('web')), NEVER, 5_000)
    await idle()
    context.mock.timers.tick(5_000)
    const error = failure(await ended)
    assert.equal(error.code, 'out-of-time')
    assert.equal(error.exit, 4)
    assert.match(error.message, /waiting for web: /)
    assert.equal(frozen.length, 1)
    assert.equal(fake.watching, 0)
  })

  test("rollOut() ends with the operator's reason, and closes its watches", async () => {
    const fake = idling(cluster())
    const stop = new AbortController()
    const { ended } = await started(fake, web(deployment('web')), stop.signal)
    await idle()
    const reason = new DeployError({ code: 'interrupted', says: 'enough', next: '' })
    stop.abort(reason)
    assert.equal(await ended, reason)
    assert.equal(fake.watching, 0)
  })

  test('rollOut() hands its signal to every request', async () => {
    const fake = cluster()
    await rolledOut(fake, web(configMap('config'), job('bucket'), deployment('web')))
    assert.deepEqual(
      fake.asked.filter((asked) => asked.signal === undefined),
      [],
    )
  })

  test('rollOut() says of a refused write which component it was, and what to do', async () => {
    const fake = cluster()
    await deployed(fake, web(deployment('web')))
    fake.before = ({ verb, ref }) => {
      if (verb !== 'apply' || ref.kind !== 'Deployment') return
      throw status(409, 'Conflict', 'conflict', {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "helm"', field: '.spec.replicas' }],
      })
    }
    const refused = failure((await rolledOut(fake, web(deployment('web', { image: 'web:2' })))).ended)
    assert.ok(refused instanceof Failed)
    assert.equal(refused.component, 'web')
    assert.equal(refused.code, 'conflict')
    assert.match(refused.next, /--force-conflicts/)
  })

  test('rollOut() refuses to write onto an object that is another one by now', async () => {
    const fake = cluster()
    await deployed(fake, web(deployment('web')))
    const desired = web(deployment('web', { image: 'web:2' }))
    fake.before = ({ verb }) => {
      if (verb !== 'apply') return
      const live = fake.find('Deployment', 'web') ?? assert.fail()
      fake.objects.set('apps/Deployment/toy/web', { ...live, metadata: { ...live.metadata, uid: 'another' } })
    }
    assert.equal(failure((await rolledOut(fake, desired)).ended).code, 'conflict')
  })

  test('rollOut() makes a failed Job anew: deletes that very one, waits until it is gone, applies', async () => {
    const fake = cluster()
    const desired = web(job('bucket'))
    await deployed(fake, desired)
    failJob(fake)
    const old = [...fake.objects.values()].find(({ kind }) => kind === 'Job')
    const { ended } = await rolledOut(fake, desired)
    well(ended)
    assert.deepEqual(
      fake.writes().map((write) => write.split(' ')[0]),
      ['delete', 'apply'],
    )
    const made = [...fake.objects.values()].find(({ kind }) => kind === 'Job')
    assert.notEqual(made?.metadata.uid, old?.metadata.uid)
  })

  test('rollOut() waits for Secrets that something else fills before pods are applied', async () => {
    const fake = cluster()
    const reader = deployment('web', { reads: { secrets: ['keys'] } })
    const desired = { ...web(reader), secrets: [{ namespace: 'toy', name: 'keys', keys: ['a'] }] }
    const { ended, told } = await started(fake, desired)
    await idle()
    assert.deepEqual(fake.writes(), [])
    assert.ok(told.components.some((line) => /web progressing waiting for Secret keys/.test(line)))
    fake.put({ ...secret('keys'), metadata: { name: 'keys', namespace: 'toy' } })
    well(await ended)
  })

  test('rollOut() leaves that to the kubelet where it may not watch the Secret', async () => {
    const fake = cluster()
    const reader = deployment('web', { reads: { secrets: ['keys'] } })
    const desired = { ...web(reader), secrets: [{ namespace: 'toy', name: 'keys', keys: ['a'] }] }
    fake.before = ({ verb, ref }) => {
      if (verb === 'watch' && ref.kind === 'Secret') throw forbidden('watch secrets')
    }
    well((await rolledOut(fake, desired)).ended)
  })

  test("rollOut() believes the server's clock: a failure is not stale because this machine is ahead", async () => {
    const fake = idling(cluster())
    fake.now = () => Date.now() - 600_000
    const { ended } = await started(fake, web(job('bucket')))
    await idle()
    failJob(fake)
    assert.equal(failure(await ended).code, 'bucket-job-failed')
  })

  test('rollOut() deletes a stuck pod once, not at every change', async () => {
    const fake = idling(cluster())
    const set = { ...deployment('db'), kind: 'StatefulSet' }
    await deployed(fake, web(set))
    const live = fake.find('StatefulSet', 'db') ?? assert.fail()
    const changed = { ...set, spec: { ...set.spec, serviceName: 'db' } }
    const { ended } = await started(fake, web(changed))
    await idle()
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'db-0',
        namespace: 'toy',
        labels: { 'controller-revision-hash': 'old' },
        finalizers: ['stay'],
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: live.metadata.uid, controller: true },
        ],
      },
      spec: { containers: [{ name: 'db', image: 'web:1' }] },
      status: {
        phase: 'Pending',
        containerStatuses: [{ name: 'db', state: { waiting: { reason: 'ImagePullBackOff' } } }],
      },
    } as KubeObject
    // Deletion takes its time.
    fake.drop = () => undefined
    const told = { observedGeneration: 2, updateRevision: 'new', currentRevision: 'old', replicas: 1 }
    fake.put({ ...(fake.find('StatefulSet', 'db') ?? assert.fail()), status: told } as KubeObject)
    for (let at = 0; at < 5; at += 1) {
      fake.put(pod)
      await idle()
    }
    assert.deepEqual(
      fake.writes().filter((write) => write.startsWith('delete')),
      ['delete Pod/db-0'],
    )
    const now = fake.find('StatefulSet', 'db') ?? assert.fail()
    const counts = { replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1, currentRevision: 'new' }
    fake.put({ ...now, status: { ...told, ...counts } } as KubeObject)
    well(await ended)
  })

  test('rollOut() deletes nothing for an empty plan, which holds no lock', async () => {
    const fake = idling(cluster())
    const desired = web(deployment('web'))
    await deployed(fake, desired)
    fake.put(encode(release(1, desired)))
    const { ended } = await started(fake, desired)
    await idle()
    makeReady(fake, 'Deployment', 'web')
    await ended
    assert.deepEqual(fake.writes(), [])
  })
})

const CAUSE: Cause = { code: 'crash-loop', says: 'it crashes', evidence: [], next: 'mend it' }

suite('together()', () => {
  const ready = (detail: string): Health => ({ state: 'ready', detail })
  const progressing = (detail: string, trouble?: Cause): Health => ({
    state: 'progressing',
    detail,
    ...(trouble === undefined ? {} : { trouble }),
  })
  const doomed: Health = { state: 'doomed', cause: CAUSE }
  for (const [what, healths, stands] of [
    ['nothing is ready', [], ready('there')],
    ['all are ready: the most telling detail', [ready('there'), ready('2/2'), ready('')], ready('2/2')],
    ['one is not ready', [ready('2/2'), progressing('1/2')], progressing('1/2')],
    ['one is in trouble', [progressing('1/2'), progressing('0/1', CAUSE)], progressing('0/1', CAUSE)],
    ['one is doomed', [ready('2/2'), progressing('0/1', CAUSE), doomed], doomed],
  ] as const) {
    test(`together() stands as its worst object where ${what}`, () => {
      assert.deepEqual(together(healths), stands)
    })
  }
})

suite('explained()', () => {
  const late = new DeployError({ code: 'out-of-time', says: 'the time is up', next: 'verify' })
  const standing = (code?: Code): Map<string, Health> =>
    new Map([
      ['ui', { state: 'ready', detail: '1/1' }],
      [
        'web',
        { state: 'progressing', detail: 'starting', ...(code === undefined ? {} : { trouble: { ...CAUSE, code } }) },
      ],
    ])

  for (const [trouble, code, exit] of [
    ['database-unreachable', 'database-unreachable', 4],
    ['unready', 'unready', 4],
    ['crash-loop', 'out-of-time', 4],
    ['vault-failed', 'out-of-time', 4],
  ] as const) {
    test(`explained() ends ${trouble} that outlasted the clock as ${code}, exit ${exit}`, () => {
      const error = explained(late, standing(trouble))
      assert.ok(error instanceof Failed)
      assert.deepEqual([error.code, error.exit, error.component], [code, exit, 'web'])
      assert.match(error.message, new RegExp(`${trouble}: it crashes`))
      assert.equal(error.next, 'mend it')
    })
  }

  test('explained() says what was waited for where there was no trouble', () => {
    const error = explained(late, standing())
    assert.ok(error instanceof DeployError)
    assert.deepEqual([error.code, error.evidence], ['out-of-time', ['web: starting']])
    assert.doesNotMatch(error.message, /ui/)
  })

  test('explained() leaves every other error alone', () => {
    for (const error of [new Error('bug'), new DeployError({ code: 'locked', says: 'x', next: '' })])
      assert.equal(explained(error, standing('unready')), error)
  })
})
