import type { IncomingMessage } from 'node:http'
import { isMap as isPairs, isScalar, isSeq, parse, parseDocument } from 'yaml'
import type { Node } from 'yaml'
import { isMap } from '../apply/node.mts'
import type { Served } from '../objects/served.mts'
import { badRequest, unsupported } from './refused.mts'

/** The body of a write, read. */
export interface Body {
  value: unknown
  /** Paths of keys that stand twice. */
  twice: string[]
}

const FORMS = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

export function typeOf({ headers }: IncomingMessage): string {
  return (headers['content-type'] ?? 'application/json').split(';')[0] ?? ''
}

/** The body of a create or an update, in JSON or YAML; 415 in another form (protobuf, which kubectl speaks at times). */
export function objectBody(type: string, text: string, { kind }: Served): Body {
  if (type === 'application/yaml') return { value: yaml(text), twice: [] }
  if (type !== 'application/json')
    throw unsupported(
      `the body of the request was in an unknown format - accepted media types include: ${FORMS.join(', ')}`,
    )
  try {
    const value: unknown = JSON.parse(text)
    if (!isMap(value)) throw unrecognized(kind, `json: cannot unmarshal into a map`, text)
    return { value, twice: doubled(text, value) }
  } catch (error) {
    throw error instanceof SyntaxError ? unrecognized(kind, 'unexpected end of JSON input', text) : error
  }
}

function unrecognized(kind: string, why: string, text: string): Error {
  const said = text === '' ? '<empty>' : text
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why} (${said})`,
  )
}

/** The body of an apply, which is YAML. */
export function applyBody(text: string, served: Served): unknown {
  const value = text.startsWith('{') ? jsonOr(text) : yaml(text)
  const given = value ?? {}
  if (!isMap(given)) {
    const what = Array.isArray(given) ? 'array' : typeof given
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what} into Go value of type map[string]interface {}`,
    )
  }
  const { apiVersion = '', kind = '' } = given as { apiVersion?: string; kind?: string }
  if (kind === served.kind && apiVersion.startsWith(served.group)) return given
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  throw badRequest(`invalid object type: ${group ?? ''}/${version ?? ''}, Kind=${kind}`)
}

function jsonOr(text: string): unknown {
  const value = plain(text)
  const [twice] = value === undefined ? [] : doubled(text, value)
  if (twice === undefined) return value ?? yaml(text)
  const key = twice.split('.').at(-1) ?? twice
  throw badRequest(
    `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 1: key ${JSON.stringify(key)} already set in map`,
  )
}

function plain(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function yaml(text: string): unknown {
  try {
    return parse(text) as unknown
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Keys that JSON.parse passed over because they came again. */
function doubled(text: string, value: unknown): string[] {
  const written = text.match(/"\s*:/g)?.length ?? 0
  if (written === keysIn(value)) return []
  return twiceIn(parseDocument(text, { uniqueKeys: false }).contents, '')
}

function keysIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + keysIn(one), 0)
  if (!isMap(value)) return 0
  const inside = Object.values(value)
  return inside.reduce<number>((sum, one) => sum + keysIn(one), inside.length)
}

function twiceIn(node: Node | null, path: string): string[] {
  if (isSeq(node)) return node.items.flatMap((item, place) => twiceIn(item as Node, `${path}[${place}]`))
  if (!isPairs(node)) return []
  const seen = new Set<string>()
  return node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : ''
    const at = path === '' ? name : `${path}.${name}`
    const again = seen.has(name) ? [at] : []
    seen.add(name)
    return [...again, ...twiceIn(value as Node | null, at)]
  })
}
