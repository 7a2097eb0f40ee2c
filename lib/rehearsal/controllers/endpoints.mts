import type { Live, Ref } from '../../kube/object.mts'
import type { Endpoint, EndpointSlice, Pod, Service } from '../../kube/schema/types.mts'
import { isFinished, isLeaving, isReady, ownerOf } from './owning.mts'
import { itself, KINDS, reconcile, type Controller, type World } from './world.mts'

const SERVICE = 'kubernetes.io/service-name'

/** Keeps for each Service with a selector the addresses of its pods. */
export const startEndpoints: Controller = (world) =>
  reconcile(world, {
    watches: [
      { kind: KINDS.Service, concerns: itself },
      { kind: KINDS.Pod, concerns: (pod) => selecting(world, pod as Live<Pod>) },
    ],
    sync: (ref) => sync(world, ref),
  })

function selecting({ store }: World, pod: Live<Pod>): readonly Ref[] {
  return store.list<Service>(KINDS.Service, pod.metadata.namespace, (service) => selects(service, pod)).flatMap(itself)
}

function selects({ spec }: Service, { metadata }: Pod): boolean {
  const selector = Object.entries(spec?.selector ?? {})
  return selector.length > 0 && selector.every(([key, value]) => metadata.labels?.[key] === value)
}

function sync({ store, suffix }: World, ref: Ref): undefined {
  const service = store.get<Service>(ref)
  if (service === undefined || isLeaving(service) || service.spec?.selector === undefined) return undefined
  const { namespace } = service.metadata
  const pods = store.list<Pod>(KINDS.Pod, namespace, (pod) => selects(service, pod) && hasAddress(pod))
  const itsOwn = ({ metadata }: EndpointSlice): boolean => metadata.labels?.[SERVICE] === service.metadata.name
  const [known] = store.list<EndpointSlice>(KINDS.EndpointSlice, namespace, itsOwn)
  const name = known?.metadata.name ?? `${service.metadata.name}-${suffix()}`
  store.put(sliceOf(service, pods, name, known))
}

function hasAddress(pod: Pod): boolean {
  return pod.status?.podIP !== undefined && !isFinished(pod)
}

function sliceOf(
  service: Live<Service>,
  pods: readonly Live<Pod>[],
  name: string,
  known: Live<EndpointSlice> | undefined,
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...known?.metadata,
      name,
      namespace: service.metadata.namespace ?? '',
      labels: {
        ...service.metadata.labels,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        [SERVICE]: service.metadata.name,
      },
      ownerReferences: [ownerOf(service)],
    },
    addressType: 'IPv4',
    endpoints: pods.map((pod) => endpointOf(pod, service.spec?.publishNotReadyAddresses === true)),
    ports: (service.spec?.ports ?? []).map((port) => ({
      ...(port.name === undefined ? { name: '' } : { name: port.name }),
      port: portOf(port.targetPort ?? port.port, pods) ?? port.port,
      protocol: port.protocol ?? 'TCP',
    })),
  }
}

function endpointOf(pod: Live<Pod>, always: boolean): Endpoint {
  const serving = always || isReady(pod)
  const { name, namespace = '', uid } = pod.metadata
  const terminating = isLeaving(pod)
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready: serving && !terminating, serving, terminating },
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', name, namespace, uid },
  }
}

function portOf(target: number | string, pods: readonly Pod[]): number | undefined {
  if (typeof target === 'number') return target
  const ports = pods.flatMap(({ spec }) => spec?.containers ?? []).flatMap(({ ports = [] }) => ports)
  return ports.find(({ name }) => name === target)?.containerPort
}
