import type { Live, Ref } from '../../kube/object.mts'
import type { ConfigMap, Lease } from '../../kube/schema/types.mts'
import type { Kept } from '../../settings/settings.mts'
import type { Desired } from '../../stacks/stack.mts'
import type { Row } from '../types.mts'

export type { Kept }

/** An object that is to go. */
export interface Going {
  component: string
  live: Live
}

/** Components as far as their order matters: each goes once all that need it are gone. */
export interface Node {
  name: string
  needs: readonly string[]
}

/** Everything that a teardown would remove, in its order: components, volumes and Secrets, records, the lock, namespaces. */
export interface TeardownPlan {
  desired: Desired
  graph: readonly Node[]
  objects: readonly Going[]
  /** Release records, oldest first, readable or not. */
  records: readonly Live<ConfigMap>[]
  lease?: Live<Lease>
  namespaces: readonly Live[]
  /** What stays although the stack used it. */
  stays: readonly Ref[]
  /** What stays and why; what refuses the teardown. */
  preflight: readonly Row[]
  /** Whether a lock can be taken: there is a home, and it is not on its way out. */
  home: 'here' | 'missing' | 'leaving'
  /** Milliseconds that planning took. */
  elapsed: number
}

/** Every object that would go, in the order of the plan. */
export function allOf({ objects, records, lease, namespaces }: TeardownPlan): Live[] {
  return [...objects.map(({ live }) => live), ...records, ...(lease === undefined ? [] : [lease]), ...namespaces]
}
