import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertExit, podsOf, runPrintedCurl } from './reactbin.mts'
import { freshStart, onStage } from './stage.mts'
import { landfall, run } from './world.mts'
import { storeImage } from './images.mts'

/** What the site answers at this path now. */
async function answerOf(path: string): Promise<string> {
  const { https } = onStage().host.ingress
  const way = ['--noproxy', '*', '--resolve', `reactbin.localhost:${https}:127.0.0.1`, '--cacert', '.demo/ca.crt']
  const answer = await run('curl', ['-sS', ...way, `https://reactbin.localhost:${https}${path}`])
  return answer.stdout
}

describe('reactbin, from the first deploy to a refused rollback', { concurrency: 1 }, () => {
  test('LF-03 RB-17 RB-18 a first deploy is proven within 120 s, and the curl line it prints gives the same answer', async () => {
    await freshStart()
    const deployed = await landfall('deploy.mts', ['--tag', 'abc'])
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /release 1 proven in [\d.]+ s of 120 s/)
    assert.match(deployed.stderr, /SLO held: yes/)
    assert.match(deployed.stderr, /api +(migrating|alembic-migrate done)/)
    assert.match(deployed.stderr, /bucket +completed/)
    const health = await runPrintedCurl(deployed, '/api/v1/health')
    assert.equal((JSON.parse(health.stdout) as { build: string }).build, 'abc')
  })

  test('RB-02 RB-03 RB-13 RB-16 containers run as the users the manifests name', async () => {
    const { kubectl } = onStage()
    const uid = (workload: string, container: string) =>
      kubectl(
        '-n',
        'reactbin',
        'exec',
        workload,
        '-c',
        container,
        '--',
        'sh',
        '-c',
        'id -u 2>/dev/null || busybox id -u',
      )
    assert.equal(await uid('deployment/api', 'api'), '1001')
    assert.equal(await uid('statefulset/minio', 'minio'), '1000')
    assert.equal(await uid('deployment/ui', 'ui'), '101')
  })

  test('RB-09 the running api has the keys of api-env as variables, and API_DOCS_ENABLED=false wins', async () => {
    const { kubectl } = onStage()
    const listed = await kubectl('-n', 'reactbin', 'exec', 'deployment/api', '-c', 'api', '--', 'sh', '-c', 'env')
    const names = new Map(
      listed.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    for (const name of [
      'DATABASE_URL',
      'JWT_SECRET_KEY',
      'OWNER_USERNAME',
      'OWNER_PASSWORD',
      'S3_ENDPOINT_URL',
      'S3_BUCKET_NAME',
      'S3_ACCESS_KEY_ID',
      'S3_SECRET_ACCESS_KEY',
      'API_BASE_URL',
    ]) {
      assert.ok(names.has(name), `${name} is not among the variables`)
    }
    assert.equal(names.get('API_DOCS_ENABLED'), 'false')
  })

  test('the same deploy again writes nothing, makes no release and gives the same proof', async () => {
    const { kubectl } = onStage()
    const before = await kubectl(
      '-n',
      'reactbin',
      'get',
      'deployments,statefulsets,jobs,ingresses,configmaps,leases',
      '-o',
      'json',
    )
    const again = await landfall('deploy.mts', ['--tag', 'abc'])
    assertExit(again, 0)
    assert.match(again.stderr, /release 1 proven/)
    assert.match(again.stderr, / 0 writes/)
    assert.equal(
      await kubectl('-n', 'reactbin', 'get', 'deployments,statefulsets,jobs,ingresses,configmaps,leases', '-o', 'json'),
      before,
    )
  })

  test('kubectl diff --server-side of what render writes shows nothing after a deploy', async () => {
    const { kubectl, host } = onStage()
    const rendered = await landfall('render.mts', ['--tag', 'abc', '-o', `${host.stateDir}/rendered`])
    assertExit(rendered, 0)
    await kubectl('diff', '--server-side', '--field-manager=landfall-reactbin', '-R', '-f', `${host.stateDir}/rendered`)
  })

  test('RB-26 RB-21 an image that was stored through the API is there again after a MinIO restart', async () => {
    const { kubectl } = onStage()
    const stored = await storeImage('a picture of a harbour')
    assert.equal(await stored.readBack(), 'a picture of a harbour')
    await kubectl('-n', 'reactbin', 'delete', 'pod', 'minio-0', '--wait')
    await kubectl('-n', 'reactbin', 'wait', '--for=condition=Ready', 'pod/minio-0', '--timeout=90s')
    assert.equal(await stored.readBack(), 'a picture of a harbour')
  })

  test('RB-27 a deleted api pod comes back through the migration, and the site is proven again', async () => {
    const { kubectl } = onStage()
    const [before] = await podsOf(kubectl, 'app=api')
    assert.ok(before)
    await kubectl('-n', 'reactbin', 'delete', 'pod', before[0], '--wait')
    await kubectl('-n', 'reactbin', 'wait', '--for=condition=Ready', 'pod', '-l', 'app=api', '--timeout=90s')
    const after = await podsOf(kubectl, 'app=api')
    assert.ok(![...after.values()].includes(before[1]))
    const [name] = [...after.keys()]
    const log = await kubectl('-n', 'reactbin', 'logs', name ?? '', '-c', 'alembic-migrate')
    assert.doesNotMatch(log, /Running upgrade/)
    assertExit(await landfall('verify.mts'), 0)
  })

  test('RB-18 an upgrade migrates, no request fails on the way, and both builds are seen', async () => {
    const deployed = await landfall('deploy.mts', ['--tag', 'abd'])
    assertExit(deployed, 0)
    // Which revisions it passes is told where the migration takes long enough to be asked; the app tells the result.
    assert.match(deployed.stderr, /api +(migrating|alembic-migrate done)/)
    // An ingress controller hears of a pod's end up to 2 s late, and the UI's answers tell no version: none may be the old one's.
    const pages = await Promise.all(Array.from({ length: 10 }, () => answerOf('/')))
    for (const page of pages) assert.match(page, /name="build" content="abd"/)
    const health = await runPrintedCurl(deployed, '/api/v1/health')
    assert.equal((JSON.parse(health.stdout) as { revision: string }).revision, '9bc17d03f6a2')
    const [, failed, asked, builds] =
      /(\d+) of (\d+) requests failed; answered by build (.*)/.exec(deployed.stderr) ?? []
    assert.equal(failed, '0')
    assert.ok(Number(asked) >= 50, `${asked} requests`)
    assert.match(builds ?? '', /abc \d+/)
    assert.match(builds ?? '', /abd \d+/)
  })

  test('RB-20 SC-004 a migration with a SQL error ends the deploy at its first exit, and the old pods keep serving', async () => {
    const { kubectl } = onStage()
    const serving = await podsOf(kubectl, 'app=api')
    const deployed = await landfall('deploy.mts', ['--tag', 'bad'])
    assertExit(deployed, 1)
    assert.match(deployed.stderr, /migration-failed/)
    assert.match(deployed.stderr, /UndefinedColumn|does not exist/)
    const after = await podsOf(kubectl, 'app=api')
    for (const uid of serving.values()) assert.ok([...after.values()].includes(uid), 'the pod that served is gone')
    const exits = await kubectl(
      '-n',
      'reactbin',
      'get',
      'pods',
      '-l',
      'app=api',
      '-o',
      'jsonpath={.items[*].status.initContainerStatuses[*].restartCount}',
    )
    assert.ok(
      exits.split(' ').every((count) => Number(count) <= 1),
      `restarts: ${exits}`,
    )
    assert.match(await answerOf('/api/v1/health'), /"build":"abd"/)
  })

  test('an image that is not there is named, exit 1', async () => {
    const deployed = await landfall('deploy.mts', ['--tag', 'nope'])
    assertExit(deployed, 1)
    assert.match(deployed.stderr, /image-missing/)
    assert.match(deployed.stderr, /:nope.*not found/)
  })

  test('a rollback takes the failed revision away, and one more is refused: the schema is ahead', async () => {
    const { kubectl } = onStage()
    const back = await landfall('rollback.mts')
    assertExit(back, 0)
    assert.match(back.stderr, /release 3 proven/)
    const images = await kubectl(
      '-n',
      'reactbin',
      'get',
      'pods',
      '-l',
      'app=api',
      '-o',
      'jsonpath={.items[*].spec.containers[*].image}',
    )
    assert.match(images, /reactbin-api:abd/)
    const more = await landfall('rollback.mts')
    assertExit(more, 3)
    assert.match(more.stderr, /schema-ahead/)
  })

  test('LF-04 verify proves with zero writes', async () => {
    const verified = await landfall('verify.mts')
    assertExit(verified, 0)
    assert.match(verified.stderr, /release 3 proven: \d+ proofs, 0 writes/)
  })

  test('LF-08 a Secret that got new data is reported by verify and rolls its pods once', async () => {
    const { kubectl } = onStage()
    const before = await podsOf(kubectl, 'app=api')
    await kubectl(
      '-n',
      'reactbin',
      'patch',
      'secret',
      'api-env',
      '-p',
      '{"stringData":{"JWT_SECRET_KEY":"a-new-one-not-a-real-secret"}}',
    )
    const verified = await landfall('verify.mts')
    assertExit(verified, 1)
    assert.match(verified.stderr, /api-env/)
    const rolled = await landfall('deploy.mts', ['--tag', 'abd'])
    assertExit(rolled, 0)
    assert.match(rolled.stderr, /api-env got new data/)
    const after = await podsOf(kubectl, 'app=api')
    assert.ok([...before.values()].every((uid) => ![...after.values()].includes(uid)))
    const again = await landfall('deploy.mts', ['--tag', 'abd'])
    assertExit(again, 0)
    assert.match(again.stderr, / 0 writes/)
  })
})
