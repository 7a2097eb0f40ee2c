import { readsOf } from '../../kube/containers.mts'
import { kindKey, refOf } from '../../kube/object.mts'
import type { KubeObject, Ref } from '../../kube/object.mts'
import type { Container, Ingress, Service } from '../../kube/schema/types.mts'
import type { ProofSpec } from '../../proof/spec.mts'
import { podOf, WORKLOADS, workloadBehind } from './crew.mts'
import { momentOf } from './hooks.mts'

/** Kinds whose pods tell which revision they are of. */
const REVISED = new Set(['apps/Deployment', 'apps/StatefulSet'])

/**
 * What can be proven of objects that nobody declared proofs for: behind each Service are ready pods of the new revision
 * that run the expected image, each Job ran to its end, no pod is older than what it reads. Advice: DNS of each host.
 */
export function proofsOf(objects: readonly KubeObject[], home: string): ProofSpec[] {
  const applied = objects.filter((object) => momentOf(object) !== 'never')
  const workloads = applied.filter((object) => WORKLOADS.has(kindKey(object)))
  return [
    ...applied.filter(({ kind }) => kind === 'Service').flatMap((service) => backed(service, workloads, home)),
    ...workloads.filter(({ kind }) => kind === 'Job').map(done),
    ...workloads.filter(isReading).map(fresh),
    ...[...new Set(applied.flatMap(hostsOf))].map((host): ProofSpec => ({ kind: 'dns', name: 'dns', host })),
  ]
}

function backed(service: KubeObject, workloads: readonly KubeObject[], home: string): ProofSpec[] {
  const workload = workloadBehind(service, workloads, home)
  if (workload === undefined || !REVISED.has(kindKey(workload)) || isAsleep(workload)) return []
  const image = servingImage(service as Service, podOf(workload)?.spec?.containers ?? [])
  if (image === undefined) return []
  const name = `service ${service.metadata.name}`
  return [{ kind: 'backed', name, service: refOf(service), workload: refOf(workload), image }]
}

function isAsleep(workload: KubeObject): boolean {
  return (workload as { spec?: { replicas?: number } }).spec?.replicas === 0
}

/** Of the container that has the port which the Service leads to; else of the first one. */
function servingImage({ spec }: Service, containers: readonly Container[]): string | undefined {
  const [port] = spec?.ports ?? []
  const target = port?.targetPort ?? port?.port
  const serving = containers.find(({ ports }) =>
    ports?.some(({ name, containerPort }) => name === target || containerPort === target),
  )
  return (serving ?? containers[0])?.image
}

function done(job: KubeObject): ProofSpec {
  return { kind: 'job-done', name: `job ${job.metadata.name}`, job: refOf(job) }
}

function isReading(workload: KubeObject): boolean {
  return REVISED.has(kindKey(workload)) && !isAsleep(workload) && readsOf(podOf(workload)?.spec).length > 0
}

function fresh(workload: KubeObject): ProofSpec {
  const ref: Ref = refOf(workload)
  return { kind: 'fresh', name: `${ref.name} fresh`, workload: ref }
}

function hostsOf(object: KubeObject): string[] {
  if (kindKey(object) !== 'networking.k8s.io/Ingress') return []
  const hosts = ((object as Ingress).spec?.rules ?? []).flatMap(({ host }) => (host === undefined ? [] : [host]))
  return hosts.filter((host) => !host.startsWith('*'))
}
