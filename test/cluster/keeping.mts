import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { assertExit } from './reactbin.mts'
import { clusterScript, onStage, takeStage } from './stage.mts'

// It takes the cluster down and up again, so it has to be the last one.

const HOST = ['--provider', 'host']

/** What a pod of any user says of the volume of a claim, which is made where it is not there. */
async function inVolume(line: string): Promise<string> {
  const { kubectl } = onStage()
  const container = { name: 'keeping', image: 'localhost/busybox:1', command: ['sh', '-c', line] }
  const mounts = [{ name: 'data', mountPath: '/data' }]
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'keeping' } }]
  const spec = { securityContext: { runAsUser: 12345 }, containers: [{ ...container, volumeMounts: mounts }], volumes }
  const metadata = { name: 'keeping', namespace: 'default' }
  const asked = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: asked }
  await kubectl.feed(JSON.stringify(claim), 'apply', '-f', '-')
  const flags = ['--image=localhost/busybox:1', '--restart=Never', `--overrides=${JSON.stringify({ spec })}`]
  await kubectl('run', 'keeping', ...flags)
  await kubectl('wait', 'pod/keeping', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=90s')
  return kubectl('logs', 'keeping')
}

const kept = process.env['KEEP_CLUSTER'] === '1'
const reason = kept ? ' (skipped: KEEP_CLUSTER=1 keeps the cluster, and this takes it down)' : ''

describe(`volumes and the end of their cluster${reason}`, { concurrency: 1, skip: kept }, () => {
  let data = ''
  before(async () => {
    data = join(await mkdtemp(join(tmpdir(), 'landfall-keeping-')), 'volumes')
    assertExit(await clusterScript('down', ...HOST), 0)
    assertExit(await clusterScript('up', ...HOST, '--data', data), 0)
    takeStage()
  })
  after(async () => {
    await clusterScript('down', ...HOST)
    await rm(join(data, '..'), { recursive: true, force: true })
  })

  test('WN-07 a cluster made with --data finds what one before it kept, under the names of its claims', async () => {
    await inVolume('echo kept > /data/file')
    const down = await clusterScript('down', ...HOST, '--keep-data')
    assertExit(down, 0)
    assert.match(down.stderr, /volumes stay in .*: default\/keeping/)
    assert.ok(existsSync(join(data, 'default/keeping/file')))
    assertExit(await clusterScript('up', ...HOST, '--data', data), 0)
    takeStage()
    assert.equal(await inVolume('cat /data/file'), 'kept')
  })

  test('WN-07 up refuses to move the volumes of a cluster that runs', async () => {
    const moved = await clusterScript('up', ...HOST, '--data', `${data}-elsewhere`)
    assertExit(moved, 3)
    assert.match(moved.stderr, /Cannot move the volumes of cluster landfall/)
  })

  test('WN-07 down alone deletes the volumes and says so', async () => {
    const down = await clusterScript('down', ...HOST)
    assertExit(down, 0)
    assert.match(down.stderr, /volumes deleted with all they held: default\/keeping/)
    assert.ok(!existsSync(data))
  })
})
