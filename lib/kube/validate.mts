import { Ajv } from 'ajv'
import type { ErrorObject, ValidateFunction } from 'ajv'
import { suggest } from '../report/suggest.mts'
import { duplicatesIn } from './duplicates.mts'
import { namingErrors } from './naming.mts'
import type { KubeObject } from './object.mts'
import raw from './schema/schema.json' with { type: 'json' }
import type { Schema, SchemaNode } from './schema/schema.mts'

/** What is wrong with a manifest, and where: `spec.template.spec.containers[0].imag`. */
export interface Complaint {
  path: string
  says: string
}

const SCHEMA = raw as unknown as Schema

const ajv = new Ajv({
  allErrors: true,
  // For the offending value in the words; nothing of it is printed for Secrets.
  verbose: true,
  strict: false,
  formats: {
    'int-or-string': true,
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    byte: /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    int32: { type: 'number', validate: (value: number) => Math.abs(value) <= 2 ** 31 },
    int64: { type: 'number', validate: (value: number) => Number.isSafeInteger(value) },
  },
})

ajv.addSchema({ $id: 'kubernetes', definitions: SCHEMA.definitions })

const compiled = new Map<string, ValidateFunction>()

/**
 * What a server would refuse about the manifest, as far as its schema tells, without asking one: unknown fields, wrong
 * types, values out of the list, doubled list entries, names that are none. Kinds of other groups (custom resources)
 * pass. Values of Secrets are never quoted.
 */
export function validate(object: KubeObject): Complaint[] {
  const definition = SCHEMA.kinds[`${object.apiVersion}/${object.kind}`]
  if (definition === undefined) return [...unknownKind(object), ...namingErrors(object)]
  const check = compiledFor(definition)
  const valid = check(object)
  const schemaErrors = valid ? [] : shortened(check.errors ?? []).map((error) => complaint(error, object))
  return [...schemaErrors, ...duplicatesIn(object, { $ref: definition }, SCHEMA.definitions), ...namingErrors(object)]
}

function compiledFor(definition: string): ValidateFunction {
  const known = compiled.get(definition)
  if (known !== undefined) return known
  const made = ajv.compile({ $ref: `kubernetes#/definitions/${definition}` })
  compiled.set(definition, made)
  return made
}

function unknownKind({ apiVersion, kind }: KubeObject): Complaint[] {
  const kinds = Object.keys(SCHEMA.kinds)
  const groupOf = (version: string): string => (version.includes('/') ? version.slice(0, version.indexOf('/')) : '')
  const known = kinds.filter((key) => groupOf(key.slice(0, key.lastIndexOf('/'))) === groupOf(apiVersion))
  if (known.length === 0) return []
  const sameKind = known.find((key) => key.endsWith(`/${kind}`))
  if (sameKind !== undefined) {
    const version = sameKind.slice(0, sameKind.lastIndexOf('/'))
    return [{ path: 'apiVersion', says: `${kind} is of ${version}, not of ${apiVersion}` }]
  }
  // Kinds of Kubernetes that this project does not use are the server's to judge.
  const meant = suggest(
    kind,
    known.map((key) => key.slice(key.lastIndexOf('/') + 1)),
  )
  return meant === undefined ? [] : [{ path: 'kind', says: `unknown kind "${kind}"; did you mean ${meant}?` }]
}

/** A union that fails also says so for each of its branches: one line is enough. */
function shortened(errors: readonly ErrorObject[]): ErrorObject[] {
  const unions = errors.filter((error) => error.keyword === 'oneOf').map((error) => error.instancePath)
  return errors.filter((error) => error.keyword === 'oneOf' || !unions.includes(error.instancePath))
}

function complaint(error: ErrorObject, object: KubeObject): Complaint {
  const path = dotted(error.instancePath, object)
  const is = object.kind === 'Secret' ? '' : `, is ${quoted(error.data)}`
  const params = error.params as Record<string, unknown>
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownField(path, String(params['additionalProperty']), error.parentSchema as SchemaNode)
    case 'required':
      return { path: inside(path, String(params['missingProperty'])), says: 'is required' }
    case 'type':
      return { path, says: `must be ${article(String(params['type']))}${is}` }
    case 'enum':
      return { path, says: oneOf(error, is) }
    case 'oneOf':
      return { path, says: `must be a text or a number${is}` }
    case 'format':
      return { path, says: `must be of the form ${String(params['format'])}${is}` }
    default:
      return { path, says: error.message ?? error.keyword }
  }
}

function unknownField(path: string, field: string, schema: SchemaNode): Complaint {
  const meant = suggest(field, Object.keys(schema.properties ?? {}))
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  return { path: inside(path, field), says: `unknown field "${field}"${hint}` }
}

function oneOf(error: ErrorObject, is: string): string {
  const allowed = (error.params as { allowedValues: string[] }).allowedValues
  const meant = suggest(String(error.data), allowed)
  return `must be one of ${allowed.join(', ')}${is}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

function article(type: string): string {
  return type === 'string' ? 'a text' : /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** A JSON pointer in the way a manifest is spoken of: numbers become places where the parent is a list. */
function dotted(pointer: string, object: unknown): string {
  let at: unknown = object
  let path = ''
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path = Array.isArray(at) ? `${path}[${key}]` : inside(path, key)
    at = (at as Record<string, unknown> | undefined)?.[key]
  }
  return path
}

function inside(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
