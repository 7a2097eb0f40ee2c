import { DeployError } from '../error.mts'
import type { Code } from '../error.mts'

/** What a Status says of one field or condition. */
export interface StatusCause {
  reason?: string
  message?: string
  field?: string
}

/** `meta/v1.Status`, as far as it is read. */
export interface Status {
  kind: 'Status'
  code?: number
  reason?: string
  message?: string
  details?: { group?: string; kind?: string; name?: string; causes?: StatusCause[]; retryAfterSeconds?: number }
}

/** What was asked and what the server answered, for the words and the code of a refusal. */
export interface Refusal {
  /** "apply deployment/reactbin/api": follows "Cannot". */
  act: string
  status: number
  /** The body; a Status where the API server itself answered, other text where a proxy did. */
  body: string
  /** Takes secret values out of the server's words. */
  scrub?: (text: string) => string
}

/** The API server refused a request. `code` says in which way; `reason` and `causes` are the server's. */
export class KubeError extends DeployError {
  readonly status: number
  readonly reason: string | undefined
  readonly causes: readonly StatusCause[]
  /** The kind that the Status is about (`namespaces` where the namespace is what is missing). */
  readonly about: string | undefined

  constructor(refusal: Refusal) {
    const parsed = statusOf(refusal.body)
    const scrub = refusal.scrub ?? ((text: string) => text)
    const words = scrub(oneLine(parsed?.message ?? (refusal.body || `HTTP ${refusal.status}`)))
    const code = codeOf(refusal.status, parsed, refusal.body)
    super({ code, says: `Cannot ${refusal.act}: ${words}`, next: nextOf(code, words, parsed) })
    this.name = 'KubeError'
    this.status = refusal.status
    this.reason = parsed?.reason
    this.about = parsed?.details?.kind
    this.causes = (parsed?.details?.causes ?? []).map((cause) => scrubbed(cause, scrub))
  }
}

/** A write was sent and no answer came: it may have been done. Read before writing again. */
export class LostAnswer extends DeployError {
  constructor(act: string, cause: unknown) {
    super({
      code: 'unreachable',
      says: `Cannot tell whether "${act}" was done: the connection broke before the answer (${wordsOf(cause)})`,
      next: 'run the same command again: it reads the state first',
      cause,
    })
    this.name = 'LostAnswer'
  }
}

/** Who owns which field that a server-side apply wanted. */
export interface FieldConflict {
  manager: string
  field: string
}

/** The write may have been done although its answer never came. */
export function isLostAnswer(error: unknown): error is LostAnswer {
  return error instanceof LostAnswer
}

/** The object exists already (409 of a create). */
export function isAlreadyExists(error: unknown): error is KubeError {
  return error instanceof KubeError && error.reason === 'AlreadyExists'
}

/** The object changed meanwhile, or is another one: resourceVersion or uid did not match. */
export function isConflict(error: unknown): error is KubeError {
  if (!(error instanceof KubeError) || error.code !== 'conflict') return false
  return error.reason !== 'AlreadyExists' && conflictsOf(error).length === 0
}

/** Other field managers own what the apply wanted; `conflictsOf` names them. */
export function isFieldConflict(error: unknown): error is KubeError {
  return conflictsOf(error).length > 0
}

/** Manager and field of each conflict. */
export function conflictsOf(error: unknown): FieldConflict[] {
  if (!(error instanceof KubeError)) return []
  return error.causes
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map((cause) => ({ manager: /"(.*?)"/.exec(cause.message ?? '')?.[1] ?? 'unknown', field: cause.field ?? '' }))
}

/** A field that this kind never lets change. */
export function isImmutable(error: unknown): error is KubeError {
  return error instanceof KubeError && error.code === 'immutable'
}

/** The manifest itself is wrong: unknown field, wrong type, a value that validation refuses. */
export function isInvalid(error: unknown): error is KubeError {
  return error instanceof KubeError && error.code === 'invalid'
}

export function isMissingNamespace(error: unknown): error is KubeError {
  return error instanceof KubeError && error.code === 'namespace-missing'
}

export function isNamespaceTerminating(error: unknown): error is KubeError {
  return error instanceof KubeError && error.code === 'namespace-terminating'
}

/** The server does not serve the kind: its CRD is not installed. */
export function isMissingKind(error: unknown): error is DeployError {
  return error instanceof DeployError && error.code === 'crd-missing'
}

export function isNotFound(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 404
}

/** A continue token or resourceVersion is too old: list again. */
export function isGone(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 410
}

export function isForbidden(error: unknown): error is KubeError {
  return error instanceof KubeError && error.code === 'forbidden'
}

/** A webhook that had to be asked did not answer (cert-manager's in its first seconds): worth another try. */
export function isWebhookDown(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status >= 500 && /failed calling webhook/.test(error.message)
}

