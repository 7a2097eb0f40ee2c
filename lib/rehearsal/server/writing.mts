import { copied } from '../copy.mts'
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, Live, ManagedFields } from '../../kube/object.mts'
import { schemaOf } from '../apply/node.mts'
import { zeroOf } from '../apply/zero.mts'
import { decoded, encoded, sameOwners } from '../apply/managers.mts'
import type { Managers, Writer } from '../apply/managers.mts'
import { updated } from '../apply/ownership.mts'
import { admitNew, warningsFor } from '../objects/admission.mts'
import { born, GENERATED } from '../objects/birth.mts'
import { cautions } from '../objects/cautions.mts'
import { defaulted, early } from '../objects/defaults.mts'
import { finalizerProblems } from '../objects/metaproblems.mts'
import { immutableProblems } from '../objects/immutables.mts'
import { invalidValue } from '../objects/problems.mts'
import { isCustom } from '../objects/served.mts'
import type { Served } from '../objects/served.mts'
import { problemsIn } from '../objects/validation.mts'
import type { Store } from '../store.mts'
import type { Validation } from './options.mts'
import { conflict, forbidden, invalid, MODIFIED, noNamespace, unprocessed } from './refused.mts'

/** What every write brings along. */
export interface Writing {
  store: Store
  served: Served
  namespace: string | undefined
  name: string
  writer: Writer
  dryRun: boolean
  validation: Validation
  /** Whole seconds. */
  now: string
}

export interface Written {
  outcome: 'created' | 'updated'
  object: KubeObject
  warnings: string[]
}

/** Who owns what of the finished object. */
export type Owners = (object: KubeObject) => Managers

/** Makes a new object of one that is typed and formed; everything that can refuse it does so in the server's order. */
export function bringIn(writing: Writing, object: KubeObject, owners?: Owners): Written {
  const { store, served, dryRun, now } = writing
  const made = placed(object, writing)
  made.metadata.name = writing.name
  delete (made as { status?: unknown }).status
  delete made.metadata.managedFields
  delete made.metadata.resourceVersion
  delete made.metadata.deletionTimestamp
  early(made)
  // What the server fills in from here on is nobody's.
  const owned = owners?.(made) ?? wonBy(writing, emptyOf(served, made), made, new Map())
  born(made, now)
  defaulted(made)
  homeAdmits(writing)
  const admission = admitNew(store, made)
  if (admission.state === 'refused') throw forbidden(served, made.metadata.name, admission.why)
  refuseInvalid(served, made)
  if (object.metadata.resourceVersion !== undefined && owners === undefined) throw unprocessed(VERSIONED)
  own(made, owned)
  const warnings = [...cautions(made), ...admission.warnings]
  return { outcome: 'created', object: dryRun ? made : store.put(made), warnings }
}

/** Changes an object to one that is typed and formed; `whole` or its status only. */
export function change(writing: Writing, before: Live, object: KubeObject, owners?: Owners): Written {
  const { store, served, dryRun } = writing
  refuseStale(served, before, object)
  const after = carriedOver(placed(object, writing), before)
  keepOtherHalf(served, writing.writer.subresource, before, after)
  defaulted(after)
  if (served.kind === 'Service') primaryAddress(before, after)
  refuseInvalid(served, after, before)
  countGeneration(served, before, after)
  const said = object.metadata.managedFields ?? []
  const base = decoded(said.length > 0 ? said : before.metadata.managedFields)
  own(after, owners?.(after) ?? wonBy(writing, before, after, base), before)
  const same = isDeepStrictEqual(specOf(before), specOf(after))
  const warnings = same ? [] : [...cautions(after), ...warningsFor(store, after)]
  if (dryRun) return { outcome: 'updated', object: after, warnings }
  if (after.metadata.deletionTimestamp !== undefined && (after.metadata.finalizers ?? []).length === 0)
    return { outcome: 'updated', object: released(store, after), warnings }
  return { outcome: 'updated', object: store.put(after), warnings }
}

/** What a new object is compared with: custom resources have no form of their own. */
function emptyOf(served: Served, made: KubeObject): KubeObject | undefined {
  const zero = zeroOf(made, schemaOf(served) ?? {})
  return isCustom(served) ? undefined : ({ ...zero, apiVersion: made.apiVersion, kind: made.kind } as KubeObject)
}

const VERSIONED = 'resourceVersion should not be set on objects to be created'

function placed(object: KubeObject, { served, namespace }: Writing): KubeObject {
  const { apiVersion, kind } = served
  const metadata = { ...object.metadata, ...(namespace === undefined ? {} : { namespace }) }
  return { ...copied(object), apiVersion, kind, metadata: copied(metadata) }
}

/** New content needs a namespace that is there and stays. */
function homeAdmits({ store, served, namespace, name }: Writing): void {
  if (namespace === undefined) return
  const home = store.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
  if (home === undefined) throw noNamespace(namespace)
  if (home.metadata.deletionTimestamp === undefined) return
  const message = `namespace ${namespace} is being terminated`
  throw forbidden(
    served,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }],
  )
}

