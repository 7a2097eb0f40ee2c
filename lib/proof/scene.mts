import type { SecureContext } from 'node:tls'
import type { Ingress } from '../kube/schema/types.mts'
import { coalesced } from './coalesce.mts'
import type { Reads } from './coalesce.mts'
import { edgeOf } from './edge.mts'
import type { Edge } from './edge.mts'
import { listIn } from './reading.mts'
import type { ProofTarget } from './target.mts'
import { loadTrust } from './trust.mts'

/** What the proofs of one run share: whom to trust, and where hosts are served once that is known. */
export interface Scene {
  target: ProofTarget
  cluster: Reads
  trust: SecureContext
  signal: AbortSignal
  edges: Map<string, Edge>
}

/** @throws DeployError `missing-file`, `bad-setting` for the CA file */
export async function openScene(target: ProofTarget, signal: AbortSignal): Promise<Scene> {
  return {
    target,
    cluster: coalesced(target.cluster),
    trust: await loadTrust(target.edge),
    signal,
    edges: new Map(),
  }
}

/** Where the host is served, or undefined while no Ingress tells. Asked once; what is not known yet is asked again. */
export async function findEdge(scene: Scene, host: string): Promise<Edge | undefined> {
  const known = scene.edges.get(host)
  if (known !== undefined) return known
  const ingresses = scene.target.edge.address === undefined ? await listIngresses(scene) : []
  const found = edgeOf(scene.target.edge, ingresses, host)
  if (found !== undefined) scene.edges.set(host, found)
  return found
}

async function listIngresses({ target, cluster, signal }: Scene): Promise<Ingress[]> {
  const declared = (target.desiredObjects ?? []).filter(({ kind }) => kind === 'Ingress')
  const namespaces = new Set([target.home, ...declared.map(({ metadata }) => metadata.namespace ?? target.home)])
  const lists = [...namespaces].map((namespace) =>
    listIn<Ingress>(cluster, { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }, { namespace, signal }),
  )
  return (await Promise.all(lists)).flat()
}
