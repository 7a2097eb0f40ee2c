import { templateOf } from '../../kube/containers.mts'
import type { Cluster } from '../../kube/cluster.mts'
import type { KubeObject, Live } from '../../kube/object.mts'
import type { Container, Deployment, Node, Pod, PodSpec, ResourceQuota } from '../../kube/schema/types.mts'
import { isForbidden } from '../../kube/status.mts'
import type { Checked } from '../preflight.mts'
import type { Row, Step } from '../types.mts'
import { quantity } from './quantity.mts'

/** Room for the new pods: in the namespaces' quotas and on the nodes. Advice where the answer may change by itself. */
export async function roomRows(cluster: Cluster, checked: Checked): Promise<Row[]> {
  const pods = checked.written.flatMap(newPods)
  if (pods.length === 0) return []
  const [quotas, nodes] = await Promise.all([quotaRows(cluster, checked, pods), nodeRows(cluster, checked, pods)])
  return [...quotas, ...nodes]
}

interface NewPod {
  namespace: string
  of: string
  /** Cores and bytes. */
  cpu: number
  memory: number
}

/** A pod that a written workload brings beside those that are there; none where it takes the room of an old one. */
export function newPods(step: Step): NewPod[] {
  const { object } = step
  const spec = object === undefined ? undefined : templateOf(object)?.spec
  if (object === undefined || spec === undefined || (step.action === 'update' && !isAdded(step, object))) return []
  const of = `${object.kind.toLowerCase()} ${object.metadata.name}`
  return [{ namespace: object.metadata.namespace ?? '', of, ...requestOf(spec) }]
}

function isAdded({ changes }: Step, object: KubeObject): boolean {
  if (changes.some(({ path }) => path === 'spec.replicas')) return true
  return changes.some(({ path }) => path.startsWith('spec.template')) && surges(object)
}

/** Whether an update brings the new pod before it takes the old one away. */
function surges(object: KubeObject): boolean {
  if (object.kind !== 'Deployment') return false
  const { type, rollingUpdate } = (object as Deployment).spec?.strategy ?? {}
  const surge = rollingUpdate?.maxSurge
  return type !== 'Recreate' && surge !== 0 && surge !== '0' && surge !== '0%'
}

/** What the scheduler counts: the greater of the containers' sum and the largest init container (KEP-753 leaves this rule). */
export function requestOf(spec: PodSpec): { cpu: number; memory: number } {
  const sum = (name: string): number =>
    spec.containers.reduce((total, container) => total + request(container, name), 0)
  const init = (name: string): number =>
    Math.max(0, ...(spec.initContainers ?? []).map((container) => request(container, name)))
  return { cpu: Math.max(sum('cpu'), init('cpu')), memory: Math.max(sum('memory'), init('memory')) }
}

function request({ resources }: Container, name: string): number {
  return quantity(resources?.requests?.[name] ?? resources?.limits?.[name])
}

async function quotaRows(cluster: Cluster, checked: Checked, pods: readonly NewPod[]): Promise<Row[]> {
  if (checked.home === 'missing') return []
  const namespaces = [...new Set(pods.map(({ namespace }) => namespace))]
  const rows = await Promise.all(namespaces.map((namespace) => quotaRow(cluster, checked, namespace, pods)))
  return rows.flat()
}

async function quotaRow(
  cluster: Cluster,
  { signal }: Checked,
  namespace: string,
  pods: readonly NewPod[],
): Promise<Row[]> {
  const kind = { apiVersion: 'v1', kind: 'ResourceQuota' }
  const quotas = await orForbidden(cluster.list<ResourceQuota>(kind, { namespace, signal }))
  if (quotas === 'forbidden')
    return [{ name: 'quota', state: 'unknown', says: 'cannot check: no permission to list resourcequotas' }]
  const here = pods.filter((pod) => pod.namespace === namespace)
  return quotas.items.flatMap((quota) => shortages(quota, here))
}

