import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { autoscaledIn, withCount } from '../../lib/deploy/handover.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { autoscaler } from '../../lib/stacks/parts/scaling.mts'
import { acts, plan } from './plans.mts'
import { cluster, deployed, deployment, web } from './world.mts'

const SCALED = (() => {
  const { replicas: _replicas, ...spec } = deployment('web').spec
  return { ...deployment('web'), spec } as KubeObject
})()
const HPA = autoscaler({ app: 'web', min: 2, max: 10, cpu: 70 })
const DESIRED = web(SCALED, HPA)
const AT = { stack: 'web', autoscaled: autoscaledIn(DESIRED) }
const HERE = { ...SCALED, metadata: { name: 'web', namespace: 'toy' } }

function running(replicas: number, manager: string): Live {
  const entry = { operation: 'Apply' as const, apiVersion: 'apps/v1', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }
  const { spec } = deployment('web', { replicas })
  const managedFields = [{ ...entry, manager }]
  return { ...HERE, spec, metadata: { ...HERE.metadata, uid: 'u', resourceVersion: '1', managedFields } } as Live
}

function countIn(object: KubeObject): unknown {
  return (object as { spec?: { replicas?: number } }).spec?.replicas
}

suite('withCount()', () => {
  test('withCount() begins a new workload with the least that its autoscaler keeps', () => {
    assert.equal(countIn(withCount(HERE, undefined, AT)), 2)
  })

  test('withCount() keeps the count that runs while it is still ours, or it would fall to one', () => {
    assert.equal(countIn(withCount(HERE, running(4, 'landfall-web'), AT)), 4)
  })

  test('withCount() leaves the count to the autoscaler once it owns it', () => {
    assert.equal(withCount(HERE, running(4, 'kube-controller-manager'), AT), HERE)
  })

  test('withCount() touches no workload without an autoscaler, and none that says its own count', () => {
    const alone = { ...AT, autoscaled: autoscaledIn(web(SCALED)) }
    assert.equal(withCount(HERE, undefined, alone), HERE)
    const said = { ...deployment('web', { replicas: 3 }), metadata: HERE.metadata }
    assert.equal(withCount(said, undefined, AT), said)
  })

  test('makePlan() hands a workload over to its autoscaler without a change of its count', async () => {
    const fake = cluster()
    await deployed(fake, web(deployment('web', { replicas: 4 })))
    const live = fake.find('Deployment', 'web') ?? assert.fail()
    const [own] = running(4, 'landfall-toy').metadata.managedFields ?? []
    fake.put({ ...live, metadata: { ...live.metadata, managedFields: [own ?? assert.fail()] } })
    const planned = await plan(fake, DESIRED)
    assert.deepEqual(acts(planned), ['unchanged deployment/toy/web', 'create horizontalpodautoscaler/toy/web'])
  })

  test('makePlan() makes a workload with the least that its autoscaler keeps, and records none', async () => {
    const planned = await plan(cluster(), DESIRED)
    const step = planned.steps.find(({ ref }) => ref.kind === 'Deployment')
    assert.equal(countIn(step?.object ?? assert.fail()), 2)
    const recorded = planned.desired.components.flatMap(({ objects }) => objects)
    assert.equal(countIn(recorded.find(({ kind }) => kind === 'Deployment') ?? assert.fail()), undefined)
  })
})
