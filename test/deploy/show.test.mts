import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { makePlan } from '../../lib/deploy/plan.mts'
import { endDryRun, objectsOf, showPlan } from '../../lib/deploy/show.mts'
import type { Plan } from '../../lib/deploy/types.mts'
import type { PlanView } from '../../lib/report/report.mts'
import type { Settings } from '../../lib/settings/settings.mts'
import { cluster, configMap, deployed, deployment, listening, secret, web } from './world.mts'

const { signal } = new AbortController()

async function planned(): Promise<Plan> {
  const fake = cluster()
  await deployed(fake, web(configMap('config'), secret('keys', { password: 'hunter2hunter2' }), deployment('web')))
  const data = { a: '2', long: 'x'.repeat(500) }
  const desired = web(configMap('config', data), secret('keys', { password: 'other-password' }), deployment('ui'))
  return makePlan(fake, desired, { signal })
}

function viewOf(plan: Plan): PlanView {
  let view: PlanView | undefined
  const { report } = listening()
  showPlan({ ...report, plan: (told) => (view = told) }, plan)
  return view ?? assert.fail('no plan was told')
}

suite('showPlan()', () => {
  test('showPlan() tells what is done to every object', async () => {
    const { objects } = viewOf(await planned())
    assert.deepEqual(
      objects.map(({ action, ref }) => `${action} ${ref}`),
      [
        'unchanged namespace/toy',
        'update configmap/toy/config',
        'update secret/toy/keys',
        'create deployment/toy/ui',
        'delete deployment/toy/web',
      ],
    )
  })

  test('showPlan() never shows what a Secret holds or held', async () => {
    const text = JSON.stringify(viewOf(await planned()))
    for (const value of ['hunter2hunter2', 'other-password']) {
      assert.ok(!text.includes(value))
      assert.ok(!text.includes(Buffer.from(value).toString('base64')))
    }
    assert.match(text, /data\.password/)
  })

  test('showPlan() cuts long values', async () => {
    const change = viewOf(await planned())
      .objects.flatMap(({ changes }) => changes)
      .find(({ path }) => path === 'data.long')
    assert.ok((change?.to?.length ?? 0) <= 121)
  })

  test('showPlan() says why pods are rolled', async () => {
    const plan = await planned()
    const [first] = plan.steps
    const because = 'Secret keys got new data'
    const { objects } = viewOf({ ...plan, steps: first === undefined ? [] : [{ ...first, because }] })
    assert.deepEqual([objects[0]?.action, objects[0]?.warnings], ['roll', [because]])
  })

  test('showPlan() calls a Job that is made anew replaced', async () => {
    const plan = await planned()
    const steps = plan.steps.slice(0, 1).map((step) => ({ ...step, action: 'replace' as const }))
    assert.equal(viewOf({ ...plan, steps }).objects[0]?.action, 'replace')
  })
})

suite('endDryRun()', () => {
  const told = (settings: Partial<Settings>) => ({ output: 'text', exitCode: false, ...settings }) as Settings

  test('endDryRun() ends with 6 for differences, only where that was asked for', async () => {
    const { report } = listening()
    const plan = await planned()
    const same = { ...plan, steps: plan.steps.filter(({ action }) => action === 'unchanged') }
    assert.equal(endDryRun(report, plan, told({})), 0)
    assert.equal(endDryRun(report, plan, told({ exitCode: true })), 6)
    assert.equal(endDryRun(report, same, told({ exitCode: true })), 0)
  })

  test('endDryRun() gives the plan as data only where a format was asked for', async () => {
    const plan = await planned()
    const data: unknown[] = []
    const report = { ...listening().report, data: (value: unknown) => data.push(value) }
    endDryRun(report, plan, told({}))
    assert.deepEqual(data, [])
    endDryRun(report, plan, told({ output: 'json' }))
    assert.deepEqual(
      data.map((value) => (value as { kind: string }).kind),
      ['Plan'],
    )
  })
})

test('objectsOf() gives the objects in the order in which they are applied', () => {
  const kinds = objectsOf(web(configMap('config'), deployment('web'))).map(({ kind }) => kind)
  assert.deepEqual(kinds, ['Namespace', 'ConfigMap', 'Deployment'])
})
