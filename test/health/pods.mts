import type { Health, Noted, Snapshot, Subject } from '../../lib/health/health.mts'
import { judge } from '../../lib/health/judge.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'

/** The moment at which every hand-made scene is looked at. */
export const NOW = Date.parse('2026-11-21T12:00:00Z')

/** The API's timestamp of so many seconds ago. */
export function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString().replace('.000Z', 'Z')
}

export type Fragment = Record<string, unknown>

/** An object as the server answers it, with a uid made of kind and name. */
export function live(apiVersion: string, kind: string, name: string, body: Fragment = {}): Live {
  const { metadata = {}, ...rest } = body as { metadata?: Fragment }
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: 'demo', uid: `${kind}/${name}`, resourceVersion: '7', generation: 1, ...metadata },
    ...rest,
  }
}

export function ownedBy(owner: KubeObject): Fragment {
  const { apiVersion, kind } = owner
  return { ownerReferences: [{ apiVersion, kind, name: owner.metadata.name, uid: owner.metadata.uid ?? '' }] }
}

export interface PodFragment {
  name?: string
  spec?: Fragment
  containers?: Fragment[]
  inits?: Fragment[]
  status?: Fragment
  metadata?: Fragment
}

const PLACED = { type: 'PodScheduled', status: 'True', lastTransitionTime: ago(20) }

/** A pod on its node, of which only the statuses of its containers are told. */
export function podOf(
  owner: KubeObject,
  { name = 'api-1', spec = {}, containers = [], inits = [], status = {}, metadata = {} }: PodFragment,
): Live {
  const specs = (statuses: Fragment[]): Fragment[] =>
    statuses.map((one) => ({ name: one['name'], image: 'registry.test/api:1', ...(one['spec'] as Fragment) }))
  const bare = (statuses: Fragment[]): Fragment[] =>
    statuses.map((one) => ({ restartCount: 0, ready: false, ...one, spec: undefined }))
  return live('v1', 'Pod', name, {
    metadata: { ...ownedBy(owner), creationTimestamp: ago(20), ...metadata },
    spec: { restartPolicy: 'Always', initContainers: specs(inits), containers: specs(containers), ...spec },
    status: {
      conditions: [PLACED],
      initContainerStatuses: bare(inits),
      containerStatuses: bare(containers),
      ...status,
    },
  })
}

/** A Deployment in mid-rollout with its ReplicaSet; `pods` are of it. */
export function rollout(pods: readonly PodFragment[], { replicas = 1 } = {}): { subject: Subject; objects: Live[] } {
  const deployment = live('apps/v1', 'Deployment', 'api', {
    metadata: { annotations: { 'deployment.kubernetes.io/revision': '2' } },
    spec: { replicas },
    status: { observedGeneration: 1, replicas, updatedReplicas: replicas, unavailableReplicas: replicas },
  })
  const set = live('apps/v1', 'ReplicaSet', 'api-6f', {
    metadata: { ...ownedBy(deployment), annotations: { 'deployment.kubernetes.io/revision': '2' } },
  })
  const made = pods.map((fragment, index) => podOf(set, { name: `api-${index + 1}`, ...fragment }))
  return { subject: { object: deployment, since: NOW - 30_000 }, objects: [deployment, set, ...made] }
}

export function noted(about: KubeObject, event: Partial<Noted> & { reason: string; message: string }): Noted {
  const { kind, metadata } = about
  const { name, namespace = '', uid = '' } = metadata
  return { uid, kind, name, namespace, type: 'Warning', count: 1, at: NOW - 1_000, ...event }
}

export function snapshotOf(objects: readonly Live[], more: Partial<Snapshot> = {}): Snapshot {
  return { at: NOW, objects, events: [], logTails: new Map(), ...more }
}

/** The verdict about a Deployment with this one pod. */
export function verdictOnPod(pod: PodFragment, more: Partial<Snapshot> = {}, objects: readonly Live[] = []): Health {
  const { subject, objects: own } = rollout([pod])
  return judge(subject, snapshotOf([...own, ...objects], more))
}

/** A verdict in one line, as tables tell it: `doomed image-missing`, `progressing pulling image (image-missing)`, `ready 1/1`. */
export function told(health: Health): string {
  if (health.state === 'doomed') return `doomed ${health.cause.code}`
  const trouble = health.state === 'progressing' && health.trouble !== undefined ? ` (${health.trouble.code})` : ''
  return `${health.state} ${health.detail}${trouble}`
}

/** What a verdict says is wrong, certain or not. */
export function says(health: Health): string {
  if (health.state === 'doomed') return health.cause.says
  return health.state === 'progressing' ? (health.trouble?.says ?? '') : ''
}

export function waiting(reason: string, message = '', more: Fragment = {}): Fragment {
  return { name: 'api', state: { waiting: { reason, message } }, ...more }
}

/** A container that has ended so often, the last time with these words; it stands still, as between two restarts. */
export function ended(times: number, words: string, more: Fragment = {}, end: Fragment = {}): Fragment {
  const terminated = { exitCode: 1, reason: 'Error', message: words, startedAt: ago(4), finishedAt: ago(3), ...end }
  const before = times > 1 ? { lastState: { terminated } } : {}
  return { name: 'api', restartCount: times - 1, state: { terminated }, ...before, ...more }
}
