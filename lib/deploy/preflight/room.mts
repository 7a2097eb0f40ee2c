import { templateOf } from '../../kube/containers.mts'
import type { Cluster } from '../../kube/cluster.mts'
import { COMPUTE, demandOf } from '../../kube/demand.mts'
import type { Demand } from '../../kube/demand.mts'
import type { KubeObject, Live } from '../../kube/object.mts'
import { amountOf } from '../../kube/quantity.mts'
import type { Deployment, Node, Pod, ResourceQuota } from '../../kube/schema/types.mts'
import { isForbidden } from '../../kube/status.mts'
import type { Checked } from '../preflight.mts'
import type { Row, Step } from '../types.mts'

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
  asks: Demand
}

/** A pod that a written workload brings beside those that are there; none where it takes the room of an old one. */
export function newPods(step: Step): NewPod[] {
  const { object } = step
  const spec = object === undefined ? undefined : templateOf(object)?.spec
  if (object === undefined || spec === undefined || (step.action === 'update' && !isAdded(step, object))) return []
  const of = `${object.kind.toLowerCase()} ${object.metadata.name}`
  return [{ namespace: object.metadata.namespace ?? '', of, asks: demandOf(spec) }]
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

async function quotaRows(cluster: Cluster, checked: Checked, pods: readonly NewPod[]): Promise<Row[]> {
  const namespaces = [...new Set(pods.map(({ namespace }) => namespace))].filter(
    (namespace) => !checked.newNamespaces.includes(namespace),
  )
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

const DEMANDS = ['pods', ...(Object.keys(COMPUTE) as (keyof typeof COMPUTE)[])] as const

/** Quotas that cannot even hold one new pod of each workload: then its ReplicaSet will be refused. */
export function shortages(quota: Live<ResourceQuota>, pods: readonly NewPod[]): Row[] {
  // A quota with scopes counts only some pods: the server tells of it soon enough.
  if (quota.spec?.scopes !== undefined || quota.spec?.scopeSelector !== undefined) return []
  const hard = quota.status?.hard ?? quota.spec?.hard ?? {}
  const used = quota.status?.used ?? {}
  const left = (name: string): number =>
    hard[name] === undefined ? Infinity : amountOf(hard[name]) - amountOf(used[name])
  return DEMANDS.flatMap((name) => {
    const tight = pods.find(({ asks }) => asks[name] > left(name))
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
  const stuck = pods.find((pod) => !free.some(({ cpu, memory }) => pod.asks.cpu <= cpu && pod.asks.memory <= memory))
  if (stuck === undefined)
    return [{ name: 'node room', state: 'ok', says: `${free.length} node${free.length === 1 ? '' : 's'}` }]
  const best = free.map(
    ({ name, cpu, memory }) => `${name}: ${Math.round(cpu * 1000)}m, ${Math.round(memory / 2 ** 20)}Mi free`,
  )
  const says = `A pod of ${stuck.of} asks for ${Math.round(stuck.asks.cpu * 1000)}m and ${Math.round(stuck.asks.memory / 2 ** 20)}Mi, which no node has now (${best.join('; ')})`
  // A cluster autoscaler, or a pod that ends, may make room: the scheduler has the last word.
  return [{ name: 'node room', state: 'warning', says, next: 'kubectl describe nodes' }]
}

function isSchedulable({ spec }: Live<Node>): boolean {
  return spec?.unschedulable !== true
}

function freeOn(node: Live<Node>, pods: readonly Live<Pod>[]): { name: string; cpu: number; memory: number } {
  const used = pods.filter(({ spec }) => spec?.nodeName === node.metadata.name).map(({ spec }) => demandOf(spec))
  const left = (name: 'cpu' | 'memory'): number =>
    amountOf(node.status?.allocatable?.[name]) - used.reduce((total, pod) => total + pod[name], 0)
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
