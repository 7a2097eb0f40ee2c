import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Failed } from '../../lib/deploy/failure.mts'
import { DeployError } from '../../lib/error.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { component } from '../../lib/stacks/stack.mts'
import { failJob, idling, NEVER, rolledOut, started } from './rolling.mts'
import { status } from './refused.mts'
import { cluster, deployed, deployment, failure, idle, job, toy, web } from './world.mts'

suite('rollOut(), where it fails', () => {
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

  test("rollOut() believes the server's clock: what happens there is not stale because this machine is ahead", async () => {
    const fake = idling(cluster())
    fake.now = () => Date.now() - 600_000
    const { ended } = await started(fake, web(deployment('web')))
    await idle()
    fake.now = () => Date.now() - 590_000
    const live = fake.find('Deployment', 'web') ?? assert.fail()
    const overdue = {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: 'it timed out',
    }
    const conditions = [{ ...overdue, lastUpdateTime: fake.stamp() }]
    fake.put({ ...live, status: { observedGeneration: 1, conditions } } as KubeObject)
    assert.match(failure(await ended).message, /it timed out/)
  })
})
