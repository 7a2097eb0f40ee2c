import { parseArgs } from 'node:util'
import { connect } from '../lib/kube/connect.mts'
import type { KubeObject } from '../lib/kube/object.mts'
import type { Deployment } from '../lib/kube/schema/types.mts'
import { openRehearsal } from '../lib/rehearsal/open.mts'

/**
 * How the cluster inside the process bears many objects: so many Deployments of one pod, as many Services and twice as many
 * ConfigMaps, applied ten at a time; the time to each kind being there, to all pods being ready, and of a LIST of all.
 */
const { values } = parseArgs({ options: { objects: { type: 'string', default: '2000' } } })
const quarter = Math.round(Number(values.objects) / 4)
const { signal } = new AbortController()

await using rehearsal = await openRehearsal()
await using cluster = await connect({ kubeconfig: rehearsal.kubeconfig, context: rehearsal.context, signal })

const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } }
await cluster.apply(namespace, { manager: 'bench', signal })
await timed(`${2 * quarter} ConfigMaps applied`, () => applied(2 * quarter, configMap))
await timed(`${quarter} Services applied`, () => applied(quarter, service))
const began = performance.now()
await timed(`${quarter} Deployments applied`, () => applied(quarter, deployment))
while ((await ready()) < quarter) await new Promise((resolve) => setTimeout(resolve, 100))
tell(`${quarter} Deployments available, since the first was applied`, performance.now() - began)
await timed(`LIST of ${2 * quarter} ConfigMaps`, () =>
  cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'many', signal }),
)
await timed('one more ConfigMap applied', () => cluster.apply(configMap(2 * quarter), { manager: 'bench', signal }))
tell('memory of the process (MB)', process.memoryUsage().rss / 1e6, '')

async function ready(): Promise<number> {
  const { items } = await cluster.list<Deployment>(
    { apiVersion: 'apps/v1', kind: 'Deployment' },
    { namespace: 'many', signal },
  )
  return items.filter(({ status }) => status?.availableReplicas === 1).length
}

async function applied(count: number, make: (index: number) => KubeObject): Promise<void> {
  const left = Array.from({ length: count }, (_, index) => index)
  const one = async (): Promise<void> => {
    for (let index = left.pop(); index !== undefined; index = left.pop())
      await cluster.apply(make(index), { manager: 'bench', signal })
  }
  await Promise.all(Array.from({ length: 10 }, one))
}

async function timed(name: string, act: () => Promise<unknown>): Promise<void> {
  const from = performance.now()
  await act()
  tell(name, performance.now() - from)
}

function tell(name: string, amount: number, unit = 'ms'): void {
  console.log(`${name.padEnd(60)} ${amount.toFixed(0)} ${unit}`)
}

function configMap(index: number): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `config-${index}`, namespace: 'many' },
    data: { key: 'value' },
  } as KubeObject
}

function service(index: number): KubeObject {
  const name = `app-${index}`
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'many' },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  } as KubeObject
}

function deployment(index: number): KubeObject {
  const labels = { app: `app-${index}` }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `app-${index}`, namespace: 'many' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'example/app:1' }] } },
    },
  } as KubeObject
}
