import { makePlan } from '../../lib/deploy/plan.mts'
import type { Plan } from '../../lib/deploy/types.mts'
import type { DeployError } from '../../lib/error.mts'
import { formatRef } from '../../lib/kube/object.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import type { FakeCluster } from './fake.mts'
import { failure, outcome } from './world.mts'

const { signal } = new AbortController()

export function plan(fake: FakeCluster, desired: Desired): Promise<Plan> {
  return makePlan(fake, desired, { signal })
}

/** `update deployment/toy/web` for every step, the namespace left out. */
export function acts({ steps }: Plan): string[] {
  return steps.flatMap(({ action, ref }) => (ref.kind === 'Namespace' ? [] : [`${action} ${formatRef(ref)}`]))
}

export async function refusal(fake: FakeCluster, desired: Desired): Promise<DeployError> {
  return failure(await outcome(plan(fake, desired)))
}

/** The name that rendering gave the one Job. */
export function jobName(desired: Desired): string {
  const found = desired.components.flatMap(({ objects }) => objects).find(({ kind }) => kind === 'Job')
  return found?.metadata.name ?? ''
}
