import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { findWayBack, refuseSchemaAhead } from '../../lib/deploy/earlier.mts'
import type { WayBack } from '../../lib/deploy/earlier.mts'
import { land } from '../../lib/deploy/land.mts'
import type { Release } from '../../lib/deploy/types.mts'
import { isEmpty } from '../../lib/deploy/types.mts'
import { DeployError } from '../../lib/error.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { component } from '../../lib/stacks/stack.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import { AT, proven, signal, version } from './proven.mts'
import {
  cluster,
  configMap,
  deployed,
  deployment,
  failure,
  landingOf,
  listening,
  outcome,
  release,
  secret,
  toy,
  web,
} from './world.mts'

async function refusal(ending: Promise<unknown>): Promise<DeployError> {
  return failure(await outcome(ending))
}

function imageIn({ plan }: WayBack): string | undefined {
  const text = JSON.stringify(plan.desired.components)
  return /"image":"(web:\d)"/.exec(text)?.[1]
}

suite('findWayBack()', () => {
  test('findWayBack() takes the version before, after a good deploy', async () => {
    const fake = await proven(version(1), version(2))
    const back = await findWayBack(fake, AT)
    assert.equal(back.release.number, 1)
    assert.equal(imageIn(back), 'web:1')
    assert.deepEqual(
      fake.writes().filter((write) => !write.startsWith('apply')),
      [],
    )
  })

  test('findWayBack() takes the version that served, after a deploy that failed', async () => {
    const fake = await proven(version(1), version(2))
    await deployed(fake, version(3))
    assert.equal((await findWayBack(fake, AT)).release.number, 2)
  })

  test('findWayBack() takes the version that served where only something to be removed is left of the failed one', async () => {
    const fake = await proven(version(1), version(2))
    await deployed(fake, web(deployment('web', { image: 'web:2' }), deployment('new')))
    const back = await findWayBack(fake, AT)
    assert.equal(back.release.number, 2)
    assert.deepEqual(
      back.plan.steps.flatMap(({ action, ref }) => (action === 'delete' ? [ref.name] : [])),
      ['new'],
    )
  })

  test('findWayBack() goes on to the one before, after a rollback, and not back to what was left', async () => {
    const fake = await proven(version(1), version(2), version(3), version(2))
    const back = await findWayBack(fake, AT)
    assert.equal(back.release.number, 3)
    assert.equal(imageIn(back), 'web:3')
  })

  test('findWayBack() passes over a record that is damaged', async () => {
    const fake = await proven(version(1), version(2), version(3))
    const record = fake.find('ConfigMap', 'landfall-toy-2') ?? assert.fail()
    fake.put({ ...record, binaryData: {} } as KubeObject)
    assert.equal((await findWayBack(fake, AT)).release.number, 1)
  })

  test('findWayBack() takes the version that served where the damaged record is the newest', async () => {
    const fake = await proven(version(1), version(2), version(3))
    const record = fake.find('ConfigMap', 'landfall-toy-3') ?? assert.fail()
    fake.put({ ...record, binaryData: {} } as KubeObject)
    assert.equal((await findWayBack(fake, AT)).release.number, 2)
  })

  test('findWayBack() takes the release that was asked for, even the one that is applied', async () => {
    const fake = await proven(version(1), version(2), version(3))
    assert.equal((await findWayBack(fake, { ...AT, to: 1 })).release.number, 1)
    const here = await findWayBack(fake, { ...AT, to: 3 })
    assert.equal(isEmpty(here.plan), true)
  })

  test('findWayBack() does not take pods that a changed Secret rolls for another version', async () => {
    const reading = (at: number): Desired =>
      web(deployment('web', { image: `web:${at}`, reads: { secrets: ['keys'] } }))
    const fake = await proven(reading(1), reading(2))
    const fieldsV1 = { 'f:data': {} }
    const managedFields = [
      { manager: 'v', operation: 'Update' as const, apiVersion: 'v1', time: '2026-11-21T10:00:00Z', fieldsV1 },
    ]
    fake.put({ ...secret('keys'), metadata: { name: 'keys', namespace: 'toy', managedFields } })
    const live = fake.find<KubeObject & { spec: { template: { spec: object } } }>('Deployment', 'web') ?? assert.fail()
    fake.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web-1',
        namespace: 'toy',
        labels: { app: 'web', 'landfall.dev/stack': 'toy' },
        creationTimestamp: '2026-11-01T00:00:00Z',
      },
      spec: live.spec.template.spec,
      status: {
        phase: 'Running',
        containerStatuses: [{ name: 'web', state: { running: { startedAt: '2026-11-01T00:00:01Z' } } }],
      },
    } as KubeObject)
    const back = await findWayBack(fake, AT)
    assert.equal(back.release.number, 1)
    const row = back.plan.preflight.find(({ name, state }) => name === 'Secret keys' && state === 'warning')
    assert.match(row?.says ?? '', /got new data at 2026-11-21T10:00:00Z, after release 1 was proven/)
  })

  test('findWayBack() applies no Secret, whose data is not recorded, and removes none', async () => {
    const keyed = (at: number): Desired => web(secret('keys'), deployment('web', { image: `web:${at}` }))
    const fake = await proven(keyed(1), keyed(2))
    const { plan } = await findWayBack(fake, AT)
    assert.deepEqual(
      plan.steps.filter(({ ref }) => ref.kind === 'Secret'),
      [],
    )
  })

  for (const [what, versions, to, says] of [
    ['none was ever proven', [], undefined, /none was ever proven/],
    ['there is only what is applied', [1], undefined, /nothing but release 1/],
    ['the same was proven twice', [1, 1], undefined, /nothing but release 2/],
    ['the one that was asked for is gone', [1, 2], 9, /release 9 is not recorded; there are 2, 1/],
    ['nothing is recorded at all', [], 9, /release 9 is not recorded$/],
  ] as const) {
    test(`findWayBack() refuses where ${what}`, async () => {
      const fake = await proven(...versions.map(version))
      const refused = await refusal(findWayBack(fake, { ...AT, to }))
      assert.deepEqual([refused.code, refused.exit], ['no-release', 3])
      assert.match(refused.message, says)
    })
  }
})

