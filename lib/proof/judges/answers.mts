import type { Answer } from '../../kube/cluster.mts'
import type { Answered, Reached } from '../https.mts'
import type { AbsentSpec, FallbackSpec, InsideSpec, RedirectSpec, ServesSpec } from '../spec.mts'
import { failed, passed, unchecked } from '../verdict.mts'
import type { Verdict } from '../verdict.mts'

/** The right status and fields in every answer; what the app does not tell must be known from `backing`. */
export function judgeServes(spec: ServesSpec, answers: readonly Reached[], backing: Verdict | undefined): Verdict {
  for (const answer of answers) {
    const wrong = wrongIn(spec, answer)
    if (wrong !== undefined) return failed(`${spec.scheme ?? 'https'}://${spec.host}${spec.path} ${wrong}`)
  }
  const wanted = spec.times ?? TIMES
  if (answers.length < wanted) return unchecked(`${answers.length} of ${wanted} answers`)
  const untold = untoldFields(spec, answers)
  const told = Object.entries(spec.fields ?? {}).filter(([field]) => !untold.includes(field))
  const says = [`${spec.status} ×${answers.length}`, ...told.map(([field, value]) => `${field} ${value}`)].join(', ')
  if (backing !== undefined) return backing.state === 'passed' ? passed(`${says}, ${backing.says}`) : backing
  return untold.length === 0 ? passed(says) : unchecked(`${says}, but the app does not tell ${untold.join(', ')}`)
}

/** How many answers in a row count as proof. */
export const TIMES = 3

/** Why this answer does not count, or undefined. A page where data was expected is the UI answering for the API. */
export function wrongIn(spec: ServesSpec, answer: Reached): string | undefined {
  if (answer.state === 'refused') return `does not answer: ${answer.says}`
  if (answer.status !== spec.status) return `answers ${summary(answer)}, not ${spec.status}`
  if (spec.fields === undefined) return undefined
  if (isPage(answer)) return `answers ${answer.status} with a page: another backend has the path`
  const sent = fieldsOf(answer.body)
  const [field, wanted] = Object.entries(spec.fields).find(([name, value]) => (sent[name] ?? value) !== value) ?? []
  return field === undefined ? undefined : `answers ${field} ${sent[field]}, not ${wanted}`
}

/** The expected fields that at least one answer does not have. */
export function untoldFields(spec: ServesSpec, answers: readonly Reached[]): string[] {
  const sent = answers.map((answer) => (answer.state === 'answered' ? fieldsOf(answer.body) : {}))
  return Object.keys(spec.fields ?? {}).filter((field) => sent.some((fields) => fields[field] === undefined))
}

/** The scalar fields of a JSON answer, as text; none where it is no JSON object. */
export function fieldsOf(body: string): Record<string, string> {
  try {
    const entries = Object.entries(Object(JSON.parse(body)) as Record<string, unknown>)
    return Object.fromEntries(entries.flatMap(([key, value]) => (isScalar(value) ? [[key, String(value)]] : [])))
  } catch {
    return {}
  }
}

/** A real 404, which the index page is not even with that status. */
export function judgeAbsent(spec: AbsentSpec, answer: Reached, index: Reached): Verdict {
  const url = `https://${spec.host}${spec.path}`
  if (answer.state === 'refused') return failed(`${url} does not answer: ${answer.says}`)
  if (isIndex(answer, index)) return failed(`${url} answers ${answer.status} with the index page: the UI has the path`)
  if (answer.status === 404) return passed(`${spec.path} is 404`)
  return failed(`${url} answers ${summary(answer)}, not 404`)
}

/** 200 with the very page that `/` answers. */
export function judgeFallback(spec: FallbackSpec, answer: Reached, index: Reached): Verdict {
  const url = `https://${spec.host}${spec.path}`
  if (answer.state === 'refused') return failed(`${url} does not answer: ${answer.says}`)
  if (answer.status !== 200) return failed(`${url} answers ${summary(answer)}, not the index page`)
  return isIndex(answer, index) ? passed('unknown paths get the index page') : failed(`${url} is not what / answers`)
}

const REDIRECTS = [301, 302, 307, 308]

/** Plain HTTP leads to HTTPS of the same host. */
export function judgeRedirects(spec: RedirectSpec, answer: Reached): Verdict {
  const url = `http://${spec.host}${spec.path}`
  if (answer.state === 'refused') return failed(`${url} does not answer: ${answer.says}`)
  if (!REDIRECTS.includes(answer.status)) return failed(`${url} answers ${summary(answer)}, not a redirect to https`)
  const location = answer.headers.location ?? ''
  const target = URL.canParse(location, url) ? new URL(location, url) : undefined
  if (target?.protocol === 'https:' && target.hostname === spec.host.toLowerCase())
    return passed(`${answer.status} to https`)
  return failed(`${url} answers ${answer.status} to ${location || 'nowhere'}, not to https://${spec.host}`)
}

/** The status, from the app: a Status object is the API server speaking for a Service that it could not ask. */
export function judgeInside(spec: InsideSpec, { status, body }: Answer): Verdict {
  const at = `${spec.service.name}:${spec.port}${spec.path}`
  const refusal = fieldsOf(body.toString())
  if (refusal['kind'] === 'Status' && refusal['apiVersion'] === 'v1') {
    const says = `${at} could not be asked: ${refusal['message'] ?? status}`
    return status === 403 ? unchecked(says, 'permission') : failed(says)
  }
  return status === spec.status ? passed(`${at} is ${status}`) : failed(`${at} answers ${status}, not ${spec.status}`)
}

function isIndex(answer: Answered, index: Reached): boolean {
  return index.state === 'answered' && index.status === 200 && index.body !== '' && index.body === answer.body
}

function isPage({ headers }: Answered): boolean {
  return headers['content-type']?.startsWith('text/html') ?? false
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

// Enough for {"status":"database unreachable"}; a page says nothing that its status does not.
function summary(answer: Answered): string {
  const words = isPage(answer) ? '' : answer.body.replaceAll(/\s+/g, ' ').trim().slice(0, 120)
  const where = answer.headers.location === undefined ? '' : `to ${answer.headers.location}`
  return [String(answer.status), where || words].filter((part) => part !== '').join(' ')
}
