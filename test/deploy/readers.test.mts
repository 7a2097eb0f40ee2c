import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { acts, plan } from './plans.mts'
import { cluster, configMap, deployed, deployment, secret, web } from './world.mts'

suite('readers of a changed ConfigMap or Secret', () => {
  const reading = deployment('web', { reads: { configMaps: ['config'] } })

  test('makePlan() rolls the readers of a ConfigMap that it changes, in the same deploy', async () => {
    const fake = cluster()
    await deployed(fake, web(configMap('config'), reading, deployment('other')))
    const planned = await plan(fake, web(configMap('config', { a: '2' }), reading, deployment('other')))
    assert.deepEqual(acts(planned), [
      'update configmap/toy/config',
      'update deployment/toy/web',
      'unchanged deployment/toy/other',
    ])
    assert.match(planned.steps.find(({ ref }) => ref.name === 'web')?.because ?? '', /ConfigMap config gets new data/)
  })

  test('makePlan() rolls the readers of a Secret of its own, too', async () => {
    const fake = cluster()
    const reader = deployment('web', { reads: { secrets: ['keys'] } })
    await deployed(fake, web(secret('keys'), reader))
    const planned = await plan(fake, web(secret('keys', { a: '2' }), reader))
    assert.deepEqual(acts(planned), ['update secret/toy/keys', 'update deployment/toy/web'])
  })

  test('makePlan() needs no mark where the reader rolls by itself', async () => {
    const fake = cluster()
    await deployed(fake, web(configMap('config'), reading))
    const next = deployment('web', { image: 'web:2', reads: { configMaps: ['config'] } })
    const planned = await plan(fake, web(configMap('config', { a: '2' }), next))
    assert.equal(planned.steps.find(({ ref }) => ref.name === 'web')?.because, undefined)
  })

  for (const [what, changed] of [
    ['only labels change', { ...configMap('config'), metadata: { name: 'config', labels: { team: 'a' } } }],
    ['nothing changes', configMap('config')],
  ] as const) {
    test(`makePlan() rolls nobody where ${what}`, async () => {
      const fake = cluster()
      await deployed(fake, web(configMap('config'), reading))
      assert.equal(acts(await plan(fake, web(changed, reading)))[1], 'unchanged deployment/toy/web')
    })
  }

  test('makePlan() marks no reader on a first deploy', async () => {
    const planned = await plan(cluster(), web(configMap('config'), reading))
    assert.deepEqual(
      planned.steps.filter(({ because }) => because !== undefined),
      [],
    )
  })

  test('makePlan() rolls the readers again at the next change', async (context) => {
    context.mock.timers.enable({ apis: ['Date'], now: 1e12 })
    const fake = cluster()
    await deployed(fake, web(configMap('config'), reading))
    for (const a of ['2', '3']) {
      context.mock.timers.tick(60_000)
      const planned = await plan(fake, web(configMap('config', { a }), reading))
      assert.equal(acts(planned)[1], 'update deployment/toy/web')
      for (const { object } of planned.steps)
        if (object !== undefined) await fake.apply(object, { manager: 'landfall-toy' })
    }
  })

  test('makePlan() is stable after such a deploy: twice is once', async () => {
    const fake = cluster()
    await deployed(fake, web(configMap('config'), reading))
    const desired = web(configMap('config', { a: '2' }), reading)
    const planned = await plan(fake, desired)
    for (const { object, action } of planned.steps)
      if (object !== undefined && action !== 'unchanged') await fake.apply(object, { manager: 'landfall-toy' })
    assert.deepEqual(acts(await plan(fake, desired)), [
      'unchanged configmap/toy/config',
      'unchanged deployment/toy/web',
    ])
  })
})