suite('refuseSchemaAhead()', () => {
  const base = (schema: string | undefined) => release(2, version(2), schema === undefined ? {} : { schema })
  async function checked(to: Partial<Release>, live: string | undefined, schemaCompatible = false) {
    const told = listening()
    const { landing } = await landingOf(cluster(), version(1))
    const plan = { ...landing.plan, base: base(live) }
    const target = landing.target.proofs(plan.desired)
    const back = { release: release(1, version(1), to), plan }
    const ended = await outcome(refuseSchemaAhead(target, back, { schemaCompatible, report: told.report, signal }))
    return { ended, notes: told.notes.join('\n') }
  }

  test('refuseSchemaAhead() refuses where the database is at another revision, and prints the choices', async () => {
    const { ended } = await checked({ schema: '3f2a' }, '9bc1')
    assert.ok(ended instanceof DeployError)
    assert.deepEqual([ended.code, ended.exit], ['schema-ahead', 3])
    assert.match(ended.message, /at schema revision 9bc1, release 1 knows 3f2a/)
    assert.match(ended.evidence.join('\n'), /--to 1 --schema-compatible/)
  })

  test('refuseSchemaAhead() says that the app did not tell', async () => {
    const { ended, notes } = await checked({ schema: '9bc1' }, '9bc1')
    assert.equal(ended, undefined)
    assert.match(notes, /the app does not tell its schema revision; release 2 was at 9bc1/)
  })

  for (const [what, to, live, flag, note] of [
    ['the release is marked', { schema: '3f2a', schemaCompatible: true }, '9bc1', false, /taken as compatible/],
    ['the operator says so', { schema: '3f2a' }, '9bc1', true, /taken as compatible/],
    ['the release knows none', {}, '9bc1', false, /not known/],
    ['nobody knows where the database is', { schema: '3f2a' }, undefined, false, /not known/],
  ] as const) {
    test(`refuseSchemaAhead() lets pass, and says so, where ${what}`, async () => {
      const { ended, notes } = await checked(to, live, flag)
      assert.equal(ended, undefined)
      assert.match(notes, note)
    })
  }
})

test('a rollback lands like a deploy, and removes what only the newer version had', async () => {
  const older = toy(component('web', [deployment('web')]))
  const newer = toy(component('web', [deployment('web', { image: 'web:2' }), configMap('extra')]))
  const fake = await proven(older, newer)
  const back = await findWayBack(fake, AT)
  const { landing } = await landingOf(fake, older)
  assert.equal((await land({ ...landing, plan: back.plan })).number, 3)
  assert.equal(fake.find('ConfigMap', 'extra'), undefined)
  assert.match(JSON.stringify(fake.find('Deployment', 'web')), /"image":"web:1"/)
})
