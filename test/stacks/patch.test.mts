import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DeployError } from '../../lib/error.mts'
import { httpApp } from '../../lib/stacks/parts/http.mts'
import { patch, patchComponents } from '../../lib/stacks/patch.mts'
import reactbin from '../../lib/stacks/reactbin.mts'
import { render } from '../../lib/stacks/render.mts'
import { stack } from '../../lib/stacks/stack.mts'
import { find, noCommon } from './rendered.mts'

const web = httpApp({ name: 'web', image: 'web:1', port: 80, health: '/', uid: 1, env: { A: '1', B: '2' } })
const input = {
  environment: 'production',
  tags: { api: 'abc', ui: 'abc' },
  common: noCommon(),
  own: reactbin.settings.parse({}),
}

suite('patch()', () => {
  test('patch() changes any field of any part by a typed piece of it', () => {
    const mine = stack({
      ...reactbin,
      components: (context) =>
        patchComponents(reactbin.components(context), 'Deployment/api', {
          spec: {
            replicas: 2,
            template: { spec: { containers: [{ name: 'api', env: [{ name: 'LOG_LEVEL', value: 'debug' }] }] } },
          },
        }),
    })
    const { spec } = find(render(mine, input), 'Deployment/api')
    assert.equal(spec?.replicas, 2)
    const [container, ...others] = spec?.template.spec?.containers ?? []
    assert.equal(others.length, 0)
    assert.equal(container?.image, 'reactbin-api:abc')
    assert.deepEqual(container?.env, [
      { name: 'API_DOCS_ENABLED', value: 'false' },
      { name: 'LOG_LEVEL', value: 'debug' },
    ])
  })

  test('patch() takes a function of the object, typed by its kind', () => {
    const [, service] = patch(web, 'Service/web', (object) => ({
      ...object,
      spec: { ...object.spec, sessionAffinity: 'ClientIP' },
    }))
    assert.deepEqual(service, { ...web[1], spec: { ...web[1].spec, sessionAffinity: 'ClientIP' } })
  })

  test('patch() replaces the namesake in a list, takes null away, and lists without names as a whole', () => {
    const [deployment] = patch(web, 'Deployment/web', {
      spec: {
        strategy: null,
        template: {
          spec: {
            terminationGracePeriodSeconds: null,
            containers: [{ name: 'web', command: ['x'], env: [{ name: 'B', value: '3' }] }],
          },
        },
      },
    }) as typeof web
    assert.equal(deployment.spec?.strategy, undefined)
    assert.ok(deployment.spec && !('terminationGracePeriodSeconds' in (deployment.spec.template.spec ?? {})))
    assert.deepEqual(deployment.spec.template.spec?.containers[0]?.command, ['x'])
    assert.deepEqual(deployment.spec.template.spec.containers[0].env, [
      { name: 'A', value: '1' },
      { name: 'B', value: '3' },
    ])
  })

  test('patch() leaves the objects that it was given as they were', () => {
    const before = structuredClone(web)
    patch(web, 'Deployment/web', { spec: { replicas: 9 } })
    assert.deepEqual(web, before)
  })

  test('patch() refuses what is not there and says what is', () => {
    assert.throws(
      () => patch(web, 'Deployment/wbe', {}),
      (error) =>
        error instanceof DeployError &&
        error.code === 'broken-stack' &&
        /wbe.*Deployment\/web, Service\/web/.test(error.message),
    )
  })

  test('patch() with a field that the kind does not have does not compile', () => {
    // @ts-expect-error: replica is no field of a Deployment
    patch(web, 'Deployment/web', { spec: { replica: 2 } })
    // @ts-expect-error: no such kind
    assert.throws(() => patch(web, 'Deploymint/web', {}))
  })
})
