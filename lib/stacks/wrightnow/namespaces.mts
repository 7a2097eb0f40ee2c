import type { Namespace } from '../../kube/schema/types.mts'
import { namespace } from '../parts/namespaces.mts'

/** Services to come: each has its namespace already, which says who fills it and how. */
const PLACEHOLDERS = [
  { service: 'core', task: '3.1', guide: 'deploying-core-backend' },
  { service: 'ai', task: '3.2', guide: 'deploying-ai-service' },
  { service: 'web', task: '3.3', guide: 'deploying-web-client' },
] as const

/** The home namespace, in use, and one for each service to come. */
export function wrightnowNamespaces(home: string, stage: string): Namespace[] {
  const waiting = PLACEHOLDERS.map(({ service, task, guide }) =>
    namespace(`${stage}-${service}`, {
      labels: { environment: stage, status: 'placeholder' },
      annotations: { 'wrightnow.dev/sprint-task': task, 'wrightnow.dev/guide': `docs/wrightnow.md#${guide}` },
    }),
  )
  return [namespace(home, { labels: { environment: stage, status: 'active' } }), ...waiting]
}
