import { KINDS } from './kinds.mts'
import { referenced } from './schema.mts'
import type { Schema, SchemaNode } from './schema.mts'

/** As a server writes it: single references wrapped in `allOf`, defaults and descriptions beside them. */
interface RawNode extends Omit<SchemaNode, 'properties' | 'items' | 'additionalProperties' | 'oneOf' | 'default'> {
  default?: unknown
  allOf?: readonly RawNode[]
  oneOf?: readonly RawNode[]
  properties?: Readonly<Record<string, RawNode>>
  items?: RawNode
  additionalProperties?: RawNode | boolean
  'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[]
}

export interface OpenApi {
  components: { schemas: Readonly<Record<string, RawNode>> }
}

const KEPT = [
  'type',
  'format',
  'enum',
  'required',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-patch-merge-key',
] as const satisfies readonly (keyof SchemaNode)[]

/** The kept kinds of a server's OpenAPI documents and all that they refer to; short names, no words, stable order. */
export function trim(documents: ReadonlyMap<string, OpenApi>, kubernetes: string): Schema {
  const raw = new Map([...documents.values()].flatMap((document) => Object.entries(document.components.schemas)))
  const roots = new Map([...documents.keys()].flatMap((apiVersion) => rootsOf(raw, apiVersion)))
  const names = shortNames(reachable(raw, [...roots.values()]))
  const definitions = [...names].map(([long, short]): [string, SchemaNode] => [short, node(raw.get(long) ?? {}, names)])
  return {
    kubernetes,
    kinds: Object.fromEntries([...roots].map(([key, long]) => [key, names.get(long) ?? long]).sort(byName)),
    definitions: Object.fromEntries(definitions.sort(byName)),
  }
}

function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1
}

function rootsOf(raw: ReadonlyMap<string, RawNode>, apiVersion: string): [string, string][] {
  return (KINDS[apiVersion] ?? []).map((kind) => {
    const found = [...raw].find(([, schema]) =>
      schema['x-kubernetes-group-version-kind']?.some(
        (gvk) => gvk.kind === kind && [gvk.group, gvk.version].filter((part) => part !== '').join('/') === apiVersion,
      ),
    )
    if (found === undefined) throw new Error(`Cannot trim the schema: the server does not describe ${apiVersion} ${kind}`)
    return [`${apiVersion}/${kind}`, found[0]]
  })
}

function reachable(raw: ReadonlyMap<string, RawNode>, roots: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const queue = [...roots]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    queue.push(...refsIn(raw.get(name) ?? {}))
  }
  return seen
}

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [referenced(child)] : refsIn(child),
  )
}

/** `io.k8s.api.apps.v1.DeploymentSpec` is `DeploymentSpec`; where two groups share a word, the later one is qualified. */
function shortNames(longNames: ReadonlySet<string>): Map<string, string> {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const long of [...longNames].sort()) {
    const [word = long, version = '', group = ''] = long.split('.').reverse()
    const short = taken.has(word) ? `${capital(group)}${capital(version)}${word}` : word
    taken.add(short)
    names.set(long, short)
  }
  return names
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

function node(raw: RawNode, names: ReadonlyMap<string, string>): SchemaNode {
  const ref = raw.$ref ?? raw.allOf?.[0]?.$ref
  const kept = Object.fromEntries(KEPT.filter((key) => raw[key] !== undefined).map((key) => [key, raw[key]]))
  // A list's key may be left out where it has a default: two ports of 80 are one, TCP or not said.
  const fallback = typeof raw.default === 'string' && raw.default !== '' ? { default: raw.default } : {}
  return {
    ...(ref === undefined ? {} : { $ref: `#/definitions/${names.get(referenced(ref))}` }),
    ...(kept as SchemaNode),
    ...fallback,
    ...(raw.items === undefined ? {} : { items: node(raw.items, names) }),
    ...(raw.oneOf === undefined ? {} : { oneOf: raw.oneOf.map((one) => node(one, names)) }),
    ...fields(raw, names),
  }
}

function fields(raw: RawNode, names: ReadonlyMap<string, string>): SchemaNode {
  const extra = raw.additionalProperties
  if (typeof extra === 'object') return { additionalProperties: node(extra, names) }
  if (raw.properties === undefined) return {}
  const sorted = Object.entries(raw.properties).sort(byName)
  return {
    properties: Object.fromEntries(sorted.map(([name, child]) => [name, node(child, names)])),
    additionalProperties: false,
  }
}
