import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { assertExit } from './reactbin.mts'
import { freshStart, onStage, removeNamespace } from './stage.mts'
import { landfall, run } from './world.mts'

describe('the rendered files, without landfall', { concurrency: 1 }, () => {
  test('RB-22 yamllint and kubectl accept every committed file, on paper and on the server', async () => {
    const { kubectl } = onStage()
    const directory = 'manifests/reactbin/production'
    const linted = await run('yamllint', ['--strict', directory])
    assert.equal(linted.code, 0, linted.stdout)
    await freshStart()
    await kubectl('apply', '-R', '--dry-run=client', '-f', directory)
    await kubectl('apply', '-R', '--server-side', '--dry-run=server', '-f', directory)
  })

  test('RB-25 one plain kubectl apply to a cluster without the namespace converges alone within 120 s', async () => {
    const { kubectl, host } = onStage()
    await freshStart()
    const secrets = JSON.parse(
      await kubectl('-n', 'reactbin', 'get', 'secrets', 'api-env', 'minio-credentials', 'reactbin-tls', '-o', 'json'),
    ) as { items: { metadata: Record<string, unknown> }[] }
    await removeNamespace()

    const directory = join(host.stateDir, 'plain')
    assertExit(await landfall('render.mts', ['--tag', 'abc', '-o', directory]), 0)
    const started = performance.now()
    await kubectl('apply', '--server-side', '-R', '-f', directory)
    // Vault's part, which has no operator here: the Secrets come after the pods.
    for (const item of secrets.items) {
      const { name, namespace } = item.metadata
      await kubectl.feed(
        JSON.stringify({ ...item, metadata: { name, namespace } }),
        'apply',
        '--server-side',
        '-f',
        '-',
      )
    }
    await kubectl('-n', 'reactbin', 'wait', '--for=condition=Available', 'deployment', '--all', '--timeout=120s')
    await kubectl('-n', 'reactbin', 'wait', '--for=condition=Complete', 'job', '--all', '--timeout=120s')
    const left = 120_000 - (performance.now() - started)
    assert.ok(left > 0, 'it took longer than 120 s')
    const url = `https://reactbin.localhost:${host.ingress.https}/api/v1/health`
    const answer = await run('curl', [
      '-sSf',
      '--noproxy',
      '*',
      '--retry',
      '20',
      '--retry-delay',
      '1',
      '--retry-all-errors',
      '--resolve',
      `reactbin.localhost:${host.ingress.https}:127.0.0.1`,
      '--cacert',
      '.demo/ca.crt',
      url,
    ])
    assert.match(answer.stdout, /"build":"abc"/)
  })

  test('RB-28 an earlier apply by kubectl is adopted by the first deploy', async () => {
    const deployed = await landfall('deploy.mts', ['--tag', 'abc', '--force-conflicts'])
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /release 1 proven/)
  })
})
