import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertExit, podsOf } from './reactbin.mts'
import { freshStart, onStage } from './stage.mts'
import { landfall } from './world.mts'
import type { Ended } from './world.mts'

/** Deploys while the database is away; brings it back once the trouble was shown, if it shall come back. */
async function deployWithoutDatabase(args: readonly string[], ending: 'comes back' | 'stays away'): Promise<Ended> {
  const { kubectl } = onStage()
  await kubectl('-n', 'postgres', 'scale', 'statefulset/postgres', '--replicas=0')
  await kubectl('-n', 'postgres', 'wait', '--for=delete', 'pod/postgres-0', '--timeout=60s')
  const back = () => kubectl('-n', 'postgres', 'scale', 'statefulset/postgres', '--replicas=1')
  let seen = ''
  let returned: Promise<string> | undefined
  const deployed = await landfall('deploy.mts', args, {
    onStderr: (text) => {
      seen += text
      if (ending === 'comes back' && seen.includes('database-unreachable')) returned ??= back()
    },
  })
  await (returned ?? back())
  await kubectl('-n', 'postgres', 'rollout', 'status', 'statefulset/postgres', '--timeout=90s')
  return deployed
}

describe('reactbin, when what it needs fails', { concurrency: 1 }, () => {
  test('RB-20 a first deploy whose migration fails never serves, and says the SQL error', async () => {
    await freshStart()
    const deployed = await landfall('deploy.mts', ['--tag', 'bad'])
    assertExit(deployed, 1)
    assert.match(deployed.stderr, /migration-failed/)
    assert.match(deployed.stderr, /UndefinedColumn|does not exist/)
  })

  test('RB-20 a first deploy without a database says so at once, and is named when the time is up', async () => {
    await freshStart()
    const deployed = await deployWithoutDatabase(['--tag', 'abc', '--within', '25'], 'stays away')
    assertExit(deployed, 4)
    assert.match(deployed.stderr, /✖ .*database-unreachable/)
  })

  test('RB-20 a first deploy whose database comes up late ends proven', async () => {
    const deployed = await deployWithoutDatabase(['--tag', 'abc'], 'comes back')
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /database-unreachable/)
    assert.match(deployed.stderr, /release 1 proven/)
  })

  test('RB-20 an upgrade without a database names it when the time is up, and the old pod is still there', async () => {
    const { kubectl } = onStage()
    const serving = await podsOf(kubectl, 'app=api')
    const deployed = await deployWithoutDatabase(['--tag', 'abd', '--within', '20'], 'stays away')
    assertExit(deployed, 4)
    assert.match(deployed.stderr, /✖ .*database-unreachable/)
    const after = await podsOf(kubectl, 'app=api')
    for (const uid of serving.values()) assert.ok([...after.values()].includes(uid))
  })

  test('RB-20 an upgrade whose database comes up late ends proven', async () => {
    const deployed = await deployWithoutDatabase(
      ['--tag', 'abd', '--set', 'resources.api.requests.memory=65Mi'],
      'comes back',
    )
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /database-unreachable/)
    assert.match(deployed.stderr, /release 2 proven/)
  })

  test('RB-11 a missing key is named, and nothing is written', async () => {
    const { kubectl } = onStage()
    const written = () =>
      kubectl(
        '-n',
        'reactbin',
        'get',
        'deployments,statefulsets,services',
        '-o',
        'jsonpath={range .items[*]}{.metadata.uid} {.metadata.generation}{end}',
      )
    const before = await written()
    const value = await kubectl('-n', 'reactbin', 'get', 'secret', 'api-env', '-o', 'jsonpath={.data.JWT_SECRET_KEY}')
    await kubectl(
      '-n',
      'reactbin',
      'patch',
      'secret',
      'api-env',
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/data/JWT_SECRET_KEY"}]',
    )
    const refused = await landfall('deploy.mts', ['--tag', 'abd'])
    await kubectl(
      '-n',
      'reactbin',
      'patch',
      'secret',
      'api-env',
      '-p',
      JSON.stringify({ data: { JWT_SECRET_KEY: value } }),
    )
    assertExit(refused, 3)
    assert.match(refused.stderr, /secret-missing/)
    assert.match(refused.stderr, /JWT_SECRET_KEY/)
    assert.equal(await written(), before)
  })

  test('RB-14 a bucket name that the API does not use is refused as storage-mismatch', async () => {
    const refused = await landfall('deploy.mts', ['--tag', 'abd', '--set', 'bucket=elsewhere'])
    assertExit(refused, 3)
    assert.match(refused.stderr, /storage-mismatch/)
  })

  for (const [tag, name] of [
    ['bare', 'an image without alembic'],
    ['noconf', 'an image without alembic.ini'],
  ] as const) {
    test(`RB-23 ${name} is named as migration-missing`, async () => {
      const deployed = await landfall('deploy.mts', ['--tag', tag])
      assertExit(deployed, 1)
      assert.match(deployed.stderr, /✖ .*migration-missing/)
    })
  }

  test('a pod that no node has room for is named as unschedulable', async () => {
    const deployed = await landfall('deploy.mts', [
      '--tag',
      'abd',
      '--set',
      'resources.ui.requests.memory=900Gi',
      '--set',
      'resources.ui.limits.memory=900Gi',
    ])
    assertExit(deployed, 1)
    assert.match(deployed.stderr, /✖ .*unschedulable/)
    assert.match(deployed.stderr, /[Ii]nsufficient memory/)
  })

  test('--on-failure rollback brings the last proven release back, and still exits 1 with the first failure', async () => {
    const deployed = await landfall('deploy.mts', ['--tag', 'bad', '--on-failure', 'rollback'])
    assertExit(deployed, 1)
    assert.match(deployed.stderr, /migration-failed/)
    assert.match(deployed.stderr, /rolled back to release 2/)
    assertExit(await landfall('verify.mts'), 0)
  })

  test('a MinIO that crashes is named, and a rollback replaces its stuck pod', async () => {
    const { kubectl } = onStage()
    const deployed = await landfall('deploy.mts', [
      '--tag',
      'abd',
      '--set',
      'images.minio.repository=reactbin-api',
      '--set',
      'images.minio.tag=abd',
    ])
    assertExit(deployed, 1)
    assert.match(deployed.stderr, /✖ .*(crash-loop|cannot-run)/)
    const back = await landfall('rollback.mts')
    assertExit(back, 0)
    assert.match(
      await kubectl('-n', 'reactbin', 'get', 'pod', 'minio-0', '-o', 'jsonpath={.spec.containers[0].image}'),
      /minio\/minio/,
    )
  })

  test('a bucket Job that cannot work is named as bucket-job-failed, with its own words', async () => {
    const { kubectl } = onStage()
    const kept = await kubectl(
      '-n',
      'reactbin',
      'get',
      'secret',
      'api-env',
      '-o',
      'jsonpath={.data.S3_SECRET_ACCESS_KEY}',
    )
    const give = (value: string) =>
      kubectl(
        '-n',
        'reactbin',
        'patch',
        'secret',
        'api-env',
        '-p',
        JSON.stringify({ data: { S3_SECRET_ACCESS_KEY: value } }),
      )
    // MinIO refuses a secret key of fewer than eight characters.
    await give(Buffer.from('short').toString('base64'))
    const deployed = await landfall('deploy.mts', ['--tag', 'abd', '--set', 'bucketUser=own'])
    await give(kept)
    assertExit(deployed, 1)
    assert.match(deployed.stderr, /✖ .*bucket-job-failed/)
    assert.match(deployed.stderr, /secret key|credential|invalid/i)
    assertExit(await landfall('deploy.mts', ['--tag', 'abd']), 0)
  })
})
