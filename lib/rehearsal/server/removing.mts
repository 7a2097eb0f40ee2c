import type { KubeObject, Live } from '../../kube/object.mts'
import { isMap } from '../apply/node.mts'
import { mapAt, wordOf } from '../objects/setting.mts'
import type { Fields } from '../objects/setting.mts'
import { resourceWords } from '../objects/served.mts'
import { conflict, notFound } from './refused.mts'
import { json } from './reply.mts'
import type { Reply } from './reply.mts'
import type { Writing } from './writing.mts'

/** DELETE: at once, or marked where a finalizer, running containers or a namespace's content have to go first. */
export function remove(writing: Writing, body: unknown): Reply {
  const { store, served, namespace, name, dryRun } = writing
  const ref = {
    apiVersion: served.apiVersion,
    kind: served.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  }
  const live = store.get(ref)
  if (live === undefined) throw notFound(served, name)
  const wish = isMap(body) ? body : {}
  refuseAnother(writing, live, mapAt(wish, 'preconditions'))
  const marked = mark(live, wish, writing.now)
  if (marked !== undefined) return json(200, dryRun ? marked : store.put(marked))
  if (!dryRun) store.drop(ref)
  return json(200, success(writing, live.metadata.uid))
}

function refuseAnother({ served, name }: Writing, { metadata }: Live, { uid, resourceVersion }: Fields): void {
  const wrong = (what: string, wanted: unknown, is: string): Error =>
    conflict(
      served,
      name,
      `Precondition failed: ${what} in precondition: ${String(wanted)}, ${what} in object meta: ${is}`,
    )
  if (uid !== undefined && uid !== metadata.uid) throw wrong('UID', uid, metadata.uid)
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw wrong('ResourceVersion', resourceVersion, metadata.resourceVersion)
}

const FINALIZER: Readonly<Record<string, string>> = { Foreground: 'foregroundDeletion', Orphan: 'orphan' }

/** The object as one that is being deleted; undefined where it can go at once. */
function mark(live: Live, wish: Fields, now: string): Live | undefined {
  const waits = FINALIZER[wordOf(wish['propagationPolicy'])]
  const finalizers = [...new Set([...(live.metadata.finalizers ?? []), ...(waits === undefined ? [] : [waits])])]
  const grace = graceOf(live, wish)
  if (finalizers.length === 0 && grace === 0 && live.kind !== 'Namespace') return undefined
  const { deletionTimestamp, generation } = live.metadata
  const ends = new Date(Date.parse(now) + grace * 1_000).toISOString().replace(/\.\d+Z$/, 'Z')
  const metadata = {
    ...live.metadata,
    ...(finalizers.length === 0 ? {} : { finalizers }),
    deletionTimestamp: deletionTimestamp ?? ends,
    deletionGracePeriodSeconds: grace,
    ...(generation === undefined || deletionTimestamp !== undefined ? {} : { generation: generation + 1 }),
  }
  const status = live.kind === 'Namespace' ? { status: { phase: 'Terminating' } } : {}
  return { ...live, ...status, metadata }
}

/** Seconds that a pod's containers have; a pod that never ran needs none. */
function graceOf(object: KubeObject, wish: Fields): number {
  if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return 0
  const spec = mapAt(object as unknown as Fields, 'spec')
  const phase = mapAt(object as unknown as Fields, 'status')['phase']
  if (spec['nodeName'] === undefined || phase === 'Succeeded' || phase === 'Failed') return 0
  return Number(wish['gracePeriodSeconds'] ?? spec['terminationGracePeriodSeconds'] ?? 30)
}

function success({ served, name }: Writing, uid: string): object {
  const group = served.group === '' ? {} : { group: served.group }
  const details = { name, ...group, kind: resourceWords({ ...served, group: '' }), uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}
