import { copied } from '../copy.mts'
import type { Pod, PodTemplateSpec } from '../../kube/schema/types.mts'
import { defaulted } from '../objects/defaults.mts'
import type { Meta } from './owning.mts'

/** A pod of this template, as the API server stores it. */
export function podFrom(template: PodTemplateSpec | undefined, meta: Meta): Pod {
  const labels = { ...template?.metadata?.labels, ...meta.labels }
  const annotations = { ...template?.metadata?.annotations, ...meta.annotations }
  const metadata: Meta = {
    ...meta,
    generation: 1,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  }
  const spec = template?.spec ?? { containers: [] }
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: {
      ...spec,
      restartPolicy: spec.restartPolicy ?? 'Always',
      serviceAccountName: spec.serviceAccountName ?? 'default',
      terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    },
    status: { phase: 'Pending' },
  }
  // Templates are shared, and defaults are set in place.
  return defaulted(copied(pod))
}
