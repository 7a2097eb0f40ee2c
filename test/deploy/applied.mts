import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, Live } from '../../lib/kube/object.mts'

interface Apply {
  manager: string
  /** The server's time, in whole seconds. */
  time: string
  /** What a new object gets. */
  uid: string
}

/** The object as an apply of its only manager leaves it: status, owner and what the server keeps stay. */
export function merged<T extends KubeObject>(object: T, live: Live<T> | undefined, apply: Apply): Live<T> {
  const { manager, time, uid } = apply
  const fieldsV1 = Object.fromEntries(Object.keys(object).map((key) => [`f:${key}`, {}]))
  const own = { manager, operation: 'Apply' as const, apiVersion: object.apiVersion, time, fieldsV1 }
  const others = (live?.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager)
  const made = { ...object, ...kept(live), metadata: { ...object.metadata, ...keptMeta(live, { time, uid }) } }
  const managedFields = [...others, own]
  if (live === undefined) return { ...made, metadata: { ...made.metadata, ...firstOf(object), managedFields } }
  const generation = generationOf(made, live)
  const whole = { ...made, metadata: { ...made.metadata, ...generation, managedFields } }
  return isSame(whole, live) ? live : whole
}

function kept(live: KubeObject | undefined): object {
  const { status } = (live ?? {}) as { status?: unknown }
  return status === undefined ? {} : { status }
}

function keptMeta(live: Live | undefined, { time, uid }: Pick<Apply, 'time' | 'uid'>) {
  const { resourceVersion = '0', creationTimestamp = time, ownerReferences } = live?.metadata ?? {}
  const owners = ownerReferences === undefined ? {} : { ownerReferences }
  return { uid: live?.metadata.uid ?? uid, resourceVersion, creationTimestamp, ...owners }
}

function firstOf(object: KubeObject): { generation?: number } {
  return 'spec' in object ? { generation: 1 } : {}
}

function generationOf(made: KubeObject, live: Live): { generation?: number } {
  if (!('spec' in made)) return {}
  const { generation = 1 } = live.metadata
  return { generation: isDeepStrictEqual(made.spec, (live as { spec?: unknown }).spec) ? generation : generation + 1 }
}

function isSame(made: KubeObject, live: KubeObject): boolean {
  const bare = ({ metadata: { managedFields: _owners, ...metadata }, ...rest }: KubeObject) => ({ ...rest, metadata })
  return isDeepStrictEqual(bare(made), bare(live))
}
