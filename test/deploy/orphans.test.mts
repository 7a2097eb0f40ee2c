import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { encode } from '../../lib/deploy/release.mts'
import type { Plan } from '../../lib/deploy/types.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { refOf } from '../../lib/kube/object.mts'
import { STACK_LABEL } from '../../lib/marks.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import type { FakeCluster } from './fake.mts'
import { acts, jobName, plan } from './plans.mts'
import { forbidden } from './refused.mts'
import { cluster, configMap, deployed, deployment, job, release, secret, web } from './world.mts'

suite('what a release left behind', () => {
  async function after(fake: FakeCluster, first: Desired, second: Desired): Promise<Plan> {
    await deployed(fake, first)
    fake.put(encode(release(1, first)))
    return plan(fake, second)
  }

  const deleted = (planned: Plan): string[] => acts(planned).filter((act) => act.startsWith('delete'))

  test('makePlan() deletes what this release does not have any more', async () => {
    const planned = await after(cluster(), web(deployment('web'), deployment('old')), web(deployment('web')))
    assert.deepEqual(deleted(planned), ['delete deployment/toy/old'])
  })

  test('makePlan() deletes a superseded Job, which has another name', async () => {
    const first = web(job('bucket'))
    const second = web({ ...job('bucket'), spec: { backoffLimit: 3 } } as KubeObject)
    const planned = await after(cluster(), first, second)
    assert.deepEqual(deleted(planned), [`delete job/toy/${jobName(first)}`])
  })

  test('makePlan() finds objects of kinds and namespaces that only the last release had', async () => {
    const elsewhere = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } }
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'old', namespace: 'elsewhere' } }
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'old' } }
    const planned = await after(cluster(), web(elsewhere, service, role, configMap('config')), web(configMap('config')))
    assert.deepEqual(deleted(planned), ['delete service/elsewhere/old', 'delete clusterrole/old'])
  })

  test('makePlan() leaves what bears the label and was written by something else, and names it', async () => {
    const fake = cluster()
    fake.put({ ...deployment('copy'), metadata: { name: 'copy', namespace: 'toy', labels: { [STACK_LABEL]: 'toy' } } })
    const planned = await after(fake, web(deployment('web')), web(deployment('web')))
    assert.deepEqual(deleted(planned), [])
    assert.match(planned.preflight.map(({ says }) => says).join(), /deployment\/toy\/copy .* something else wrote it/)
  })

  test('makePlan() leaves those alone that it may not see', async () => {
    const fake = cluster()
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'old' } }
    fake.before = ({ verb, ref }) => {
      if (verb === 'list' && ref.kind === 'Service') throw forbidden('list services')
    }
    assert.deepEqual(deleted(await after(fake, web(service, configMap('config')), web(configMap('config')))), [])
  })

  for (const [what, object] of [
    ['a Secret', secret('keys')],
    ['a claim', { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' } }],
    ['a namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } }],
  ] as const) {
    test(`makePlan() never deletes ${what}`, async () => {
      assert.deepEqual(deleted(await after(cluster(), web(object, configMap('config')), web(configMap('config')))), [])
    })
  }

  test('makePlan() never deletes a claim, although others of its kind are still listed', async () => {
    const claim = (name: string) => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name } })
    assert.deepEqual(deleted(await after(cluster(), web(claim('data'), claim('old')), web(claim('data')))), [])
  })

  const owner = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'config', uid: 'u' }]
  for (const [what, metadata] of [
    ['has an owner', { ownerReferences: owner }],
    ['is on its way out', { deletionTimestamp: '2026-11-01T00:00:00Z' }],
    ['belongs to nobody', { labels: {} }],
    ["is another stack's", { labels: { [STACK_LABEL]: 'other' } }],
  ] as const) {
    test(`makePlan() does not delete what ${what}`, async () => {
      const fake = cluster()
      const labels = { [STACK_LABEL]: 'toy' }
      fake.put({ ...configMap('x'), metadata: { name: 'x', namespace: 'toy', labels, ...metadata } })
      assert.deepEqual(deleted(await plan(fake, web(configMap('config')))), [])
    })
  }

  test('makePlan() keeps what a Secret that pods read belongs to, and says so', async () => {
    const fake = cluster()
    const vault = { apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultStaticSecret', metadata: { name: 'copy' } }
    const reader = deployment('web', { reads: { secrets: ['keys'] } })
    await deployed(fake, web({ ...vault, spec: { destination: { name: 'keys' } } } as KubeObject, reader))
    const made = fake.find('VaultStaticSecret', 'copy') ?? assert.fail()
    const ownerReferences = [{ ...refOf(made), uid: made.metadata.uid }]
    fake.put({ ...secret('keys'), metadata: { name: 'keys', namespace: 'toy', ownerReferences } })
    fake.put(encode(release(1, web(vault, reader))))
    const planned = await plan(fake, web(reader))
    assert.deepEqual(deleted(planned), [])
    const row = planned.preflight.find(({ name }) => name === 'superseded')
    assert.equal(row?.state, 'warning')
    assert.match(row.says, /vaultstaticsecret\/toy\/copy .*stays: Secret keys/)
  })

  test('makePlan() keeps a StatefulSet whose volumes would go with it', async () => {
    const set = { ...deployment('db'), kind: 'StatefulSet' }
    const policy = { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } }
    const greedy = { ...set, spec: { ...set.spec, ...policy } }
    const config = configMap('config')
    assert.deepEqual(deleted(await after(cluster(), web(greedy, config), web(config))), [])
    assert.deepEqual(deleted(await after(cluster(), web(set, config), web(config))), ['delete statefulset/toy/db'])
  })
})
