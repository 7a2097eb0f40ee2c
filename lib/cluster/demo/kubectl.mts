import type { KubeObject } from '../../kube/object.mts'
import { run } from '../host/command.mts'
import type { HostCluster } from '../provider.mts'
import type { Values } from './secrets.mts'

/** What the demo applies is owned under this name. */
const MANAGER = 'landfall-demo'

export async function apply(host: HostCluster, objects: readonly KubeObject[]): Promise<void> {
  const how = ['apply', '--server-side', '--force-conflicts', `--field-manager=${MANAGER}`, '-f', '-']
  await kubectl(host, how, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
}

/** A Secret's data, decoded; undefined where the Secret or its namespace is not there. */
export async function readSecret(host: HostCluster, namespace: string, name: string): Promise<Values | undefined> {
  const text = await kubectl(host, ['get', 'secret', name, '-n', namespace, '--ignore-not-found', '-o', 'json'])
  if (text.trim() === '') return undefined
  const { data = {} } = JSON.parse(text) as { readonly data?: Record<string, string> }
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

/** Waits until every pod of a StatefulSet is ready; `seconds` at most. */
export async function waitForStatefulSet(host: HostCluster, namespace: string, name: string, seconds: number) {
  const what = ['rollout', 'status', `statefulset/${name}`, '-n', namespace, `--timeout=${seconds}s`]
  await kubectl(host, what)
}

async function kubectl(host: HostCluster, args: readonly string[], input?: string): Promise<string> {
  return await run(host.kubectl, [...access(host), ...args], input === undefined ? {} : { input })
}

function access(host: HostCluster): string[] {
  return ['--kubeconfig', host.kubeconfig]
}
