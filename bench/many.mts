import { parseArgs } from 'node:util'
import { connect } from '../lib/kube/connect.mts'
import type { KubeObject } from '../lib/kube/object.mts'
import type { Deployment } from '../lib/kube/schema/types.mts'
import { openRehearsal } from '../lib/rehearsal/open.mts'

/**
 * How the cluster inside the process bears many objects, applied ten at a time: a hundred Deployments of one pod (its node
 * takes 110), a fifth of the rest Services, and ConfigMaps; the time until they are there, until all pods are ready, of a
 * LIST, and of one write more.
 */
const { values } = parseArgs({ options: { objects: { type: 'string', default: '2000' } } })
const deployments = 100
const services = Math.round((Number(values.objects) - deployments) / 5)
const configMaps = Number(values.objects) - deployments - services
const { signal } = new AbortController()

await using rehearsal = await openRehearsal()
await using cluster = await connect({ kubeconfig: rehearsal.kubeconfig, context: rehearsal.context, signal })

const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } }
await cluster.apply(namespace, { manager: 'bench', signal })
await timed(`${configMaps} ConfigMaps applied`, () => applied(configMaps, configMap))
await timed(`${services} Services applied`, () => applied(services, service))
const began = performance.now()
await timed(`${deployments} Deployments applied`, () => applied(deployments, deployment))
while ((await ready()) < deployments) await new Promise((resolve) => setTimeout(resolve, 100))
tell(`${deployments} Deployments available, since the first was applied`, performance.now() - began)
await timed(`LIST of ${configMaps} ConfigMaps`, () =>
  cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'many', signal }),
)
await timed('one more ConfigMap applied', () => cluster.apply(configMap(configMaps), { manager: 'bench', signal }))
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
