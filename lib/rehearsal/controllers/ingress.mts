import type { Live, Ref } from '../../kube/object.mts'
import type { Ingress, IngressClass } from '../../kube/schema/types.mts'
import { isLeaving } from './owning.mts'
import { at, itself, KINDS, reconcile, type Controller, type World } from './world.mts'

/** Publishes the address of every Ingress whose class is there; nobody serves one of another class. */
export const startIngresses: Controller = (world) =>
  reconcile(world, {
    watches: [
      { kind: KINDS.Ingress, concerns: itself },
      { kind: KINDS.IngressClass, concerns: () => world.store.list(KINDS.Ingress).flatMap(itself) },
    ],
    sync: (ref) => sync(world, ref),
    delay: world.stage.delays.ingress,
  })

function sync({ store, stage }: World, ref: Ref): undefined {
  const live = store.get<Ingress>(ref)
  if (live === undefined || isLeaving(live) || !hasClass(live, store)) return undefined
  store.put({ ...live, status: { loadBalancer: { ingress: [{ ip: stage.ingressAddress }] } } })
}

function hasClass({ spec }: Live<Ingress>, store: World['store']): boolean {
  const name = spec?.ingressClassName
  if (name !== undefined) return store.get(at(KINDS.IngressClass, undefined, name)) !== undefined
  return store
    .list<IngressClass>(KINDS.IngressClass)
    .some(({ metadata }) => metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true')
}
