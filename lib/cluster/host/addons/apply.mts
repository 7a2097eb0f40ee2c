import { join } from 'node:path'
import { DeployError } from '../../../error.mts'
import type { Ingress, Say } from '../../provider.mts'
import { cacheDir } from '../build.mts'
import { attempt, lastLines, run } from '../command.mts'
import type { Layout } from '../layout.mts'
import { fetchCrds, readCrds } from './crds.mts'
import { dns } from './dns.mts'
import { HELPER, imageOf } from './images.mts'
import { ingress } from './ingress.mts'
import { storage } from './storage.mts'
import type { VolumeFolder } from './storage.mts'

/** The Deployments that make a bare Kubernetes one to work with: namespace/name. */
export const ADDONS = ['kube-system/coredns', 'local-path-storage/local-path-provisioner', 'traefik/traefik'] as const

/** Applies the add-ons and waits until they run; `cluster-failed` with what the pods say where one does not. */
export async function applyAddons(paths: Layout, at: Ingress, volumes: VolumeFolder, say: Say): Promise<void> {
  const objects = [
    ...dns(imageOf('coredns')),
    ...storage({ provisioner: imageOf('storage'), helper: HELPER }, volumes),
    ...ingress(imageOf('traefik'), at),
  ]
  await apply(paths, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  await apply(paths, readCrds(await fetchCrds()))
  await Promise.all(ADDONS.map((addon) => waitForAddon(paths, addon)))
  say('DNS, storage class, ingress controller and resource definitions ready')
}

async function apply(paths: Layout, text: string): Promise<void> {
  const flags = ['--server-side', '--force-conflicts', '--field-manager=landfall-cluster', '--validate=strict']
  await run(kubectl(), ['--kubeconfig', paths.kubeconfig, 'apply', ...flags, '-f', '-'], { input: text })
}

async function waitForAddon(paths: Layout, addon: string): Promise<void> {
  const [namespace = '', name = ''] = addon.split('/')
  const at = ['--kubeconfig', paths.kubeconfig, '-n', namespace]
  const ended = await attempt(kubectl(), [...at, 'rollout', 'status', `deployment/${name}`, '--timeout=120s'])
  if (ended.code === 0) return
  const pods = await attempt(kubectl(), [...at, 'get', 'pods,events', '--no-headers'])
  throw new DeployError({
    code: 'cluster-failed',
    says: `Cannot start the add-on ${addon}: ${lastLines(ended.stderr, 1)[0] ?? 'it is not ready'}`,
    evidence: lastLines(pods.stdout, 12),
    next: `kubectl -n ${namespace} describe pods`,
  })
}

function kubectl(): string {
  return join(cacheDir('kubernetes'), 'kubectl')
}
