import type { KubeObject } from '../../kube/object.mts'
import type { Deployment } from '../../kube/schema/types.mts'
import { envFromAll, scratchVolumes, strictContainer, strictPod } from '../parts/pod.mts'
import { selects } from '../parts/selector.mts'
import { accountOf } from './apps.mts'
import { API_CONFIG, marked, nameOf, WORKER_ENV, type Yab } from './names.mts'

const WRITABLE = ['/tmp']

/**
 * Background jobs, on the API's image. Which queue it serves is not decided, so that nothing here can ask it whether it
 * works: it is ready when it runs and stays up. Unless its jobs may run twice, the old pod is gone before the new one starts.
 */
export function worker(context: Yab): KubeObject[] {
  const { worker: said } = context.settings
  if (!said.enabled) return []
  const name = nameOf('worker')
  const deployment: Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: said.replicaCount,
      minReadySeconds: 10,
      selector: { matchLabels: selects(name) },
      strategy: said.idempotent
        ? { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
        : { type: 'Recreate' },
      template: { metadata: { labels: selects(name) }, spec: podOf(context, name) },
    },
  }
  return marked('worker', [deployment], context)
}

function podOf(context: Yab, name: string) {
  const { command, grace } = context.settings.worker
  const container = {
    name,
    image: context.image('api'),
    command: [...command],
    envFrom: envFromAll([API_CONFIG], [WORKER_ENV]),
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
  }
  return strictPod(
    { user: 1000 },
    {
      terminationGracePeriodSeconds: grace,
      containers: [strictContainer(container, WRITABLE)],
      volumes: scratchVolumes(WRITABLE),
    },
    accountOf('worker', context),
  )
}
