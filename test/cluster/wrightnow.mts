import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { assertExit, runPrintedCurl } from './reactbin.mts'
import { onStage } from './stage.mts'
import { run, ROOT, ZX } from './world.mts'
import type { Ended } from './world.mts'

const HOME = 'staging-infra'
const NAMESPACES = [HOME, 'staging-core', 'staging-ai', 'staging-web']
const VALUES = ['-f', 'test/cluster/values/wrightnow.yaml']
const OLD = ['--tag', 'authentik=2025.10.2']

/** Runs one of the scripts for wrightnow as a laptop has it. */
function wrightnow(script: string, ...args: readonly string[]): Promise<Ended> {
  return run(process.execPath, [ZX, script, '--stack', 'wrightnow', '--env', 'local', ...VALUES, ...args])
}

function within(...args: readonly string[]): Promise<string> {
  return onStage().kubectl('-n', HOME, ...args)
}

function psql(statement: string): Promise<string> {
  return within('exec', 'postgres-0', '--', 'psql', '-U', 'wrightnow', '-d', 'wrightnow', '-Atc', statement)
}

function redisCli(...words: readonly string[]): Promise<string> {
  return within('exec', 'deployment/redis', '--', 'redis-cli', ...words)
}

async function removeAll(): Promise<void> {
  const { kubectl } = onStage()
  await kubectl('delete', 'namespace', ...NAMESPACES, '--ignore-not-found', '--wait=false')
  await kubectl('-n', HOME, 'delete', 'pods', '--all', '--grace-period=1', '--wait=false')
  await kubectl('wait', '--for=delete', ...NAMESPACES.map((name) => `namespace/${name}`), '--timeout=120s')
}

/** The namespace as an operator prepares it: Secrets of one command; only what Pod Security `restricted` allows. */
async function prepare(folder: string): Promise<void> {
  const { kubectl } = onStage()
  assertExit(await run('sh', ['-c', `cd ${folder} && node ${join(ROOT, 'examples/wrightnow/secrets.mts')}`]), 0)
  await kubectl('apply', '-f', join(folder, 'secrets.yaml'))
  await kubectl('label', 'namespace', HOME, 'pod-security.kubernetes.io/enforce=restricted')
}

