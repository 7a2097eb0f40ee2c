import type { Ask, Cluster, Listed, Selection } from '../kube/cluster.mts'
import { keyOf, kindKey } from '../kube/object.mts'
import type { Kind, KubeObject, Live, Ref } from '../kube/object.mts'

/** What proofs may ask of a cluster: nothing that writes. */
export type Reads = Pick<Cluster, 'get' | 'list' | 'scopeOf' | 'serviceProxy'>

/** The cluster's reads, where equal ones that are under way at the same time are sent once. */
export function coalesced(cluster: Cluster): Reads {
  const underWay = new Map<string, Promise<unknown>>()
  function once<T>(key: string, request: () => Promise<T>): Promise<T> {
    const known = underWay.get(key)
    if (known !== undefined) return known as Promise<T>
    const sent = request().finally(() => underWay.delete(key))
    underWay.set(key, sent)
    return sent
  }
  return {
    get: <T extends KubeObject>(ref: Ref, ask?: Ask) =>
      once<Live<T> | undefined>(`get ${keyOf(ref)}`, () => cluster.get<T>(ref, ask)),
    list: <T extends KubeObject>(kind: Kind, selection: Selection = {}) => {
      const { namespace = '', labelSelector = '', fieldSelector = '' } = selection
      const key = `list ${[kindKey(kind), namespace, labelSelector, fieldSelector].join(' ')}`
      return once<Listed<T>>(key, () => cluster.list<T>(kind, selection))
    },
    scopeOf: (kind, ask) => cluster.scopeOf(kind, ask),
    serviceProxy: (service, path, ask) => cluster.serviceProxy(service, path, ask),
  }
}
