import type { KubeObject, Live } from '../../kube/object.mts'
import { isMap, schemaOf } from '../apply/node.mts'
import type { Fields } from '../apply/node.mts'
import { applied } from '../apply/ownership.mts'
import { decoded } from '../apply/managers.mts'
import type { Managers } from '../apply/managers.mts'
import { typeErrors } from '../apply/typed.mts'
import { isCustom } from '../objects/served.mts'
import type { Served } from '../objects/served.mts'
import { wordOf } from '../objects/setting.mts'
import { stored } from '../objects/stored.mts'
import type { Form } from '../objects/stored.mts'
import type { Body } from './body.mts'
import { decodedBody } from './decoding.mts'
import { strategicMerged } from './strategic.mts'
import { clashRefusal } from './clashes.mts'
import { alreadyExists, badRequest, conflict, invalid, notFound, unprocessed } from './refused.mts'
import type { Problem } from './refused.mts'
import { bringIn, change, ignoredIn } from './writing.mts'
import type { Writing, Written } from './writing.mts'

/** POST. */
export function create(writing: Writing, given: Body): Written {
  const { body, warnings } = decodedBody(writing.served, given, writing.validation)
  const object = readable(writing, body)
  if (liveOf(writing) !== undefined) throw alreadyExists(writing.served, writing.name)
  return warned(bringIn(writing, object), warnings)
}

function warned(written: Written, warnings: readonly string[]): Written {
  return { ...written, warnings: [...warnings, ...written.warnings] }
}

/** PUT. */
export function replace(writing: Writing, given: Body): Written {
  const { body, warnings } = decodedBody(writing.served, given, writing.validation)
  const object = readable(writing, body)
  if (VERSIONED.has(writing.served.kind) && !object.metadata.resourceVersion) throw unversioned(writing)
  return warned(change(writing, needed(writing), object), warnings)
}

/** Kinds of which no update is taken that does not say which version it is of. */
const VERSIONED = new Set(['Lease'])

function unversioned({ served, name }: Writing): Error {
  const why = 'must be specified for an update'
  const problem = {
    reason: 'FieldValueInvalid',
    field: 'metadata.resourceVersion',
    message: `Invalid value: 0: ${why}`,
  }
  return invalid({ ...served, kind: served.plural }, name, [problem as Problem])
}

/** PATCH with a JSON merge patch (RFC 7386). */
export function mergePatch(writing: Writing, patch: unknown): Written {
  return patched(writing, patch, (before, fields) => laidOver(before, fields))
}

/** PATCH with a strategic merge patch. */
export function strategicPatch(writing: Writing, patch: unknown): Written {
  const node = schemaOf(writing.served) ?? {}
  return patched(writing, patch, (before, fields) => strategicMerged(before, fields, node))
}

function patched(writing: Writing, patch: unknown, lay: (before: Live, patch: Fields) => unknown): Written {
  if (!isMap(patch))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
    )
  const before = needed(writing)
  const given = { value: lay(before, patch), twice: [] }
  const { body, warnings } = decodedBody(writing.served, given, writing.validation)
  return warned(change(writing, before, readable(writing, body)), warnings)
}

function laidOver(value: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch
  const result: Record<string, unknown> = isMap(value) ? { ...value } : {}
  for (const [key, child] of Object.entries(patch))
    if (child === null) delete result[key]
    else result[key] = laidOver(result[key], child)
  return result
}

/** PATCH with an apply configuration. */
export function apply(writing: Writing, body: unknown, force: boolean, mayCreate: () => void): Written {
  const { served, name } = writing
  const given = named(writing, body)
  const live = liveOf(writing)
  const said = (body as { metadata?: { namespace?: unknown } }).metadata?.namespace
  const node = schemaOf(served) ?? {}
  const where = `(${typeof said === 'string' ? said : ''}/${name}; ${groupVersionKind(served)})`
  const errors = typeErrors(given, node)
  if (errors.length > 0) throw unprocessed(`failed to create typed patch object ${where}: ${asOne(errors)}`)
  const { writer, now } = writing
  const ignored = ignoredIn(served, writer.subresource)
  const managers = decoded(live?.metadata.managedFields)
  const base = live === undefined ? undefined : unmanaged(live)
  const result = applied({ live: base, applied: given, node, managers, writer, force, now, ignored })
  if (result.state === 'clash') throw clashRefusal(result.clashes)
  const form = formOf(served, result.object)
  if (form.state === 'broken')
    throw unprocessed(
      `failed to convert new object ${where} to proper version: unable to convert unstructured object to ${groupVersionKind(served)}: ${form.why}`,
    )
  const object = settledSecrets(form.value as KubeObject)
  const owners = (): Managers => result.managers
  if (live !== undefined) return change(writing, live, object, owners)
  mayCreate()
  if (given.metadata.uid !== undefined) throw goneWithIt(served, name, given.metadata.uid)
  return bringIn(writing, object, owners)
}

function goneWithIt(served: Served, name: string, uid: string): Error {
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
  return conflict(served, name, why)
}

/** The object in the form in which it is kept; 400 where the body cannot be read as one. */
function readable(writing: Writing, body: unknown): KubeObject {
  const { served } = writing
  const object = named(writing, body)
  const form = formOf(served, object)
  if (form.state === 'formed') return settledSecrets(form.value as KubeObject)
  const why = form.why.replace(/^error decoding from json: /, '')
  throw badRequest(`${served.kind} in version "${served.version}" cannot be handled as a ${served.kind}: ${why}`)
}

function formOf(served: Served, value: unknown): Form {
  if (isCustom(served)) return { state: 'formed', value: withoutNulls(value) }
  return stored(value, schemaOf(served) ?? {})
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isMap(value)) return value
  const kept = Object.entries(value).filter(([, child]) => child !== null && child !== undefined)
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutNulls(child)]))
}

/** A Secret's `stringData` is a way of writing; it is kept as data. */
function settledSecrets(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object as KubeObject & { stringData?: Record<string, string>; data?: object }
  if (object.kind !== 'Secret' || stringData === undefined) return object
  const plain = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  return { ...rest, data: { ...rest.data, ...(Object.fromEntries(plain) as object) } } as KubeObject
}

/** The body as the object that the path names. */
function named({ served, namespace, name }: Writing, body: unknown): KubeObject {
  if (!isMap(body)) throw badRequest('the body of the request was in an unknown format')
  const metadata = isMap(body['metadata']) ? body['metadata'] : {}
  if (metadata['name'] !== undefined && metadata['name'] !== name)
    throw badRequest(
      `the name of the object (${wordOf(metadata['name'])}) does not match the name on the URL (${name})`,
    )
  if (namespace !== undefined && metadata['namespace'] !== undefined && metadata['namespace'] !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  const place = namespace === undefined ? {} : { namespace }
  return { ...body, apiVersion: served.apiVersion, kind: served.kind, metadata: { ...metadata, name, ...place } }
}

function liveOf({ store, served, namespace, name }: Writing): Live | undefined {
  const { apiVersion, kind } = served
  return store.get({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) })
}

function needed(writing: Writing): Live {
  const live = liveOf(writing)
  if (live === undefined) throw notFound(writing.served, writing.name)
  return live
}

function unmanaged(live: Live): KubeObject {
  const { managedFields: _managed, ...metadata } = live.metadata
  return { ...live, metadata }
}

function groupVersionKind({ group, version, kind }: Served): string {
  return `${group}/${version}, Kind=${kind}`
}

function asOne(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] ?? '') : ['errors:', ...errors.map((error) => `  ${error}`)].join('\n')
}
