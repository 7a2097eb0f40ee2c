import { forbiddenField, invalidValue, notSupported, requiredField, tooLong } from '../objects/problems.mts'
import { badRequest, invalidOptions, Refused, unprocessed } from './refused.mts'

/** What becomes of fields that the schema does not have: refused, told, or passed over. */
export type Validation = 'Strict' | 'Warn' | 'Ignore'

export interface WriteOptions {
  dryRun: boolean
  validation: Validation
}

const OF = { POST: 'CreateOptions', PUT: 'UpdateOptions', PATCH: 'PatchOptions', DELETE: 'DeleteOptions' } as const

/** The options of a write; 422 for one that the server does not take. */
export function writeOptions(method: keyof typeof OF, query: URLSearchParams, applies: boolean): WriteOptions {
  const kind = OF[method]
  const dryRun = query.get('dryRun')
  if (dryRun !== null && dryRun !== 'All') {
    const message = `Unsupported value: ${JSON.stringify([dryRun])}: supported values: "All"`
    throw invalidOptions(kind, { reason: 'FieldValueNotSupported', field: 'dryRun', message })
  }
  refuseManager(kind, query, applies)
  if (method === 'PATCH' && !applies && query.has('force'))
    throw invalidOptions(kind, forbiddenField('force', 'may not be specified for non-apply patch'))
  const validation = query.get('fieldValidation') ?? 'Warn'
  if (!isValidation(validation))
    throw invalidOptions(kind, notSupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']))
  return { dryRun: dryRun === 'All', validation }
}

function isValidation(word: string): word is Validation {
  return word === 'Strict' || word === 'Warn' || word === 'Ignore'
}

const LONGEST_NAME = 128

function refuseManager(kind: string, query: URLSearchParams, applies: boolean): void {
  const manager = query.get('fieldManager') ?? ''
  if (manager === '' && applies)
    throw invalidOptions(kind, requiredField('fieldManager', 'is required for apply patch'))
  if (Buffer.byteLength(manager) > LONGEST_NAME) throw invalidOptions(kind, tooLong('fieldManager', LONGEST_NAME))
  const place = manager.search(/[^\x20-\x7e\u00a1-\uffff]/)
  if (place === -1) return
  const code = (manager.codePointAt(place) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  throw invalidOptions(
    kind,
    invalidValue('fieldManager', manager, `invalid character U+${code} (at position ${place})`),
  )
}

/** Refuses what a list or a watch cannot be asked. */
export function refuseListOptions(query: URLSearchParams, of: 'list' | 'watch', version: string): void {
  refuseLimit(query)
  const from = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch')
  const initial = query.get('sendInitialEvents') === 'true'
  if (initial && match !== 'NotOlderThan')
    throw invalidOptions(
      'ListOptions',
      forbiddenField('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    )
  if (match !== null && from === '' && !initial)
    throw invalidOptions(
      'ListOptions',
      forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
    )
  if (!/^\d*$/.test(from)) throw noVersion(from, of)
  if (of === 'list' && Number(from) > Number(version)) throw tooNew(from, version)
}

function refuseLimit(query: URLSearchParams): void {
  for (const name of ['limit', 'timeoutSeconds']) {
    const text = query.get(name) ?? '0'
    if (!/^-?[\d.]+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
}

function noVersion(from: string, of: 'list' | 'watch'): Refused {
  const quoted = JSON.stringify(from)
  const why = `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`
  return of === 'watch' ? unprocessed(why) : badRequest(`invalid resource version: ${why}`)
}

function tooNew(from: string, version: string): Refused {
  return new Refused({
    status: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${from}, current: ${version}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    },
  })
}