/** The Status in a body, where there is one. */
export function statusOf(body: string): Status | undefined {
  if (!body.startsWith('{')) return undefined
  try {
    const parsed = JSON.parse(body) as Partial<Status>
    return parsed.kind === 'Status' ? (parsed as Status) : undefined
  } catch {
    return undefined
  }
}

/** The code of a refusal, by status, reason and, where the server gives no other sign, its words. */
export function codeOf(status: number, parsed: Status | undefined, body: string): Code {
  const words = parsed?.message ?? body
  if (/admission webhook ".*" denied the request|violates PodSecurity/.test(words)) return 'admission'
  if (status === 401) return 'unauthorized'
  if (status === 403) return forbiddenAs(parsed, words)
  if (status === 404) return missingAs(parsed)
  if (status === 409) return 'conflict'
  if (status === 422) return invalidAs(parsed, words)
  if (status === 400) return 'invalid'
  // A Status without reason is a refused manifest (unknown field, wrong type, bad base64), not a broken server.
  if (status === 500 && parsed !== undefined && (parsed.reason ?? '') === '') return 'invalid'
  return 'server-error'
}

// Each kind has its own words for a field that never changes.
const NEVER_CHANGES =
  /field is immutable|may not change once set|cannot change roleRef|updates to (statefulset|parameters)|spec is immutable|immutable after creation/

function invalidAs(parsed: Status | undefined, words: string): Code {
  // An apply that carries the uid of an object that is gone: another one stands in its place.
  if (parsed?.details?.causes?.some((cause) => cause.field === 'metadata.uid')) return 'conflict'
  return NEVER_CHANGES.test(words) ? 'immutable' : 'invalid'
}

function forbiddenAs(parsed: Status | undefined, words: string): Code {
  if (parsed?.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating')) return 'namespace-terminating'
  if (/exceeded quota|must specify (limits|requests)|failed quota/.test(words)) return 'quota'
  return parsed === undefined || / cannot /.test(words) ? 'forbidden' : 'admission'
}

function missingAs(parsed: Status | undefined): Code {
  if (parsed === undefined || (parsed.details?.kind ?? '') === '') return 'crd-missing'
  return parsed.details?.kind === 'namespaces' ? 'namespace-missing' : 'server-error'
}

const NEXT: Partial<Record<Code, string>> = {
  unauthorized: 'log in again, or name another context with --context',
  forbidden: 'ask for the right: kubectl auth can-i --list shows what this user may do',
  conflict: 'somebody else wrote meanwhile: run the same command again, it reads the state first',
  immutable: 'give the object another name, or delete it by hand if it holds no data, then deploy again',
  invalid: 'correct the manifest: npx zx deploy.mts --dry-run=client prints it',
  'crd-missing': 'install the CustomResourceDefinition, or choose settings that do without it',
  'namespace-missing': 'kubectl create namespace, or deploy to one that exists with -n',
  'namespace-terminating': 'wait until the namespace is gone: kubectl get namespace shows what holds it',
  quota: 'kubectl describe quota shows what is used; ask for less or raise it',
  admission: 'meet the policy that the message names, or ask its owner',
}

const SHARED = 'let one of the two managers own the field; kubectl get -o yaml --show-managed-fields shows both'
const THERE = 'it exists already: read it before writing'
const UNWELL = 'try again; kubectl get --raw /readyz tells whether the server is well'

function nextOf(code: Code, words: string, parsed: Status | undefined): string {
  if (code === 'forbidden') return rightToAskFor(words) ?? NEXT.forbidden ?? UNWELL
  if (parsed?.reason === 'AlreadyExists') return THERE
  if (parsed?.details?.causes?.some((cause) => cause.reason === 'FieldManagerConflict')) return SHARED
  return NEXT[code] ?? UNWELL
}

const DENIED =
  /User "(.+?)" cannot (\S+) resource "(.+?)"(?: in API group "(.*?)")?(?: in the namespace "(.+?)")?(?: at the cluster scope)?$/

/** The command that tells whether the right has been given. */
function rightToAskFor(words: string): string | undefined {
  const [found, user = '', verb = '', resource = '', group = '', namespace] = DENIED.exec(words) ?? []
  if (found === undefined) return undefined
  const scope = namespace === undefined ? '' : ` -n ${namespace}`
  const full = group === '' ? resource : `${resource}.${group}`
  return `ask for the right, then check: kubectl auth can-i ${verb} ${full}${scope} --as ${user}`
}

function scrubbed(cause: StatusCause, scrub: (text: string) => string): StatusCause {
  return cause.message === undefined ? cause : { ...cause, message: scrub(oneLine(cause.message)) }
}

// Job refusals print the whole pod template.
const LONGEST = 600

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
