import { changedAfter } from '../health/fresh.mts'
import { readsOf } from '../kube/containers.mts'
import { formatRef, keyOf, refOf } from '../kube/object.mts'
import type { Live, Ref } from '../kube/object.mts'
import type {
  Deployment,
  EndpointSlice,
  Ingress,
  Job,
  Pod,
  ReplicaSet,
  Service,
  StatefulSet,
} from '../kube/schema/types.mts'
import { judgeInside } from './judges/answers.mts'
import { judgeUnreachable } from './judges/exposure.mts'
import { judgeBacking, judgeFresh, judgeJobDone, judgeMigrated } from './judges/running.mts'
import { podsOf, selectorText } from './judges/workload.mts'
import type { Crew } from './judges/workload.mts'
import { allowed, getOne, listIfServed, listIn, listWide } from './reading.mts'
import type { Scene } from './scene.mts'
import type {
  BackedSpec,
  FreshSpec,
  InsideSpec,
  JobDoneSpec,
  MigratedSpec,
  ServesSpec,
  UnreachableSpec,
} from './spec.mts'
import { passed } from './verdict.mts'
import type { Verdict } from './verdict.mts'

const PODS = { apiVersion: 'v1', kind: 'Pod' }
const SERVICES = { apiVersion: 'v1', kind: 'Service' }
const SLICES = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }
const INGRESSES = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }
const REPLICA_SETS = { apiVersion: 'apps/v1', kind: 'ReplicaSet' }

/** Ways in beside Ingress: Gateway API and Traefik, which k3s brings. */
const ROUTES = [
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
  { apiVersion: 'gateway.networking.k8s.io/v1alpha2', kind: 'TCPRoute' },
  { apiVersion: 'traefik.io/v1alpha1', kind: 'IngressRoute' },
  { apiVersion: 'traefik.io/v1alpha1', kind: 'IngressRouteTCP' },
]

/** Which pods are really behind the Service, for an app that does not tell its build. */
export async function askBacking(spec: NonNullable<ServesSpec['backedBy']>, scene: Scene): Promise<Verdict> {
  const [slices, crew] = await Promise.all([slicesOf(spec.service, scene), crewOf(spec.workload, scene)])
  return judgeBacking(spec, slices, crew)
}

/** The addresses behind a Service. */
export function slicesOf(service: Ref, { target, cluster, signal }: Scene): Promise<Live<EndpointSlice>[]> {
  const { namespace = target.home, name } = service
  const labelSelector = `kubernetes.io/service-name=${name}`
  return listIn<EndpointSlice>(cluster, SLICES, { namespace, labelSelector, signal })
}

/** The same as a proof of its own, for a Service that speaks no HTTP. */
export async function askBacked(spec: BackedSpec, scene: Scene): Promise<Verdict> {
  const verdict = await askBacking(spec, scene)
  return verdict.state === 'passed' ? passed(`${spec.service.name} answers ${verdict.says}`) : verdict
}

/** A workload with its pods and ReplicaSets, or undefined where it is not there. */
async function crewOf(ref: Ref, { target, cluster, signal }: Scene): Promise<Crew | undefined> {
  const workload = await getOne<Deployment | StatefulSet>(cluster, ref, signal)
  if (workload === undefined) return undefined
  const selection = {
    namespace: ref.namespace ?? target.home,
    labelSelector: selectorText(workload.spec?.selector),
    signal,
  }
  const [pods, replicaSets] = await Promise.all([
    listIn<Pod>(cluster, PODS, selection),
    workload.kind === 'Deployment' ? listIn<ReplicaSet>(cluster, REPLICA_SETS, selection) : [],
  ])
  return { workload, pods, replicaSets }
}

/** Looks everywhere for ways in; in the Service's own namespace at least. */
export async function askUnreachable(spec: UnreachableSpec, { target, cluster, signal }: Scene): Promise<Verdict> {
  const options = { namespace: spec.service.namespace ?? target.home, signal }
  const [service, services, ingresses, slices, pods, ...routes] = await Promise.all([
    getOne<Service>(cluster, spec.service, signal),
    listWide<Service>(cluster, SERVICES, options),
    listWide<Ingress>(cluster, INGRESSES, options),
    listWide<EndpointSlice>(cluster, SLICES, options),
    listIn<Pod>(cluster, PODS, options),
    ...ROUTES.map((kind) => listIfServed(cluster, kind, options)),
  ])
  const narrowed = [services, ingresses, slices, ...routes].flatMap((seen) => seen.narrowed)
  return judgeUnreachable(spec, {
    service,
    services: services.items,
    ingresses: ingresses.items,
    slices: slices.items,
    routes: routes.flatMap(({ items }) => items),
    pods,
    narrowed,
  })
}

/** Through the API server, so that what has no way in from outside can be asked too. */
export async function askInside(spec: InsideSpec, { target, cluster, signal }: Scene): Promise<Verdict> {
  const { namespace = target.home, name } = spec.service
  const permission = `get services/proxy of ${formatRef(spec.service)}`
  const answer = await allowed(permission, () =>
    cluster.serviceProxy({ namespace, name, port: spec.port }, spec.path, { signal }),
  )
  return judgeInside(spec, answer)
}

export async function askJobDone(spec: JobDoneSpec, { target, cluster, signal }: Scene): Promise<Verdict> {
  const key = keyOf(spec.job)
  const declared = target.desiredObjects?.find((object) => keyOf(refOf(object)) === key)
  return judgeJobDone(spec, await getOne<Job>(cluster, spec.job, signal), declared)
}

export async function askMigrated(spec: MigratedSpec, scene: Scene): Promise<Verdict> {
  return judgeMigrated(spec, await crewOf(spec.workload, scene))
}

/** Secrets and ConfigMaps are read by name, each once. */
export async function askFresh(spec: FreshSpec, scene: Scene): Promise<Verdict> {
  const crew = await crewOf(spec.workload, scene)
  const pods = crew === undefined ? [] : podsOf(crew)
  const wanted = wantedBy(pods)
  const found = await Promise.all(wanted.map(({ ref }) => getOne(scene.cluster, ref, scene.signal)))
  const missing = wanted.flatMap(({ ref, optional }, at) =>
    found[at] === undefined && !optional ? [formatRef(ref)] : [],
  )
  return judgeFresh(
    spec,
    crew,
    missing,
    changedAfter(
      found.filter((one) => one !== undefined),
      pods,
    ),
  )
}

function wantedBy(pods: readonly Live<Pod>[]): { ref: Ref; optional: boolean }[] {
  const wanted = pods.flatMap(({ metadata: { namespace }, spec }) =>
    readsOf(spec).map(({ kind, name, optional }) => {
      const ref: Ref = { apiVersion: 'v1', kind, name, ...(namespace === undefined ? {} : { namespace }) }
      return { ref, optional }
    }),
  )
  return [...new Map(wanted.map((one) => [keyOf(one.ref), one])).values()]
}
