import type { KubeObject, Live } from '../../kube/object.mts'
import { isMap } from '../apply/node.mts'
import { mapAt, wordOf } from '../objects/setting.mts'
import type { Fields } from '../objects/setting.mts'
import { resourceWords } from '../objects/served.mts'
import { invalidValue } from '../objects/problems.mts'
import { badRequest, invalidOptions, notFound, preconditionFailed } from './refused.mts'
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
  refuseWish(wish)
  refuseAnother(writing, live, mapAt(wish, 'preconditions'))
  const orphans = live.kind === 'Job' && wish['propagationPolicy'] === undefined
  const marked = mark(live, orphans ? { ...wish, propagationPolicy: 'Orphan' } : wish, writing.now)
  if (marked !== undefined) return json(200, dryRun ? marked : store.put(marked), orphans ? [LEFT] : [])
  if (!dryRun) store.drop(ref)
  return json(200, RETURNED.has(live.kind) ? parting(live, writing.now) : success(writing, live.metadata.uid))
}

/** A pod that goes at once is shown as one that was asked to. */
function parting(live: Live, now: string): Live {
  if (live.kind !== 'Pod') return live
  const marks = { deletionTimestamp: now, deletionGracePeriodSeconds: 0 }
  return { ...live, metadata: { ...live.metadata, ...marks, generation: (live.metadata.generation ?? 0) + 1 } }
}

const LEFT =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning'

/** Kinds whose removal is answered with the object that is gone. */
const RETURNED = new Set([
  'Service',
  'Pod',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'ServiceAccount',
  'ResourceQuota',
])

function refuseWish({ kind, apiVersion, propagationPolicy, orphanDependents }: Fields): void {
  if (kind !== undefined && kind !== 'DeleteOptions')
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    )
  if (propagationPolicy === undefined) return
  if (orphanDependents !== undefined)
    throw invalidOptions(
      'DeleteOptions',
      invalidValue(
        'propagationPolicy',
        propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    )
  if (WAYS.includes(wordOf(propagationPolicy))) return
  const words = [...WAYS, 'nil'].map((way) => JSON.stringify(way)).join(', ')
  const message = `Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: ${words}`
  throw invalidOptions('DeleteOptions', { reason: 'FieldValueNotSupported', field: 'propagationPolicy', message })
}

const WAYS: readonly string[] = ['Foreground', 'Background', 'Orphan']

function refuseAnother({ served, name }: Writing, { metadata }: Live, { uid, resourceVersion }: Fields): void {
  const wrong = (what: string, wanted: unknown, is: string): Error => {
    const how = what === 'UID' ? 'deleted and then recreated' : 'modified'
    const why = `the ${what} in the precondition (${wordOf(wanted)}) does not match the ${what} in record (${is}). The object might have been ${how}`
    return preconditionFailed(served, name, why)
  }
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
    ...(live.kind === 'Namespace' ? {} : { deletionGracePeriodSeconds: grace }),
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
