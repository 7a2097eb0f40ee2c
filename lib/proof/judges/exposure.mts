import { formatRef, refOf } from '../../kube/object.mts'
import type { KubeObject, Live } from '../../kube/object.mts'
import type { EndpointSlice, Ingress, IngressBackend, Pod, Service } from '../../kube/schema/types.mts'
import { containersOf } from '../../kube/containers.mts'
import type { UnreachableSpec } from '../spec.mts'
import { failed, passed } from '../verdict.mts'
import type { Verdict } from '../verdict.mts'

/** Everything that could lead from outside to a Service's pods, as far as it could be listed. */
export interface Surroundings {
  service: Live<Service> | undefined
  services: readonly Live<Service>[]
  ingresses: readonly Live<Ingress>[]
  /** Gateway API routes and Traefik's own. */
  routes: readonly Live[]
  slices: readonly Live<EndpointSlice>[]
  /** Of the Service's namespace. */
  pods: readonly Live<Pod>[]
  /** Kinds that were only seen in the Service's namespace, or not at all. */
  narrowed: readonly string[]
}

/** No Ingress, route, NodePort, LoadBalancer, external IP or host port leads to the Service's pods. */
export function judgeUnreachable(spec: UnreachableSpec, around: Surroundings): Verdict {
  const { service } = around
  if (service === undefined) return failed(`${formatRef(spec.service)} is not there`)
  const pods = around.pods.filter((pod) => selects(service, pod))
  const leading = leadingServices(service, pods, around)
  const names = new Set(leading.map(nameOf))
  const doors = [
    ...leading.flatMap(openDoors),
    ...around.ingresses.flatMap((ingress) => ingressDoors(ingress, names)),
    ...around.routes.flatMap((route) => routeDoors(route, names)),
    ...pods.flatMap(hostDoors),
  ]
  if (doors.length > 0) return failed(`${spec.service.name} is reachable from outside: ${doors.join('; ')}`)
  const seen = around.narrowed.length === 0 ? '' : ` (${around.narrowed.join(', ')}: as far as this user may look)`
  return passed(`${spec.service.name} unreachable from outside${seen}`)
}

/** The Service itself, others with the same pods behind them, and names in other namespaces for any of these. */
function leadingServices(service: Live<Service>, pods: readonly Live<Pod>[], around: Surroundings): Live<Service>[] {
  const addresses = new Set(pods.flatMap(({ status }) => (status?.podIPs ?? []).map(({ ip }) => ip)))
  const sliced = new Set(
    around.slices
      .filter(({ endpoints }) =>
        // The server says null where there are none.
        (endpoints ?? []).some((endpoint) => endpoint.addresses.some((address) => addresses.has(address))),
      )
      .map(({ metadata }) => `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`),
  )
  const direct = around.services.filter((other) => {
    if (nameOf(other) === nameOf(service)) return false
    return sliced.has(nameOf(other)) || sharesPods(other, service, pods)
  })
  const known = [service, ...direct]
  const aliases = around.services.filter(({ spec }) => known.some((one) => isNameFor(spec?.externalName, one)))
  return [...known, ...aliases]
}

// Where no pod is there yet, a selector that asks for no more than ours would find the same ones.
function sharesPods(other: Live<Service>, service: Live<Service>, pods: readonly Live<Pod>[]): boolean {
  if (other.metadata.namespace !== service.metadata.namespace) return false
  const labels = service.spec?.selector ?? {}
  return pods.some((pod) => selects(other, pod)) || (hasSelector(other) && matches(other.spec?.selector, labels))
}

function selects(service: Live<Service>, { metadata }: Live<Pod>): boolean {
  const { namespace } = service.metadata
  return (
    metadata.namespace === namespace && hasSelector(service) && matches(service.spec?.selector, metadata.labels ?? {})
  )
}

function hasSelector({ spec }: Service): boolean {
  return Object.keys(spec?.selector ?? {}).length > 0
}

function matches(selector: Record<string, string> = {}, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

function isNameFor(externalName: string | undefined, { metadata }: Service): boolean {
  const short = `${metadata.name}.${metadata.namespace}.svc`
  return externalName !== undefined && (externalName === short || externalName.startsWith(`${short}.`))
}

function openDoors({ apiVersion, kind, metadata, spec, status }: Live<Service>): string[] {
  const ref = formatRef(refOf({ apiVersion, kind, metadata }))
  const ports = (spec?.ports ?? []).flatMap(({ nodePort }) => (nodePort === undefined ? [] : [nodePort]))
  const balancers = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '')
  const addresses = [...(spec?.externalIPs ?? []), ...balancers]
  const isOpen = spec?.type === 'NodePort' || spec?.type === 'LoadBalancer'
  return [
    ...(isOpen ? [`${ref} is a ${spec.type} (${ports.join(', ') || 'no port yet'})`] : []),
    ...(addresses.length > 0 ? [`${ref} answers on ${addresses.join(', ')}`] : []),
  ]
}

function ingressDoors(ingress: Live<Ingress>, names: ReadonlySet<string>): string[] {
  const { namespace } = ingress.metadata
  const leads = (backend: IngressBackend | undefined) => names.has(`${namespace}/${backend?.service?.name}`)
  const paths = (ingress.spec?.rules ?? []).flatMap(({ host = '*', http }) =>
    (http?.paths ?? []).flatMap(({ path = '/', backend }) => (leads(backend) ? [`${host}${path}`] : [])),
  )
  const all = [...paths, ...(leads(ingress.spec?.defaultBackend) ? ['every host'] : [])]
  return all.map((where) => `${formatRef(refOf(ingress))} leads there from ${where}`)
}

/** Route kinds name their backends alike: objects with `name`, in some list, of kind Service unless they say another. */
function routeDoors(route: Live, names: ReadonlySet<string>): string[] {
  const { spec } = route as KubeObject & { spec?: unknown }
  const found = backendsIn(spec, route.metadata.namespace).some((name) => names.has(name))
  return found ? [`${formatRef(refOf(route))} leads there`] : []
}

function backendsIn(node: unknown, namespace: string | undefined): string[] {
  if (typeof node !== 'object' || node === null) return []
  const nested = Object.values(node).flatMap((value) => backendsIn(value, namespace))
  const { name, kind = 'Service', namespace: own = namespace } = node as Record<string, unknown>
  return typeof name === 'string' && kind === 'Service' ? [`${String(own)}/${name}`, ...nested] : nested
}

function hostDoors({ metadata, spec }: Live<Pod>): string[] {
  const ports = containersOf(spec).flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => hostPort ?? []))
  if (spec?.hostNetwork === true) return [`pod ${metadata.name} is on its node's network`]
  return ports.map((port) => `pod ${metadata.name} has host port ${port}`)
}

function nameOf({ metadata }: Live<Service>): string {
  return `${metadata.namespace}/${metadata.name}`
}