function refuseStale(served: Served, before: Live, { metadata }: KubeObject): void {
  const { resourceVersion, name } = metadata
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== before.metadata.resourceVersion)
    throw conflict(served, name, MODIFIED)
  if (metadata.uid === undefined || metadata.uid === before.metadata.uid) return
  const problem = invalidValue('metadata.uid', metadata.uid, 'field is immutable')
  throw invalid(served, name, [problem, problem])
}

function refuseInvalid(served: Served, object: KubeObject, before?: KubeObject): void {
  const changes =
    before === undefined ? [] : [...immutableProblems(before, object), ...finalizerProblems(before, object)]
  const problems = [...problemsIn(object), ...changes]
  if (problems.length > 0) throw invalid(served, object.metadata.name, problems)
}

/** The server's own metadata is not the client's to change. */
function carriedOver(object: KubeObject, { metadata }: Live): KubeObject {
  const { uid, resourceVersion, creationTimestamp, generation, deletionTimestamp } = metadata
  const { generation: _g, deletionTimestamp: _d, managedFields: _m, ...given } = object.metadata
  const own = { uid, resourceVersion, creationTimestamp, generation, deletionTimestamp }
  const kept = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  return { ...object, metadata: { ...given, ...kept } }
}

/** A write of the object leaves its status alone, and one of the status all else. */
function keepOtherHalf(served: Served, subresource: string | undefined, before: KubeObject, after: KubeObject): void {
  if (!served.status) return
  const [from, to] = [before as Halves, after as Halves]
  if (subresource === 'status') {
    const { status } = to
    const { managedFields: _managed, ...metadata } = before.metadata
    for (const key of Object.keys(to)) delete to[key]
    Object.assign(to, copied({ ...before, metadata }), status === undefined ? {} : { status })
    return
  }
  if (from.status === undefined) delete to.status
  else to.status = copied(from.status)
}

type Halves = KubeObject & { status?: unknown; [field: string]: unknown }

/** The list of addresses follows the one that is named. */
function primaryAddress(before: KubeObject, after: KubeObject): void {
  const spec = (after as { spec?: { clusterIP?: string; clusterIPs?: string[] } }).spec
  const was = (before as { spec?: { clusterIP?: string } }).spec
  if (spec?.clusterIP !== undefined && spec.clusterIP !== was?.clusterIP) spec.clusterIPs = [spec.clusterIP]
}

function countGeneration(served: Served, before: Live, after: KubeObject): void {
  if (!GENERATED.has(after.kind)) return
  const counted = (object: KubeObject): unknown => [
    isCustom(served) ? contentOf(object) : specOf(object),
    object.kind === 'Deployment' ? (object.metadata.annotations ?? {}) : {},
  ]
  if (!isDeepStrictEqual(counted(before), counted(after)))
    after.metadata.generation = (before.metadata.generation ?? 0) + 1
}

function specOf(object: KubeObject): unknown {
  return (object as { spec?: unknown }).spec
}

function contentOf(object: KubeObject): unknown {
  const { metadata: _metadata, status: _status, ...content } = object as KubeObject & { status?: unknown }
  return content
}

/** Writes the owners down; where nothing but their times would change, the old ones stay. */
function own(object: KubeObject, managers: Managers, before?: Live): void {
  const entries = encoded(managers)
  const old: ManagedFields[] = before?.metadata.managedFields ?? []
  const nothing = before !== undefined && sameOwners(old, entries) && isDeepStrictEqual(bare(before), bare(object))
  const kept = nothing ? old : entries
  if (kept.length > 0) object.metadata.managedFields = copied(kept)
}

function bare(object: KubeObject): unknown {
  const { managedFields: _managed, ...metadata } = object.metadata ?? {}
  return { ...object, metadata }
}

function wonBy(
  { served, writer, now }: Writing,
  before: KubeObject | undefined,
  after: KubeObject,
  managers: Managers,
): Managers {
  const node = schemaOf(served) ?? {}
  const ignored = ignoredIn(served, writer.subresource)
  return updated({
    live: before === undefined ? undefined : bare(before),
    next: bare(after),
    node,
    managers,
    writer,
    now,
    ignored,
  })
}

/** The half that a write does not touch belongs to nobody through it. */
export function ignoredIn({ status }: Served, subresource: string | undefined): string[][] {
  if (!status) return []
  return subresource === 'status' ? [['f:spec'], ['f:metadata']] : [['f:status']]
}

/** The last finalizer is gone: so is the object. */
function released(store: Store, object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = object
  const { namespace, name } = metadata
  // A namespace stays until what is in it is gone too.
  if (kind === 'Namespace') return store.put(object)
  store.drop({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) })
  return object
}
