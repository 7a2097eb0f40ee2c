import { mkdirSync } from 'node:fs'
import type { Say } from '../provider.mts'
import { importImages } from './addons/images.mts'
import { cacheDir } from './build.mts'
import { apiserver, controllerManager, etcd, scheduler } from './controlplane.mts'
import type { Layout } from './layout.mts'
import { makeBridge, raiseSysctls } from './network.mts'
import { containerd, kubelet, kubeProxy, registry } from './node.mts'
import { kubeconfigText, makePki, type CertificateName } from './pki.mts'
import { keepRunning, mustRun, writeEtc, type Daemon } from './processes.mts'
import { isApiReady, isNodeReady, listens, nodeName, waitUntil } from './ready.mts'
import type { Ports } from './record.mts'

/** Who must run. */
export const DAEMONS = [
  'etcd',
  'kube-apiserver',
  'registry',
  'containerd',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
] as const

/** Starts what does not run yet and waits until the API server is ready and the node is Ready. */
export async function boot(paths: Layout, ports: Ports, context: string, say: Say): Promise<void> {
  for (const folder of [paths.run, paths.logs, paths.etc, paths.data]) mkdirSync(folder, { recursive: true })
  raiseSysctls()
  await makeBridge()
  await makePki(paths, nodeName())
  writeKubeconfigs(paths, ports, context)
  await startGround(paths, ports, say)
  await startNode(paths, ports, say)
  for (const name of DAEMONS) mustRun(paths, name)
}

/** The store, the API and the container runtime: whatever else there is needs one of them at its start. */
async function startGround(paths: Layout, ports: Ports, say: Say): Promise<void> {
  const [kubernetes, runtime] = [cacheDir('kubernetes'), cacheDir('containerd')]
  const ground = [
    etcd(paths, ports),
    apiserver(paths, ports, kubernetes),
    registry(paths, ports, cacheDir('registry')),
    containerd(paths, ports, runtime),
  ]
  await startAll(paths, ground, say)
  await waitUntil(paths, 'containerd', ['containerd'], () => listens({ path: paths.containerd }))
  await importImages(paths)
  await waitUntil(paths, 'the API server', ['etcd', 'kube-apiserver'], () => isApiReady(paths, ports))
  say(`API server ready on https://127.0.0.1:${ports.api}`)
}

async function startNode(paths: Layout, ports: Ports, say: Say): Promise<void> {
  const kubernetes = cacheDir('kubernetes')
  const node = [
    controllerManager(paths, kubernetes),
    scheduler(paths, kubernetes),
    kubelet(paths, ports, kubernetes, nodeName()),
    kubeProxy(paths, ports, kubernetes, nodeName()),
  ]
  await startAll(paths, node, say)
  await waitUntil(paths, 'the node', ['containerd', 'kubelet', 'kube-proxy'], () => isNodeReady(paths, ports))
  say(`node ${nodeName()} Ready`)
}

async function startAll(paths: Layout, all: readonly Daemon[], say: Say): Promise<void> {
  const started: string[] = []
  for (const daemon of all) if ((await keepRunning(paths, daemon)) === 'started') started.push(daemon.name)
  if (started.length > 0) say(`started ${started.join(', ')}`)
}

function writeKubeconfigs(paths: Layout, ports: Ports, context: string): void {
  const server = `https://127.0.0.1:${ports.api}`
  for (const as of ['controller-manager', 'scheduler', 'kube-proxy', 'kubelet'] satisfies CertificateName[]) {
    writeEtc(paths, `${as}.kubeconfig`, kubeconfigText(paths, as, server, context))
  }
  writeEtc(paths, '../kubeconfig', kubeconfigText(paths, 'admin', server, context))
}
