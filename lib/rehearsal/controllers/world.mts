import { keyOf, kindKey, type Kind, type KubeObject, type Live, type Ref } from '../../kube/object.mts'
import type { Stage } from '../stage/stage.mts'
import type { Store, Time } from '../store.mts'
import { recorder, type Said } from './recorder.mts'

/** What every controller is given. */
export interface World {
  store: Store
  time: Time
  stage: Stage
  /** Writes an event, or counts it once more. */
  say: (said: Said) => void
  /** Five characters as Kubernetes puts behind names, never the same twice. */
  suffix: () => string
}

export type Controller = (world: World) => Disposable

/** The kinds that controllers work with. */
export const KINDS = {
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment' },
  ReplicaSet: { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  StatefulSet: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  ControllerRevision: { apiVersion: 'apps/v1', kind: 'ControllerRevision' },
  Job: { apiVersion: 'batch/v1', kind: 'Job' },
  Pod: { apiVersion: 'v1', kind: 'Pod' },
  Node: { apiVersion: 'v1', kind: 'Node' },
  Event: { apiVersion: 'v1', kind: 'Event' },
  Secret: { apiVersion: 'v1', kind: 'Secret' },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap' },
  Service: { apiVersion: 'v1', kind: 'Service' },
  ServiceAccount: { apiVersion: 'v1', kind: 'ServiceAccount' },
  Namespace: { apiVersion: 'v1', kind: 'Namespace' },
  ResourceQuota: { apiVersion: 'v1', kind: 'ResourceQuota' },
  PersistentVolume: { apiVersion: 'v1', kind: 'PersistentVolume' },
  PersistentVolumeClaim: { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  StorageClass: { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' },
  EndpointSlice: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
  Ingress: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  IngressClass: { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' },
  VaultAuth: { apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultAuth' },
  VaultStaticSecret: { apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultStaticSecret' },
  Certificate: { apiVersion: 'cert-manager.io/v1', kind: 'Certificate' },
  CertificateRequest: { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest' },
  ClusterIssuer: { apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer' },
  SealedSecret: { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret' },
  Order: { apiVersion: 'acme.cert-manager.io/v1', kind: 'Order' },
  Challenge: { apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge' },
} satisfies Record<string, Kind>

// What Kubernetes uses for names: no vowels, no digits that look like letters.
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789'

export function makeWorld({ store, time, stage }: Pick<World, 'store' | 'time' | 'stage'>): World {
  let turn = 0
  const suffix = (): string => {
    turn += 1
    // A full-period walk through all names of five letters: it looks random and repeats nothing.
    let rest = (turn * 6_700_417 + 1_234_567) % LETTERS.length ** 5
    const letters = Array.from({ length: 5 }, () => {
      const letter = LETTERS[rest % LETTERS.length] ?? 'b'
      rest = Math.floor(rest / LETTERS.length)
      return letter
    })
    return letters.join('')
  }
  return { store, time, stage, suffix, say: recorder(store, time) }
}

export interface Reconciler {
  /** The objects that a change of such an object concerns. */
  watches: readonly { kind: Kind; concerns: (object: Live) => readonly Ref[] }[]
  /** Brings one object nearer to what it asks for; a number is milliseconds until the next look. */
  sync: (ref: Ref) => number | undefined
  /** Milliseconds from a change to the look at it. */
  delay?: number
}

/** Looks at an object soon after anything that concerns it has changed, once for many changes. */
export function reconcile({ store, time, stage }: World, { watches, sync, delay }: Reconciler): Disposable {
  const waiting = new Map<string, { at: number; cancel: () => void }>()
  const enqueue = (ref: Ref, ms: number): void => {
    const key = keyOf(ref)
    const at = time.now() + ms
    const known = waiting.get(key)
    if (known !== undefined && known.at <= at) return
    known?.cancel()
    waiting.set(key, { at, cancel: time.after(ms, () => look(ref, key)) })
  }
  const look = (ref: Ref, key: string): void => {
    waiting.delete(key)
    const again = sync(ref)
    if (again !== undefined) enqueue(ref, again)
  }
  const hear = (object: Live): void => {
    for (const { kind, concerns } of watches) {
      if (kindKey(kind) !== kindKey(object)) continue
      for (const ref of concerns(object)) enqueue(ref, delay ?? stage.delays.react)
    }
  }
  const stop = store.listen(({ object }) => hear(object))
  for (const { kind } of watches) for (const object of store.list(kind)) hear(object)
  return {
    [Symbol.dispose]: () => {
      stop()
      for (const { cancel } of waiting.values()) cancel()
      waiting.clear()
    },
  }
}

/** The reference to an object of this kind. */
export function at(kind: Kind, namespace: string | undefined, name: string): Ref {
  return { ...kind, name, ...(namespace === undefined ? {} : { namespace }) }
}

/** A reference as a list, for `concerns`. */
export function itself(object: KubeObject): readonly Ref[] {
  return [at(object, object.metadata.namespace, object.metadata.name)]
}
