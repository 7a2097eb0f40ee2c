/** What every Kubernetes object has, in wire names. */
export interface ObjectMeta {
  name: string
  namespace?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[]
  finalizers?: string[]
  managedFields?: ManagedFields[]
}

export interface ManagedFields {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  time?: string
  fieldsType?: string
  fieldsV1?: Record<string, unknown>
  subresource?: string
}

export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** An object as the server answered it. */
export type Live<T extends KubeObject = KubeObject> = T & {
  metadata: ObjectMeta & { uid: string; resourceVersion: string }
}

/** A kind as the API names it; enough to find its path by discovery. */
export interface Kind {
  apiVersion: string
  kind: string
}

export interface Ref extends Kind {
  namespace?: string
  name: string
}

/** The reference to an object. */
export function refOf(object: KubeObject): Ref {
  const { namespace, name } = object.metadata
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) }
}

/** The one way this project writes an object's identity: `deployment/reactbin/api`, cluster-scoped `namespace/reactbin`. */
export function formatRef(ref: Ref): string {
  return [ref.kind.toLowerCase(), ref.namespace, ref.name].filter((part) => part !== undefined).join('/')
}

/** A map key that tells every object apart; two API versions of one group share it, as they share the object. */
export function keyOf(ref: Ref): string {
  const group = ref.apiVersion.includes('/') ? ref.apiVersion.slice(0, ref.apiVersion.indexOf('/')) : ''
  return `${group}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`
}

/** A group and kind as a map key, version left out: `apps/Deployment`, `/Pod`. */
export function kindKey(kind: Kind): string {
  const group = kind.apiVersion.includes('/') ? kind.apiVersion.slice(0, kind.apiVersion.indexOf('/')) : ''
  return `${group}/${kind.kind}`
}
