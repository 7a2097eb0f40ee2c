import assert from 'node:assert/strict'
import { land } from '../../lib/deploy/land.mts'
import { decode } from '../../lib/deploy/release.mts'
import type { Release } from '../../lib/deploy/types.mts'
import type { DeployError } from '../../lib/error.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import type { ConfigMap, Lease } from '../../lib/kube/schema/types.mts'
import { component } from '../../lib/stacks/stack.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import type { FakeCluster } from './fake.mts'
import { configMap, deployment, job, landingOf, outcome, toy } from './world.mts'

export const HOME = { apiVersion: 'v1', kind: 'Namespace', name: 'toy' }
export const DESIRED = toy(
  component('config', [configMap('config')]),
  component('bucket', [job('bucket')], { needs: ['config'] }),
  component('web', [deployment('web')], { needs: ['config'] }),
)

export async function landed(fake: FakeCluster, desired: Desired): Promise<Release | DeployError> {
  const { landing } = await landingOf(fake, desired)
  return outcome(land(landing))
}

export function lease(fake: FakeCluster): Lease {
  return fake.find<Lease>('Lease', 'landfall-toy') ?? assert.fail('no lease')
}

export function recorded(fake: FakeCluster): Release[] {
  const records = [...fake.objects.values()].filter(({ kind }) => kind === 'ConfigMap') as ConfigMap[]
  return records.map(decode).filter((found) => found !== undefined)
}

/** Writes of the stack's objects and records; the lease's left out. */
export function writes(fake: FakeCluster): string[] {
  return fake.writes().filter((write) => !write.includes('Lease'))
}

export function failingJobs(fake: FakeCluster): FakeCluster {
  const usual = fake.controller
  fake.controller = (object) => {
    if (object.kind !== 'Job') return usual(object)
    const condition = {
      type: 'Failed',
      status: 'True',
      reason: 'BackoffLimitExceeded',
      lastTransitionTime: fake.stamp(),
    }
    fake.put({ ...object, status: { failed: 1, conditions: [condition] } } as KubeObject)
  }
  return fake
}
