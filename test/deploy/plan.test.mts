import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { makePlan, refuseBlocked } from '../../lib/deploy/plan.mts'
import { encode } from '../../lib/deploy/release.mts'
import { isEmpty } from '../../lib/deploy/types.mts'
import { DeployError } from '../../lib/error.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { STACK_LABEL } from '../../lib/marks.mts'
import { acts, jobName, plan, refusal } from './plans.mts'
import { forbidden, status } from './refused.mts'
import { cluster, configMap, deployed, deployment, job, outcome, release, web } from './world.mts'

suite('makePlan()', () => {
  test('makePlan() writes nothing, whatever it finds', async () => {
    const fake = cluster()
    await deployed(fake, web(configMap('config'), deployment('web')))
    fake.asked.length = 0
    await plan(fake, web(configMap('config', { a: '2' }), deployment('web', { image: 'web:2' }), job('once')))
    assert.deepEqual(fake.writes(), [])
    assert.ok(fake.sent.dryRuns > 0)
  })

  test('makePlan() creates what is not there, updates what differs and leaves the rest', async () => {
    const fake = cluster()
    await deployed(fake, web(configMap('config'), deployment('web')))
    const planned = await plan(fake, web(configMap('config'), deployment('web', { image: 'web:2' }), deployment('ui')))
    assert.deepEqual(acts(planned), [
      'unchanged configmap/toy/config',
      'update deployment/toy/web',
      'create deployment/toy/ui',
    ])
    const paths = planned.steps.find(({ ref }) => ref.name === 'web')?.changes.map(({ path }) => path)
    assert.deepEqual(paths, ['spec.template.spec.containers[web].image'])
  })

  test('makePlan() of what is applied and recorded is empty', async () => {
    const fake = cluster()
    const desired = web(configMap('config'), deployment('web'))
    await deployed(fake, desired)
    assert.equal(isEmpty(await plan(fake, desired)), false)
    fake.put(encode(release(1, desired)))
    const again = await plan(fake, desired)
    assert.equal(isEmpty(again), true)
    assert.equal(again.base?.number, 1)
  })

  test('makePlan() takes no change of status for a change', async () => {
    const fake = cluster()
    const desired = web(deployment('web'))
    await deployed(fake, desired)
    const live = fake.find('Deployment', 'web') ?? assert.fail()
    fake.after = ({ verb, ref }) => {
      if (verb === 'list' && ref.kind === 'Deployment') fake.put({ ...live, status: { replicas: 7 } } as KubeObject)
    }
    assert.deepEqual(acts(await plan(fake, desired)), ['unchanged deployment/toy/web'])
  })

  test('makePlan() looks again where a controller wrote between the list and the dry run', async () => {
    const fake = cluster()
    const desired = web(deployment('web'))
    await deployed(fake, desired)
    fake.after = ({ verb, ref }) => {
      if (verb !== 'list' || ref.kind !== 'Deployment') return
      const live = fake.find('Deployment', 'web') ?? assert.fail()
      fake.put({ ...live, metadata: { ...live.metadata, ownerReferences: [] } })
      fake.after = () => undefined
    }
    assert.deepEqual(acts(await plan(fake, desired)), ['unchanged deployment/toy/web'])
  })

  test("makePlan() refuses another stack's object, and names both", async () => {
    const fake = cluster()
    fake.put({ ...configMap('config'), metadata: { name: 'config', namespace: 'toy', labels: { [STACK_LABEL]: 'b' } } })
    const refused = await refusal(fake, web(configMap('config')))
    assert.equal(refused.code, 'foreign-object')
    assert.match(refused.message, /configmap\/toy\/config.*stack b/)
  })

  test('makePlan() takes an object over that nobody labelled', async () => {
    const fake = cluster()
    fake.put({ ...configMap('config', { a: '0' }), metadata: { name: 'config', namespace: 'toy' } })
    const planned = await plan(fake, web(configMap('config')))
    assert.deepEqual(acts(planned), ['update configmap/toy/config'])
    assert.ok(planned.steps.at(-1)?.live)
  })

  test('makePlan() keeps the mark that rolled the pods where an object lost its label', async () => {
    const fake = cluster()
    const desired = web(deployment('web'))
    await deployed(fake, desired)
    const live = fake.find<Live & { spec: { template: { metadata: object } } }>('Deployment', 'web') ?? assert.fail()
    const marked = structuredClone(live)
    Object.assign(marked.spec.template.metadata, { annotations: { 'landfall.dev/config-changed-at': 'then' } })
    marked.metadata.labels = {}
    fake.put(marked)
    const step = (await plan(fake, desired)).steps.at(-1)
    assert.deepEqual(
      step?.changes.map(({ path }) => path).filter((path) => path.startsWith('spec')),
      [],
    )
  })

  test('makePlan() gathers every refusal, the first one first', async () => {
    const fake = cluster()
    fake.before = ({ verb, ref }) => {
      if (verb === 'dry-run' && ref.kind === 'ConfigMap') throw status(422, 'Invalid', `${ref.name} is wrong`)
    }
    const refused = await refusal(fake, web(configMap('one'), deployment('web'), configMap('two')))
    assert.equal(refused.code, 'invalid')
    assert.match(refused.message, /one is wrong/)
    assert.match(refused.evidence.join(), /two is wrong/)
  })

  test('makePlan() names the other manager and the way out of a conflict', async () => {
    const fake = cluster()
    const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "helm"', field: '.spec.replicas' }]
    fake.before = ({ verb, ref }) => {
      if (verb === 'dry-run' && ref.kind === 'Deployment') throw status(409, 'Conflict', 'conflict', { causes })
    }
    const refused = await refusal(fake, web(deployment('web')))
    assert.equal(refused.code, 'conflict')
    assert.match(refused.message, /helm.*\.spec\.replicas/)
    assert.match(refused.next, /--force-conflicts/)
  })

  for (const [kind, object, remedy] of [
    ['StatefulSet', { ...deployment('db'), kind: 'StatefulSet' }, /--cascade=orphan/],
    ['Deployment', deployment('web'), /rename the Deployment/],
    ['Job', job('once'), /named by content/],
  ] as const) {
    test(`makePlan() knows the remedy for a field of a ${kind} that never changes`, async () => {
      const fake = cluster()
      fake.before = ({ verb, ref }) => {
        if (verb === 'dry-run' && ref.kind === kind) throw status(422, 'Invalid', 'field is immutable')
      }
      const refused = await refusal(fake, web(object))
      assert.equal(refused.code, 'immutable')
      assert.match(refused.next, remedy)
    })
  }

  test('makePlan() makes a failed Job anew, and leaves one that is done alone', async () => {
    const fake = cluster()
    const desired = web(job('once'))
    await deployed(fake, desired)
    assert.match(acts(await plan(fake, desired))[0] ?? '', /^unchanged job/)
    const live = fake.find('Job', jobName(desired)) ?? assert.fail()
    fake.put({ ...live, status: { conditions: [{ type: 'Failed', status: 'True' }] } } as KubeObject)
    const planned = await plan(fake, desired)
    assert.match(acts(planned)[0] ?? '', /^replace job/)
    assert.equal(planned.steps.at(-1)?.live?.metadata.uid, live.metadata.uid)
  })

  test('makePlan() refuses a failed Job that would not be accepted when it is made anew', async () => {
    const fake = cluster()
    const desired = web(job('once'))
    await deployed(fake, desired)
    const live = fake.find('Job', jobName(desired)) ?? assert.fail()
    fake.put({ ...live, status: { conditions: [{ type: 'Failed', status: 'True' }] } } as KubeObject)
    fake.before = ({ verb, ref }) => {
      if (verb === 'dry-run' && ref.kind === 'Job') throw status(403, 'Forbidden', 'exceeded quota: jobs')
    }
    assert.equal((await refusal(fake, desired)).code, 'quota')
  })

  test('makePlan() takes a Namespace as it is where the user may not see it', async () => {
    const fake = cluster()
    fake.before = ({ ref }) => {
      if (ref.kind === 'Namespace') throw forbidden('get resource "namespaces"')
    }
    const planned = await plan(fake, web(configMap('config')))
    assert.deepEqual(planned.newNamespaces, [])
    assert.equal(planned.steps[0]?.action, 'unchanged')
    assert.match(planned.steps[0]?.warnings.join() ?? '', /cannot see namespace\/toy/)
  })

  test('makePlan() does not tolerate that for any other object', async () => {
    const fake = cluster()
    fake.before = ({ verb, ref }) => {
      if (verb === 'dry-run' && ref.kind === 'ConfigMap') throw forbidden('patch resource "configmaps"')
    }
    assert.equal((await refusal(fake, web(configMap('config')))).code, 'forbidden')
  })

  test('makePlan() knows that its home is missing', async () => {
    const fake = cluster()
    fake.drop({ apiVersion: 'v1', kind: 'Namespace', name: 'toy' })
    const planned = await plan(fake, web(configMap('config')))
    assert.deepEqual(planned.newNamespaces, ['toy'])
    assert.deepEqual(acts(planned), ['create configmap/toy/config'])
  })

  test('makePlan() knows every namespace of the stack that is missing, and refuses one that is not of the stack', async () => {
    const fake = cluster()
    const away = { ...configMap('config'), metadata: { name: 'config', namespace: 'away' } }
    const refused = await refusal(fake, web(away))
    assert.equal(refused.code, 'namespace-missing')
    assert.match(refused.next, /^kubectl create namespace away, or declare it in the stack/)
    const declared = web({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'away' } }, away)
    assert.deepEqual((await plan(fake, declared)).newNamespaces, ['away'])
  })

  test('makePlan() names the patch that takes a defaulted rollingUpdate away where Recreate is wanted', async () => {
    const fake = cluster()
    fake.before = ({ verb, ref }) => {
      if (verb === 'dry-run' && ref.kind === 'Deployment')
        throw status(
          422,
          'Invalid',
          "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
        )
    }
    const refused = await refusal(fake, web(deployment('web', { strategy: { type: 'Recreate' } })))
    assert.equal(refused.code, 'invalid')
    assert.match(refused.next, /^kubectl -n toy patch deployment web --type=merge -p '.*"rollingUpdate":null/)
  })

  test('makePlan() refuses kinds that the server does not serve', async () => {
    const fake = cluster()
    const vault = { apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultAuth', metadata: { name: 'auth' } }
    fake.unserved.add('secrets.hashicorp.com/VaultAuth')
    const planned = await plan(fake, web(vault))
    assert.throws(() => refuseBlocked(planned), { code: 'crd-missing', message: /VaultAuth/ })
  })

  test('makePlan() has a limit of its own', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const fake = cluster()
    const gate = Promise.withResolvers<void>()
    fake.before = ({ verb, signal: asked }) => {
      if (verb !== 'dry-run') return undefined
      asked?.addEventListener('abort', () => gate.reject(asked.reason))
      context.mock.timers.tick(30_000)
      return gate.promise
    }
    assert.equal((await refusal(fake, web(configMap('config')))).code, 'out-of-time')
  })

  test('makePlan() hands its signal to every request', async () => {
    const fake = cluster()
    await plan(fake, web(deployment('web', { reads: { secrets: ['keys'] } })))
    assert.deepEqual(
      fake.asked.filter((asked) => asked.signal === undefined),
      [],
    )
  })

  test('makePlan() ends with the reason of its signal, told once', async () => {
    const stop = new AbortController()
    const fake = cluster()
    fake.before = ({ verb }) => {
      if (verb !== 'dry-run') return
      stop.abort(new DeployError({ code: 'interrupted', says: 'enough', next: '' }))
      stop.signal.throwIfAborted()
    }
    const desired = web(configMap('one'), configMap('two'))
    const refused = await outcome(makePlan(fake, desired, { signal: stop.signal }))
    assert.ok(refused instanceof DeployError)
    assert.deepEqual([refused.code, refused.evidence], ['interrupted', []])
  })
})