describe('wrightnow on a laptop', { concurrency: 1 }, () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'landfall-wrightnow-'))
    await removeAll()
    await prepare(folder)
  })
  after(async () => {
    await removeAll()
    await rm(folder, { recursive: true })
  })

  test('WN-02 WN-03 WN-04 WN-06 a first deploy is proven within 300 s, over plain HTTP at /auth/', async () => {
    const deployed = await wrightnow('deploy.mts', ...OLD)
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /release 1 proven in [\d.]+ s of 300 s/)
    const answer = await runPrintedCurl(deployed, '/auth/api/v3/')
    assert.match(answer.stdout, /^\{/)
  })

  test('WN-01 the placeholder namespaces are there, each with its task and its guide', async () => {
    const { kubectl } = onStage()
    const waiting = JSON.parse(await kubectl('get', 'namespaces', '-l', 'status=placeholder', '-o', 'json')) as {
      items: { metadata: { name: string; annotations: Record<string, string> } }[]
    }
    const told = waiting.items.map(({ metadata }) => [metadata.name, metadata.annotations['wrightnow.dev/sprint-task']])
    assert.deepEqual(told, [
      ['staging-ai', '3.2'],
      ['staging-core', '3.1'],
      ['staging-web', '3.3'],
    ])
  })

  test('WN-11 PostgreSQL, Redis and authentik answer, and verify says so', async () => {
    assertExit(await wrightnow('verify.mts'), 0)
    assert.match(await psql('SELECT extname FROM pg_extension'), /^vector$/m)
    assert.equal(await redisCli('ping'), 'PONG')
  })

  test('WN-02 a PostgreSQL without its extension does not come up, and says what it lacks; with it again it does', async () => {
    await psql('DROP EXTENSION vector')
    await within('delete', 'pod', 'postgres-0', '--wait')
    const lacking = await wrightnow('deploy.mts', ...OLD, '--within', '30')
    await psql('CREATE EXTENSION vector')
    assertExit(lacking, 4)
    assert.match(lacking.stderr, /unready: .* Startup probe failed: database wrightnow has no extension vector/)
    await within('rollout', 'status', 'statefulset/postgres', '--timeout=60s')
  })

  test('the same deploy again writes nothing', async () => {
    const again = await wrightnow('deploy.mts', ...OLD)
    assertExit(again, 0)
    assert.match(again.stderr, / 0 writes/)
  })

  test('WN-07 what PostgreSQL and Redis hold is there after their pods are deleted', async () => {
    await psql('CREATE TABLE notes (text text)')
    await psql("INSERT INTO notes VALUES ('kept')")
    await redisCli('set', 'note', 'kept')
    // Redis writes its log of changes once a second.
    await redisCli('waitaof', '1', '0', '2000').catch(() => redisCli('bgrewriteaof'))
    await within('delete', 'pod', 'postgres-0', '--wait')
    await within('delete', 'pod', '-l', 'app=redis', '--wait')
    await within('wait', '--for=condition=Ready', 'pod/postgres-0', '--timeout=120s')
    await within('wait', '--for=condition=Available', 'deployment/redis', '--timeout=120s')
    assert.equal(await psql('SELECT text FROM notes'), 'kept')
    assert.equal(await redisCli('get', 'note'), 'kept')
  })

  test('WN-04 a newer authentik takes over the database, and no request fails on the way', async () => {
    const deployed = await wrightnow('deploy.mts')
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /release 2 proven/)
    assert.match(deployed.stderr, /traffic +0 of [1-9]\d* requests failed/)
  })

  test('an authentik that is in no registry is named, and the one before goes on serving', async () => {
    const failed = await wrightnow('deploy.mts', '--tag', 'authentik=2026.8.99')
    assertExit(failed, 1)
    assert.match(failed.stderr, /image-missing/)
    assert.match(failed.stderr, /traffic +0 of [1-9]\d* requests failed|2026\.8\.99/)
  })

  test('a rollback brings the proven release back, and verify agrees', async () => {
    const back = await wrightnow('rollback.mts')
    assertExit(back, 0)
    assert.match(back.stderr, /server:2026\.8\.2/)
    assertExit(await wrightnow('verify.mts'), 0)
  })

  test('WN-11 verify fails where Redis does not answer', async () => {
    await within('scale', 'deployment/redis', '--replicas=0')
    await within('wait', '--for=delete', 'pod', '-l', 'app=redis', '--timeout=60s')
    const verified = await wrightnow('verify.mts')
    assertExit(verified, 1)
    assert.match(verified.stderr, /service\/staging-infra\/redis has no ready endpoint/)
    await within('scale', 'deployment/redis', '--replicas=1')
  })

  test('WN-09 the server takes every committed environment, and kubectl apply -k of every overlay', async () => {
    const { kubectl } = onStage()
    const namespaces = ['infra', 'core', 'ai', 'web'].map((name) => `production-${name}`)
    for (const name of namespaces) await kubectl('create', 'namespace', name)
    try {
      const tree = join(folder, 'k8s')
      const every = ['--stack', 'wrightnow', '--format', 'kustomize', '-o', tree]
      assertExit(await run(process.execPath, [ZX, 'render.mts', ...every]), 0)
      const overlays = await readdir(join(tree, 'overlays'))
      assert.deepEqual(overlays.sort(), ['local', 'production', 'staging'])
      const dry = ['apply', '--server-side', '--dry-run=server', '--force-conflicts']
      for (const environment of overlays) {
        await kubectl(...dry, '-R', '-f', join('manifests/wrightnow', environment))
        await kubectl(...dry, '-k', join(tree, 'overlays', environment))
      }
    } finally {
      await kubectl('delete', 'namespace', ...namespaces)
    }
  })

  test('a teardown with everything named leaves no namespace', async () => {
    assertExit(await wrightnow('teardown.mts', '--yes', '--with', 'volumes,secrets,namespaces'), 0)
    const left = await onStage().kubectl('get', 'namespaces', ...NAMESPACES, '--ignore-not-found', '-o', 'name')
    assert.equal(left, '')
  })
})
