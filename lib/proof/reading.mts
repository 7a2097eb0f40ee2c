import { DeployError } from '../error.mts'
import type { Selection } from '../kube/cluster.mts'
import { formatRef, kindKey } from '../kube/object.mts'
import type { Kind, KubeObject, Live, Ref } from '../kube/object.mts'
import type { Reads } from './coalesce.mts'

/** A proof lacks a permission. */
export class Denied extends DeployError {
  readonly permission: string

  constructor(permission: string, cause: DeployError) {
    super({ code: 'forbidden', says: `no permission to ${permission}`, next: cause.next, cause })
    this.name = 'Denied'
    this.permission = permission
  }
}

/** The object, or undefined where it is not there. @throws Denied on 403 */
export function getOne<T extends KubeObject>(
  cluster: Reads,
  ref: Ref,
  signal: AbortSignal,
): Promise<Live<T> | undefined> {
  return allowed(`get ${formatRef(ref)}`, () => cluster.get<T>(ref, { signal }))
}

/** The objects of a kind in a namespace, or everywhere. @throws Denied on 403 */
export async function listIn<T extends KubeObject>(
  cluster: Reads,
  kind: Kind,
  selection: Selection,
): Promise<Live<T>[]> {
  const where = selection.namespace === undefined ? 'in every namespace' : `in namespace ${selection.namespace}`
  const listed = await allowed(`list ${kind.kind} ${where}`, () => cluster.list<T>(kind, selection))
  return listed.items
}

/** What could be listed, and whether that is all there is. */
export interface Seen<T extends KubeObject> {
  items: Live<T>[]
  /** The kinds that were only seen in the one namespace. */
  narrowed: string[]
}

/** Everywhere where that is allowed, else in the namespace. @throws Denied where neither is */
export async function listWide<T extends KubeObject>(
  cluster: Reads,
  kind: Kind,
  { namespace, signal }: { namespace: string; signal: AbortSignal },
): Promise<Seen<T>> {
  try {
    return { items: await listIn<T>(cluster, kind, { signal }), narrowed: [] }
  } catch (error) {
    if (!(error instanceof Denied)) throw error
    return { items: await listIn<T>(cluster, kind, { namespace, signal }), narrowed: [kind.kind] }
  }
}

/** Optional kinds (custom resources): nothing where the server does not serve them or does not show them. */
export async function listIfServed(
  cluster: Reads,
  kind: Kind,
  options: { namespace: string; signal: AbortSignal },
): Promise<Seen<KubeObject>> {
  if ((await cluster.scopeOf(kind, { signal: options.signal })) === 'unknown') return { items: [], narrowed: [] }
  try {
    return await listWide(cluster, kind, options)
  } catch (error) {
    if (!(error instanceof Denied)) throw error
    return { items: [], narrowed: [kindKey(kind)] }
  }
}

/** Runs the request; a 403 becomes `Denied` with the permission that was missing. */
export async function allowed<T>(permission: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    if (error instanceof DeployError && error.code === 'forbidden') throw new Denied(permission, error)
    throw error
  }
}
