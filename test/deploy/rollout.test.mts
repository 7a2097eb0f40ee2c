import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { encode } from '../../lib/deploy/release.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { DeployError } from '../../lib/error.mts'
import { component } from '../../lib/stacks/stack.mts'
import { failJob, idling, makeReady, rolledOut, started } from './rolling.mts'
import type { FakeCluster } from './fake.mts'
import { forbidden } from './refused.mts'
import {
  cluster,
  configMap,
  deployed,
  deployment,
  failure,
  idle,
  job,
  release,
  secret,
  toy,
  web,
  well,
} from './world.mts'

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

  test('rollOut() names what somebody deletes meanwhile, and waits for it no longer', async () => {
    const fake = idling(cluster())
    const { ended } = await started(fake, web(deployment('web')))
    await idle()
    fake.drop({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'toy', name: 'web' })
    const failed = failure(await ended)
    assert.equal(failed.code, 'ground-moved')
    assert.match(failed.message, /deployment\/toy\/web was deleted by somebody else/)
  })

  test('rollOut() hands its signal to every request', async () => {
    const fake = cluster()
    await rolledOut(fake, web(configMap('config'), job('bucket'), deployment('web')))
    assert.deepEqual(
      fake.asked.filter((asked) => asked.signal === undefined),
      [],
    )
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

  const set = { ...deployment('db'), kind: 'StatefulSet' }
  const revisions = { observedGeneration: 1, updateRevision: 'new', currentRevision: 'old', replicas: 1 }

  /** A pod of the set's old revision that cannot pull its image. */
  function stuck(fake: FakeCluster): KubeObject {
    const { uid } = (fake.find('StatefulSet', 'db') ?? assert.fail()).metadata
    const waiting = { state: { waiting: { reason: 'ImagePullBackOff' } } }
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'db-0',
        namespace: 'toy',
        labels: { 'controller-revision-hash': 'old' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid, controller: true }],
      },
      spec: { containers: [{ name: 'db', image: 'web:1' }] },
      status: { phase: 'Pending', containerStatuses: [{ name: 'db', ...waiting }] },
    } as KubeObject
  }

  function tell(fake: FakeCluster, status: object): void {
    fake.put({ ...(fake.find('StatefulSet', 'db') ?? assert.fail()), status } as KubeObject)
  }

  test('rollOut() deletes a stuck pod once, not at every change', async () => {
    const fake = idling(cluster())
    await deployed(fake, web(set))
    const changed = { ...set, spec: { ...set.spec, serviceName: 'db' } }
    const { ended } = await started(fake, web(changed))
    await idle()
    // Deletion takes its time.
    fake.drop = () => undefined
    const told = { ...revisions, observedGeneration: 2 }
    tell(fake, told)
    for (let at = 0; at < 5; at += 1) {
      fake.put(stuck(fake))
      await idle()
    }
    assert.deepEqual(
      fake.writes().filter((write) => write.startsWith('delete')),
      ['delete Pod/db-0'],
    )
    const counts = { replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1, currentRevision: 'new' }
    tell(fake, { ...told, ...counts })
    well(await ended)
  })

  test('rollOut() deletes nothing for an empty plan, which holds no lock', async () => {
    const fake = idling(cluster())
    const desired = web(set)
    await deployed(fake, desired)
    fake.put(encode(release(1, desired)))
    tell(fake, revisions)
    fake.put(stuck(fake))
    const stop = new AbortController()
    const { ended } = await started(fake, desired, stop.signal)
    await idle()
    stop.abort(new DeployError({ code: 'interrupted', says: 'enough', next: '' }))
    assert.equal(failure(await ended).code, 'interrupted')
    assert.deepEqual(fake.writes(), [])
  })
})
