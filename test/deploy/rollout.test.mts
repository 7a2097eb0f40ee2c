import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { encode } from '../../lib/deploy/release.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { component } from '../../lib/stacks/stack.mts'
import { failJob, idling, makeReady, rolledOut, started } from './rolling.mts'
import { forbidden } from './refused.mts'
import { cluster, configMap, deployed, deployment, idle, job, release, secret, toy, web, well } from './world.mts'

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
