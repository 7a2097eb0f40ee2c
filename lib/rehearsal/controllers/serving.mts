import type { EndpointSlice, Service, ServicePort } from '../../kube/schema/types.mts'
import type { Store } from '../store.mts'
import type { Kubelet } from './kubelet.mts'
import { at, KINDS } from './world.mts'

/** What somebody inside the cluster asks of a Service. */
export interface ServiceRequest {
  namespace: string
  name: string
  /** Name or number; the only one where it is empty. */
  port: string
  /** With its query. */
  path: string
}

export interface ServiceAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** Asks the first ready pod behind a Service; undefined where there is none. */
export function serviceAnswer(
  store: Store,
  kubelet: Pick<Kubelet, 'ask'>,
  request: ServiceRequest,
): ServiceAnswer | undefined {
  const slice = store
    .list<EndpointSlice>(KINDS.EndpointSlice, request.namespace)
    .find(({ metadata }) => serviceOf(metadata) === request.name)
  const [ready] = readyIn(slice)
  return ready === undefined ? undefined : podAnswer(store, kubelet, request, { slice, pod: ready })
}

/** What this pod of the slice answers; undefined where nobody listens. */
export function podAnswer(
  store: Store,
  kubelet: Pick<Kubelet, 'ask'>,
  { namespace, name, port, path }: ServiceRequest,
  { slice, pod }: { slice: EndpointSlice | undefined; pod: string },
): ServiceAnswer | undefined {
  const service = store.get<Service>(at(KINDS.Service, namespace, name))
  const wanted = service?.spec?.ports?.find((one) => isPort(one, port))
  const target = slice?.ports?.find((one) => (one.name ?? '') === (wanted?.name ?? ''))?.port
  if (wanted === undefined || target === undefined) return undefined
  const answer = kubelet.ask({ namespace, name: pod }, target, path)
  if (answer === undefined) return undefined
  const { status, type = 'text/plain', headers = {}, body } = answer
  return { status, headers: { 'content-type': type, ...headers }, body }
}

/** The Service that the slice belongs to. */
export function serviceOf({ labels }: EndpointSlice['metadata']): string | undefined {
  return labels?.['kubernetes.io/service-name']
}

/** The names of the pods that new requests may go to. */
export function readyIn(slice: EndpointSlice | undefined): string[] {
  return (slice?.endpoints ?? []).flatMap(({ conditions, targetRef }) =>
    conditions?.ready === true && targetRef?.name !== undefined ? [targetRef.name] : [],
  )
}

function isPort({ name, port }: ServicePort, wanted: string): boolean {
  return wanted === '' || wanted === name || wanted === String(port)
}
