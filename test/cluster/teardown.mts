import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertExit } from './reactbin.mts'
import { freshStart, onStage } from './stage.mts'
import { landfall } from './world.mts'

const KINDS = 'deployments,statefulsets,jobs,pods,services,ingresses,configmaps,leases'

/** What is left in the home namespace, but for what each namespace has. */
async function left(): Promise<string[]> {
  const names = await onStage().kubectl('-n', 'reactbin', 'get', KINDS, '-o', 'name')
  return names.split('\n').filter((name) => name !== '' && name !== 'configmap/kube-root-ca.crt')
}

describe('reactbin is torn down', { concurrency: 1 }, () => {
  test('a teardown shows what would go, asks off a terminal for --yes, and has removed nothing by then', async () => {
    await freshStart()
    assertExit(await landfall('deploy.mts', ['--tag', 'abc']), 0)
    const before = await left()
    const shown = await landfall('teardown.mts', ['--dry-run=server'])
    assertExit(shown, 0)
    assert.match(shown.stderr, /- deployment\/reactbin\/api/)
    assert.match(shown.stderr, /volumes: persistentvolumeclaim\/reactbin\/\S+ stays/)
    assertExit(await landfall('teardown.mts', ['--dry-run=server', '--exit-code']), 6)
    const refused = await landfall('teardown.mts')
    assertExit(refused, 3)
    assert.match(refused.stderr, /unconfirmed/)
    assert.deepEqual(await left(), before)
  })

  test('a finalizer that nobody takes off is named when the time is up; the records are still there', async () => {
    const { kubectl } = onStage()
    const patch = (finalizers: string) => `{"metadata":{"finalizers":${finalizers}}}`
    await kubectl('-n', 'reactbin', 'patch', 'service', 'api', '--type=merge', '-p', patch('["acme.dev/held"]'))
    const stuck = await landfall('teardown.mts', ['--yes', '--within', '45'])
    assertExit(stuck, 4)
    assert.match(stuck.stderr, /service\/reactbin\/api waits for its finalizer acme\.dev\/held/)
    assert.ok((await left()).includes('configmap/landfall-reactbin-1'))
    await kubectl('-n', 'reactbin', 'patch', 'service', 'api', '--type=merge', '-p', patch('null'))
  })

  test('a teardown removes the rest, proves that it is gone, and twice is once; volume and Secrets stay', async () => {
    const { kubectl } = onStage()
    const torn = await landfall('teardown.mts', ['--yes'])
    assertExit(torn, 0)
    assert.match(torn.stderr, /reactbin is gone: \d+ objects removed/)
    assert.deepEqual(await left(), [])
    assert.match(await kubectl('-n', 'reactbin', 'get', 'pvc', '-o', 'name'), /persistentvolumeclaim\//)
    assert.match(await kubectl('-n', 'reactbin', 'get', 'secrets', '-o', 'name'), /secret\/api-env/)
    const again = await landfall('teardown.mts', ['--yes'])
    assertExit(again, 0)
    assert.match(again.stderr, /nothing to remove/)
  })

  test('a deploy after it finds its volume, and a teardown with everything named leaves nothing', async () => {
    const { kubectl } = onStage()
    assertExit(await landfall('deploy.mts', ['--tag', 'abc']), 0)
    const refused = await landfall('teardown.mts', ['--yes', '--with', 'namespaces'])
    assertExit(refused, 3)
    assert.match(refused.stderr, /would go with it/)
    assertExit(await landfall('teardown.mts', ['--yes', '--with', 'volumes,secrets,namespaces']), 0)
    assert.equal(await kubectl('get', 'namespace', 'reactbin', '--ignore-not-found', '-o', 'name'), '')
  })
})
