import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { makePlan } from '../../lib/deploy/plan.mts'
import { encode } from '../../lib/deploy/release.mts'
import { settle } from '../../lib/deploy/settle.mts'
import type { Plan } from '../../lib/deploy/types.mts'
import type { DeployError } from '../../lib/error.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import type { FakeCluster } from './fake.mts'
import { forbidden, status } from './refused.mts'
import { cluster, configMap, deployed, deployment, failure, outcome, release, web } from './world.mts'

const { signal } = new AbortController()
const BEFORE = web(configMap('config'), deployment('web'))
const DESIRED = web(configMap('config', { a: '2' }), deployment('web'), deployment('ui'))

/** A plan that updates, creates and leaves alone, on a cluster with release 1. */
async function planned(): Promise<{ fake: FakeCluster; plan: Plan }> {
  const fake = cluster()
  await deployed(fake, BEFORE)
  fake.put(encode(release(1, BEFORE)))
  return { fake, plan: await makePlan(fake, DESIRED, { signal }) }
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

function away(): KubeObject {
  return { ...configMap('config'), metadata: { name: 'config', namespace: 'away' } }
}

async function refusal(fake: FakeCluster, plan: Plan): Promise<DeployError> {
  return failure(await outcome(settle(fake, plan, signal)))
}

function find(fake: FakeCluster, kind: string, name: string): Live & Record<string, unknown> {
  return fake.find<KubeObject & Record<string, unknown>>(kind, name) ?? assert.fail(`no ${kind} ${name}`)
}

suite('settle()', () => {
  test('settle() gives the plan as it is where its ground holds, and writes nothing', async () => {
    const { fake, plan } = await planned()
    fake.asked.length = 0
    assert.equal(await settle(fake, plan, signal), plan)
    assert.deepEqual(fake.writes(), [])
  })

  for (const [what, move] of [
    ['another release', (fake) => fake.put(encode(release(2, DESIRED)))],
    [
      'that its release is gone',
      (fake) => fake.drop({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'toy', name: 'landfall-toy-1' }),
    ],
    [
      'another spec',
      (fake) => {
        const live = find(fake, 'Deployment', 'web')
        fake.put({ ...live, metadata: { ...live.metadata, generation: 9 } })
      },
    ],
    [
      'other data where there is no generation',
      (fake) => fake.put({ ...find(fake, 'ConfigMap', 'config'), data: { a: '3' } } as KubeObject),
    ],
    [
      'another object of the same name',
      (fake) => {
        const live = find(fake, 'Deployment', 'web')
        fake.put({ ...live, metadata: { ...live.metadata, uid: 'another' } })
      },
    ],
    [
      'that an object is gone',
      (fake) => fake.drop({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'toy', name: 'web' }),
    ],
    [
      'that what shall be created is there',
      (fake) => fake.put({ ...deployment('ui'), metadata: { name: 'ui', namespace: 'toy' } }),
    ],
  ] as [string, (fake: FakeCluster) => unknown][]) {
    test(`settle() refuses to go on where it finds ${what}`, async () => {
      const { fake, plan } = await planned()
      move(fake)
      const refused = await refusal(fake, plan)
      assert.equal(refused.code, 'ground-moved')
      assert.match(refused.next, /deploy again/)
    })
  }

  test('settle() names everything that moved', async () => {
    const { fake, plan } = await planned()
    fake.put(encode(release(2, DESIRED)))
    fake.put({ ...find(fake, 'ConfigMap', 'config'), data: { a: '3' } } as KubeObject)
    const refused = await refusal(fake, plan)
    assert.match(refused.message, /the live release \(2\)/)
    assert.deepEqual(refused.evidence, ['configmap/toy/config'])
  })

  test('settle() does not take a moved status for moved ground', async () => {
    const { fake, plan } = await planned()
    fake.put({ ...find(fake, 'Deployment', 'web'), status: { replicas: 0 } } as KubeObject)
    fake.put({ ...find(fake, 'ConfigMap', 'config') })
    assert.equal(await settle(fake, plan, signal), plan)
  })

  test('settle() checks what the plan would leave alone: a failed run may have changed it', async () => {
    const fake = cluster()
    await deployed(fake, BEFORE)
    const plan = await makePlan(fake, BEFORE, { signal })
    assert.ok(plan.steps.every(({ action }) => action === 'unchanged'))
    const live = find(fake, 'Deployment', 'web')
    fake.put({ ...live, metadata: { ...live.metadata, generation: 9 } })
    assert.equal((await refusal(fake, plan)).code, 'ground-moved')
  })

  test('settle() asks nothing for an empty plan', async () => {
    const fake = cluster()
    await deployed(fake, BEFORE)
    fake.put(encode(release(1, BEFORE)))
    const plan = await makePlan(fake, BEFORE, { signal })
    fake.asked.length = 0
    assert.equal(await settle(fake, plan, signal), plan)
    assert.deepEqual(fake.asked, [])
  })

  test('settle() does not take what it may not see for moved ground', async () => {
    const fake = cluster()
    fake.before = ({ ref }) => {
      if (ref.kind === 'Namespace') throw forbidden('get namespaces')
    }
    const plan = await makePlan(fake, DESIRED, { signal })
    fake.before = ({ ref, verb }) => {
      if (ref.kind === 'Namespace' || (verb === 'get' && ref.kind === 'Deployment')) throw forbidden('get it')
    }
    assert.equal(await settle(fake, plan, signal), plan)
  })

  test('settle() plans anew in a home that was missing', async () => {
    const fake = cluster()
    fake.drop({ apiVersion: 'v1', kind: 'Namespace', name: 'toy' })
    const plan = await makePlan(fake, DESIRED, { signal })
    const home = plan.steps[0]?.object ?? assert.fail()
    await fake.apply(home, { manager: 'landfall-toy' })
    fake.asked.length = 0
    const settled = await settle(fake, plan, signal)
    assert.deepEqual(settled.newNamespaces, [])
    assert.equal(fake.asked.filter(({ verb }) => verb === 'dry-run').length, 4)
  })

  test('settle() makes the other namespaces that are missing, and dry-runs everything in them', async () => {
    const fake = cluster()
    const desired = web(namespace('away'), away(), namespace('far'))
    const plan = await makePlan(fake, desired, { signal })
    fake.asked.length = 0
    const settled = await settle(fake, plan, signal)
    assert.deepEqual(fake.writes(), ['apply Namespace/away', 'apply Namespace/far'])
    assert.deepEqual(settled.newNamespaces, [])
    assert.equal(settled.steps.find(({ ref }) => ref.kind === 'Namespace' && ref.name === 'away')?.action, 'unchanged')
  })

  test('settle() makes no namespace where the ground of the plan has moved', async () => {
    const fake = cluster()
    const plan = await makePlan(fake, web(namespace('away'), away(), configMap('config')), { signal })
    fake.put({ ...configMap('config'), metadata: { name: 'config', namespace: 'toy' } })
    fake.asked.length = 0
    assert.equal((await refusal(fake, plan)).code, 'ground-moved')
    assert.deepEqual(fake.writes(), [])
  })

  test('settle() names each namespace that it made where it could not go on', async () => {
    const fake = cluster()
    const plan = await makePlan(fake, web(namespace('away'), away(), namespace('far')), { signal })
    fake.before = ({ verb, ref }) => {
      if (verb === 'apply' && ref.name === 'far') throw forbidden('patch resource "namespaces"')
    }
    const refused = await refusal(fake, plan)
    assert.equal(refused.code, 'forbidden')
    assert.deepEqual(refused.evidence, ['namespace away was made for this and stays, empty'])
  })

  test('settle() says that the new namespace stays where the dry run in it refuses', async () => {
    const fake = cluster()
    fake.drop({ apiVersion: 'v1', kind: 'Namespace', name: 'toy' })
    const plan = await makePlan(fake, DESIRED, { signal })
    await fake.apply(plan.steps[0]?.object ?? assert.fail(), { manager: 'landfall-toy' })
    fake.before = ({ verb, ref }) => {
      if (verb === 'dry-run' && ref.kind === 'Deployment') throw status(422, 'Invalid', 'it is wrong')
    }
    const refused = await refusal(fake, plan)
    assert.equal(refused.code, 'invalid')
    assert.match(refused.evidence.join(), /namespace toy was made for this and stays/)
  })
})
