import type { Cluster } from '../kube/cluster.mts'
import { managerOf } from '../marks.mts'
import type { Plan, Step } from './types.mts'

/** Whether this step makes a namespace: nothing that goes into it can be dry-run before (law 1). */
export function makesNamespace({ ref, action }: Step): boolean {
  return ref.apiVersion === 'v1' && ref.kind === 'Namespace' && action === 'create'
}

/** Makes a namespace as the stack declares it; nothing where it declares none of that name. */
export async function makeNamespace(cluster: Cluster, plan: Plan, name: string, signal: AbortSignal): Promise<void> {
  const step = plan.steps.find((one) => makesNamespace(one) && one.ref.name === name)
  if (step?.object === undefined) return
  await cluster.apply(step.object, { manager: managerOf(plan.desired.stack), signal })
}