/** Quotas that cannot even hold one new pod of each workload: then its ReplicaSet will be refused. */
export function shortages(quota: Live<ResourceQuota>, pods: readonly NewPod[]): Row[] {
  // A quota with scopes counts only some pods: the server tells of it soon enough.
  if (quota.spec?.scopes !== undefined || quota.spec?.scopeSelector !== undefined) return []
  const hard = quota.status?.hard ?? quota.spec?.hard ?? {}
  const used = quota.status?.used ?? {}
  const left = (name: string): number =>
    hard[name] === undefined ? Infinity : quantity(hard[name]) - quantity(used[name])
  const wanted: Readonly<Record<string, (pod: NewPod) => number>> = {
    pods: () => 1,
    'requests.cpu': (pod) => pod.cpu,
    cpu: (pod) => pod.cpu,
    'requests.memory': (pod) => pod.memory,
    memory: (pod) => pod.memory,
  }
  return Object.entries(wanted).flatMap(([name, of]) => {
    const tight = pods.find((pod) => of(pod) > left(name))
    if (tight === undefined) return []
    const says = `Cannot create a pod of ${tight.of}: quota ${quota.metadata.name} has ${left(name)} of ${String(hard[name])} ${name} left`
    return [
      {
        name: 'quota',
        state: 'blocking',
        code: 'quota',
        says,
        next: `kubectl -n ${tight.namespace} describe quota ${quota.metadata.name}`,
      } as const,
    ]
  })
}

async function nodeRows(cluster: Cluster, { signal }: Checked, pods: readonly NewPod[]): Promise<Row[]> {
  const [nodes, running] = await Promise.all([
    orForbidden(cluster.list<Node>({ apiVersion: 'v1', kind: 'Node' }, { signal })),
    orForbidden(
      cluster.list<Pod>(
        { apiVersion: 'v1', kind: 'Pod' },
        { signal, fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' },
      ),
    ),
  ])
  if (nodes === 'forbidden')
    return [{ name: 'node room', state: 'unknown', says: 'cannot check: no permission to list nodes' }]
  const busy = running === 'forbidden' ? [] : running.items
  const free = nodes.items.filter(isSchedulable).map((node) => freeOn(node, busy))
  const stuck = pods.find((pod) => !free.some(({ cpu, memory }) => pod.cpu <= cpu && pod.memory <= memory))
  if (stuck === undefined)
    return [{ name: 'node room', state: 'ok', says: `${free.length} node${free.length === 1 ? '' : 's'}` }]
  const best = free.map(
    ({ name, cpu, memory }) => `${name}: ${Math.round(cpu * 1000)}m, ${Math.round(memory / 2 ** 20)}Mi free`,
  )
  const says = `A pod of ${stuck.of} asks for ${Math.round(stuck.cpu * 1000)}m and ${Math.round(stuck.memory / 2 ** 20)}Mi, which no node has now (${best.join('; ')})`
  // A cluster autoscaler, or a pod that ends, may make room: the scheduler has the last word.
  return [{ name: 'node room', state: 'warning', says, next: 'kubectl describe nodes' }]
}

function isSchedulable({ spec }: Live<Node>): boolean {
  return spec?.unschedulable !== true
}

function freeOn(node: Live<Node>, pods: readonly Live<Pod>[]): { name: string; cpu: number; memory: number } {
  const used = pods
    .filter(({ spec }) => spec?.nodeName === node.metadata.name)
    .map(({ spec }) => (spec === undefined ? { cpu: 0, memory: 0 } : requestOf(spec)))
  const left = (name: 'cpu' | 'memory'): number =>
    quantity(node.status?.allocatable?.[name]) - used.reduce((total, pod) => total + pod[name], 0)
  return { name: node.metadata.name, cpu: left('cpu'), memory: left('memory') }
}

async function orForbidden<T>(asked: Promise<T>): Promise<T | 'forbidden'> {
  try {
    return await asked
  } catch (error) {
    if (isForbidden(error)) return 'forbidden'
    throw error
  }
}
