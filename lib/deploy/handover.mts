import { keyOf } from '../kube/object.mts'
import type { KubeObject, Live } from '../kube/object.mts'
import type { Deployment, HorizontalPodAutoscaler } from '../kube/schema/types.mts'
import { managerOf } from '../marks.mts'
import type { Desired } from '../stacks/stack.mts'

/** The least number of pods by workload, where an autoscaler of this stack owns the count; keys by keyOf. */
export type Autoscaled = ReadonlyMap<string, number>

/** What the autoscalers of a desired state scale. */
export function autoscaledIn(desired: Desired): Autoscaled {
  const scalers = desired.components.flatMap(({ objects }) => objects.filter(isAutoscaler))
  return new Map(
    scalers.flatMap(({ metadata: { namespace }, spec }): [string, number][] => {
      if (spec === undefined) return []
      const { apiVersion = 'apps/v1', kind, name } = spec.scaleTargetRef
      return [
        [keyOf({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }), spec.minReplicas ?? 1],
      ]
    }),
  )
}

/**
 * A workload under an autoscaler renders no count. Left out while the count is still ours, it would fall back to one pod
 * (measured: 4 to 1), so until the autoscaler has changed it once, and owns it by that, it is sent as it is; a new
 * workload begins with the autoscaler's least.
 */
export function withCount(object: KubeObject, live: Live | undefined, at: { stack: string; autoscaled: Autoscaled }) {
  const least = at.autoscaled.get(keyOf({ apiVersion: object.apiVersion, kind: object.kind, ...named(object) }))
  const { spec } = object as Deployment
  if (least === undefined || spec === undefined || spec.replicas !== undefined) return object
  if (live === undefined) return { ...object, spec: { ...spec, replicas: least } }
  const count = (live as Live<Deployment>).spec?.replicas
  return count === undefined || !ownsCount(live, managerOf(at.stack))
    ? object
    : { ...object, spec: { ...spec, replicas: count } }
}

function named({ metadata: { name, namespace } }: KubeObject) {
  return namespace === undefined ? { name } : { name, namespace }
}

function ownsCount(live: Live, manager: string): boolean {
  const own = (live.metadata.managedFields ?? []).filter(
    (entry) => entry.manager === manager && entry.operation === 'Apply',
  )
  return own.some(({ fieldsV1 }) => {
    const spec = fieldsV1?.['f:spec']
    return typeof spec === 'object' && spec !== null && 'f:replicas' in spec
  })
}

function isAutoscaler(object: KubeObject): object is KubeObject & HorizontalPodAutoscaler {
  return object.kind === 'HorizontalPodAutoscaler'
}
