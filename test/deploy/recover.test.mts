import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { land } from '../../lib/deploy/land.mts'
import { recover } from '../../lib/deploy/recover.mts'
import { listReleases } from '../../lib/deploy/release.mts'
import { DeployError } from '../../lib/error.mts'
import type { Code } from '../../lib/error.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import type { Lease } from '../../lib/kube/schema/types.mts'
import { inOwnFolder } from './folder.mts'
import { AT, proven, signal, version } from './proven.mts'
import { cluster, deployed, idle, landingOf, outcome, well } from './world.mts'

suite('recover()', () => {
  inOwnFolder()

  const failed = (code: Code): DeployError => new DeployError({ code, says: `it ended as ${code}`, next: 'mend it' })

  test('recover() brings the last proven release back, and gives the first failure with what became of it', async () => {
    const fake = await proven(version(1))
    const { landing, told } = await landingOf(fake, version(2))
    await deployed(fake, version(2))
    const error = await recover(failed('crash-loop'), landing)
    assert.ok(error instanceof DeployError)
    assert.equal(error.code, 'crash-loop')
    assert.match(error.evidence.join(), /rolled back to release 1, proven again/)
    assert.match(JSON.stringify(fake.find('Deployment', 'web')), /"image":"web:1"/)
    assert.equal(told.failures.length, 1)
    const [newest] = await listReleases(fake, AT, signal)
    assert.equal(newest?.number, 2)
    assert.equal(newest.digest, version(1).digest)
  })

  test('recover() never hides the first failure behind a failed rollback', async () => {
    const fake = await proven(version(1))
    const { landing } = await landingOf(fake, version(2))
    fake.drop({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'toy', name: 'landfall-toy-1' })
    const error = await recover(failed('migration-failed'), landing)
    assert.ok(error instanceof DeployError)
    assert.equal(error.code, 'migration-failed')
    assert.match(error.evidence.join(), /the rollback failed too: .*release 1 is not recorded/)
  })

  for (const code of ['locked', 'blocked', 'interrupted', 'lock-lost', 'unreachable', 'conflict'] as const) {
    test(`recover() leaves ${code} as it is`, async () => {
      const fake = await proven(version(1))
      const { landing } = await landingOf(fake, version(2))
      fake.asked.length = 0
      const error = failed(code)
      assert.equal(await recover(error, landing), error)
      assert.deepEqual(fake.asked, [])
    })
  }

  test('recover() rolls nothing back where nothing was live, nothing was written, or it is a bug', async () => {
    const bug = new TypeError('undefined')
    const fake = await proven(version(1))
    const empty = await landingOf(fake, version(1))
    const fresh = await landingOf(cluster(), version(1))
    fake.asked.length = 0
    assert.equal(await recover(bug, empty.landing), bug)
    for (const { landing } of [empty, fresh]) {
      const error = failed('proof-failed')
      assert.equal(await recover(error, landing), error)
    }
    assert.deepEqual(fake.asked, [])
  })

  test('recover() rolls back what was out of time, too', async () => {
    const fake = await proven(version(1))
    const { landing } = await landingOf(fake, version(2))
    await deployed(fake, version(2))
    const error = await recover(failed('out-of-time'), landing)
    assert.ok(error instanceof DeployError)
    assert.equal(error.exit, 4)
    assert.match(error.evidence.join(), /rolled back to release 1/)
  })

  test('recover() does not roll back what another run has deployed meanwhile', async () => {
    const fake = await proven(version(1))
    const { landing } = await landingOf(fake, version(2))
    const other = await landingOf(fake, version(3))
    fake.controller = () => undefined
    const running = outcome(land(other.landing))
    await idle(60)
    const held = fake.find<Lease>('Lease', 'landfall-toy') ?? assert.fail()
    const rolling = recover(failed('crash-loop'), landing)
    await idle(60)
    fake.put({ ...held, spec: { ...held.spec, renewTime: 'again' } })
    const error = await rolling
    assert.ok(error instanceof DeployError)
    assert.match(error.evidence.join(), /the rollback failed too: Cannot deploy toy: .*is deploying it/)
    const live = fake.find('Deployment', 'web') ?? assert.fail()
    const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 }
    fake.put({ ...live, status: { observedGeneration: live.metadata.generation, ...counts } } as KubeObject)
    well(await running)
  })
})
