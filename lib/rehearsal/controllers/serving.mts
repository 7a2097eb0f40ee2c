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
  { namespace, name, port, path }: ServiceRequest,
): ServiceAnswer | undefined {
  const service = store.get<Service>(at(KINDS.Service, namespace, name))
  const wanted = service?.spec?.ports?.find((one) => isPort(one, port))
  const slice = store
    .list<EndpointSlice>(KINDS.EndpointSlice, namespace)
    .find(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
  const target = slice?.ports?.find((one) => (one.name ?? '') === (wanted?.name ?? ''))?.port
  const ready = slice?.endpoints.find(({ conditions }) => conditions?.ready === true)?.targetRef?.name
  if (wanted === undefined || target === undefined || ready === undefined) return undefined
  const answer = kubelet.ask({ namespace, name: ready }, target, path)
  if (answer === undefined) return undefined
  const { status, type = 'text/plain', headers = {}, body } = answer
  return { status, headers: { 'content-type': type, ...headers }, body }
}

function isPort({ name, port }: ServicePort, wanted: string): boolean {
  return wanted === '' || wanted === name || wanted === String(port)
}
