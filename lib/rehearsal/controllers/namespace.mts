import { kindKey, type Kind, type Live, type Ref } from '../../kube/object.mts'
import type { ConfigMap, Namespace, ServiceAccount } from '../../kube/schema/types.mts'
import { isLeaving, remove } from './owning.mts'
import { at, itself, KINDS, reconcile, type Controller, type World } from './world.mts'

// How often a namespace on its way out is looked at.
const RETRY = 200

/** Gives a namespace what every one has, and empties one that is to go. */
export const startNamespaces: Controller = (world) => {
  const kinds = new Map<string, Kind>(Object.values(KINDS).map((kind) => [kindKey(kind), kind]))
  const stop = world.store.listen(({ object: { apiVersion, kind } }) => {
    kinds.set(kindKey({ apiVersion, kind }), { apiVersion, kind })
  })
  const namespaces = reconcile(world, {
    watches: [{ kind: KINDS.Namespace, concerns: itself }],
    sync: (ref) => sync(world, ref, [...kinds.values()]),
  })
  return {
    [Symbol.dispose]: () => {
      stop()
      namespaces[Symbol.dispose]()
    },
  }
}

function sync(world: World, ref: Ref, kinds: readonly Kind[]): number | undefined {
  const live = world.store.get<Namespace>(ref)
  if (live === undefined) return undefined
  if (!isLeaving(live)) return furnish(world, live)
  const { name } = live.metadata
  const held = kinds.flatMap((kind) => world.store.list(kind, name))
  for (const object of held) remove(world, object)
  const rest = kinds.some((kind) => world.store.list(kind, name).length > 0)
  if (rest) return RETRY
  world.store.drop(ref)
  return undefined
}

function furnish({ store }: World, { metadata: { name } }: Live<Namespace>): undefined {
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: name },
  }
  const authority: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-root-ca.crt', namespace: name },
    data: { 'ca.crt': '' },
  }
  for (const object of [account, authority]) {
    if (store.get(at(object, name, object.metadata.name)) === undefined) store.put(object)
  }
}
