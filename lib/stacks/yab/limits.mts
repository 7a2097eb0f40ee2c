import type { KubeObject } from '../../kube/object.mts'
import { limitRange, resourceQuota } from '../parts/limits.mts'
import { namespace } from '../parts/namespaces.mts'
import { markedForAll, type Yab } from './names.mts'
import type { Settings } from './settings.mts'

/** What all pods of the home namespace together may ask for, and what one gets that asks for nothing. */
export function limits({ limits: said }: Settings): KubeObject[] {
  if (!said.enabled) return []
  return markedForAll('limits', [
    limitRange('yab', {
      request: { cpu: '50m', memory: '64Mi' },
      limit: { cpu: '250m', memory: '256Mi' },
      max: { cpu: '2', memory: '2Gi' },
    }),
    resourceQuota('yab', said.quota),
  ])
}

const INGRESS = 'ingress'
const OBSERVABILITY = 'observability'

/**
 * The namespaces beside the pods': those of the ingress controller and of Prometheus, where they have the names that are
 * expected. One with another name is somebody else's, and has to be there.
 */
export function namespaces({ settings, namespace: home }: Pick<Yab, 'settings' | 'namespace'>): KubeObject[] {
  const { ingress, observability, ops } = settings
  const names = [
    home,
    ...(ingress.namespace === INGRESS ? [INGRESS] : []),
    ...(observability.namespace === OBSERVABILITY ? [OBSERVABILITY] : []),
    ...(ops ? ['ops'] : []),
  ]
  return [...new Set(names)].flatMap((name) => markedForAll(name, [namespace(name)]))
}
