import type { StatusCause } from '../../kube/status.mts'
import { kindWords, resourceWords } from '../objects/served.mts'
import type { Served } from '../objects/served.mts'

/** A `Status` as the API server writes it. */
export interface RefusalStatus {
  status: number
  message: string
  reason?: string
  details?: {
    name?: string
    group?: string
    kind?: string
    causes?: StatusCause[]
    retryAfterSeconds?: number
  }
}

/** The request is refused; the answer is a Status in the real server's words. */
export class Refused extends Error {
  readonly refusal: RefusalStatus

  constructor(refusal: RefusalStatus) {
    super(refusal.message)
    this.refusal = refusal
  }

  get body(): object {
    const { status: code, message, reason, details } = this.refusal
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    }
  }
}

function resourceDetails(served: Served, name: string | undefined): { name?: string; group?: string; kind: string } {
  return {
    ...(name === undefined ? {} : { name }),
    ...(served.group === '' ? {} : { group: served.group }),
    kind: served.plural,
  }
}

export function notFound(served: Served, name: string): Refused {
  const message = `${resourceWords(served)} "${name}" not found`
  return new Refused({ status: 404, reason: 'NotFound', message, details: resourceDetails(served, name) })
}

export function noNamespace(name: string): Refused {
  const message = `namespaces "${name}" not found`
  return new Refused({ status: 404, reason: 'NotFound', message, details: { name, kind: 'namespaces' } })
}

export function alreadyExists(served: Served, name: string): Refused {
  const message = `${resourceWords(served)} "${name}" already exists`
  return new Refused({ status: 409, reason: 'AlreadyExists', message, details: resourceDetails(served, name) })
}

export function conflict(served: Served, name: string, why: string): Refused {
  const message = `Operation cannot be fulfilled on ${resourceWords(served)} "${name}": ${why}`
  return new Refused({ status: 409, reason: 'Conflict', message, details: resourceDetails(served, name) })
}

/** The storage itself refuses: it names the kind, and nothing but it. */
export function preconditionFailed({ kind }: Served, name: string, why: string): Refused {
  const message = `Operation cannot be fulfilled on ${kind} ${JSON.stringify(name)}: ${why}`
  return new Refused({ status: 409, reason: 'Conflict', message, details: { name, kind } })
}

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again'

export function forbidden(served: Served, name: string | undefined, why: string, causes?: StatusCause[]): Refused {
  const about = name === undefined || name === '' ? '' : ` "${name}"`
  const message = `${resourceWords(served)}${about} is forbidden: ${why}`
  const details = { ...resourceDetails(served, name), ...(causes === undefined ? {} : { causes }) }
  return new Refused({ status: 403, reason: 'Forbidden', message, details })
}

/** One thing that validation found. */
export interface Problem {
  reason:
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueRequired'
    | 'FieldValueNotSupported'
    | 'FieldValueNotFound'
    | 'FieldValueTooLong'
    | 'FieldValueDuplicate'
  field: string
  message: string
}

export function invalid(served: Pick<Served, 'kind' | 'group'>, name: string, problems: readonly Problem[]): Refused {
  const seen = new Set<string>()
  // The causes say everything, the message each thing once.
  const words = problems
    .map(({ field, message }) => `${field}: ${message}`)
    .filter((line) => !seen.has(line) && seen.add(line))
  const all = words.length === 1 ? (words[0] ?? '') : `[${words.join(', ')}]`
  return new Refused({
    status: 422,
    reason: 'Invalid',
    message: `${kindWords(served)} "${name}" is invalid: ${all}`,
    details: {
      ...(name === '' ? {} : { name }),
      ...(served.group === '' ? {} : { group: served.group }),
      kind: served.kind,
      causes: problems.map(({ reason, message, field }) => ({ reason, message, field })),
    },
  })
}

/** Options of a request that the server does not take. */
export function invalidOptions(kind: string, problem: Problem, group = 'meta.k8s.io'): Refused {
  const { message, reason, field } = problem
  return new Refused({
    status: 422,
    reason: 'Invalid',
    message: `${kind}.${group} "" is invalid: ${field}: ${message}`,
    details: { group, ...(kind === '' ? {} : { kind }), causes: [{ reason, message, field }] },
  })
}

/** A path below a group that is served, to what the group does not have. */
export function noResource(): Refused {
  const message = 'the server could not find the requested resource'
  return new Refused({ status: 404, reason: 'NotFound', message, details: {} })
}

export function notAllowed(): Refused {
  const message = 'the server does not allow this method on the requested resource'
  return new Refused({ status: 405, reason: 'MethodNotAllowed', message, details: {} })
}

export function unsupported(message: string, details?: object): Refused {
  return new Refused({
    status: 415,
    reason: 'UnsupportedMediaType',
    message,
    ...(details === undefined ? {} : { details }),
  })
}

export function badRequest(message: string): Refused {
  return new Refused({ status: 400, reason: 'BadRequest', message })
}

/** A refused manifest of a server-side apply: 500 without a reason, as the real server answers it. */
export function unprocessed(message: string): Refused {
  return new Refused({ status: 500, message })
}

/** What this project never asks is not answered. */
export function unanswered(what: string): Refused {
  const message = `the rehearsal cluster does not answer ${what}`
  return new Refused({ status: 501, reason: 'NotImplemented', message })
}
