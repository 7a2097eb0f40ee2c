/** An answer as it is compared: without what differs between any two runs. */
export interface Said {
  status: number
  type: string
  warnings: readonly string[]
  body: unknown
}

interface Meta extends Record<string, unknown> {
  managedFields?: { manager: string; time?: string; fieldsV1?: unknown }[]
  annotations?: Record<string, string>
}

type Fields = Record<string, unknown>

/** Whose writes come when they come. */
const CONTROLLERS = /^(kube-controller-manager|kubelet|kube-scheduler|kube-apiserver|cert-manager|traefik)/
const THEIR_ANNOTATIONS = /^(deployment\.kubernetes\.io|batch\.kubernetes\.io|pv\.kubernetes\.io|volume\.)/

/** Kinds that controllers write to: their versions count more than what was asked. */
const STILL = new Set(['ConfigMap', 'Secret', 'Lease', 'NetworkPolicy', 'Role', 'RoleBinding', 'LimitRange'])

/** What a value is part of. */
interface Of {
  fresh?: boolean | undefined
  still?: boolean
}

/** Writes down answers of one talk; names that stand for uids and versions are given in the order in which they come. */
export class Scribe {
  readonly #namespace: string
  readonly #uids = new Map<string, string>()
  readonly #versions = new Map<string, string>()

  constructor(namespace: string) {
    this.#namespace = namespace
  }

  write({
    status,
    type,
    warnings,
    body,
  }: {
    status: number
    type: string
    warnings: readonly string[]
    body: string
  }): Said {
    const fresh = status === 201
    return { status, type, warnings: warnings.map((one) => this.#text(one)), body: this.#body(type, body, fresh) }
  }

  #body(type: string, body: string, fresh: boolean): unknown {
    if (type !== 'application/json') return this.#text(body)
    const lines = body
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Fields)
    const [only] = lines
    if (only !== undefined && lines.length === 1 && only['type'] === undefined) return this.#value(only, { fresh })
    return lines.filter((line) => line['type'] !== 'BOOKMARK' || isFirst(line)).map((line) => this.#value(line, {}))
  }

  #value(value: unknown, of: Of): unknown {
    if (Array.isArray(value)) return value.map((one) => this.#value(one, of))
    if (typeof value === 'string') return this.#text(value)
    if (typeof value !== 'object' || value === null) return value
    const object = bare(value as Fields, of)
    const still = of.still === true || STILL.has(String(object['kind']).replace(/List$/, ''))
    return Object.fromEntries(
      Object.entries(object).map(([key, child]) => {
        if (key === 'resourceVersion' && typeof child === 'string') return [key, this.#version(child, of)]
        if (key === 'continue') return [key, 'TOKEN']
        const inside = key === 'metadata' || key === 'items' ? { ...of, still } : { fresh: of.fresh }
        return [this.#text(key), this.#value(child, isList(object) && key === 'metadata' ? {} : inside)]
      }),
    )
  }

  #version(version: string, { still }: Of): string {
    if (still !== true || version === '' || version === '1') return version.length > 1 ? 'VERSION' : version
    const known = this.#versions.get(version) ?? `VERSION ${this.#versions.size + 1}`
    this.#versions.set(version, known)
    return known
  }

  #text(text: string): string {
    return text
      .replaceAll(this.#namespace, 'NAMESPACE')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uid) => this.#uid(uid))
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) =>
        time.includes('.') || time.startsWith('2006-') ? time : 'TIME',
      )
      .replaceAll(/\b10\.96\.\d+\.\d+\b/g, 'ADDRESS')
      .replaceAll(/(current: |in record \()\d+/g, '$1VERSION')
      .replaceAll(/\btoo old resource version: (\d+) \(\d+\)/g, 'too old resource version: $1 (VERSION)')
  }

  #uid(uid: string): string {
    if (/^0{8}-/.test(uid)) return uid
    const known = this.#uids.get(uid) ?? `UID ${this.#uids.size + 1}`
    this.#uids.set(uid, known)
    return known
  }
}

function isList({ kind }: Fields): boolean {
  return typeof kind === 'string' && kind.endsWith('List')
}

function isFirst(line: unknown): boolean {
  return JSON.stringify(line).includes('initial-events-end')
}

/** Without what controllers have written meanwhile. */
function bare(object: Fields, { fresh }: Of): Fields {
  const made: Fields = { ...object }
  const metadata = object['metadata'] as Meta | undefined
  if (metadata !== undefined && typeof metadata === 'object') made['metadata'] = bareMeta(metadata)
  const isObject = typeof object['kind'] === 'string' || metadata?.['uid'] !== undefined
  if (fresh !== true && isObject && object['kind'] !== 'Status' && object['kind'] !== 'Namespace') delete made['status']
  if ('nodePort' in made) made['nodePort'] = 'PORT'
  if (object['kind'] === 'Pod') made['spec'] = withoutPlugins(object['spec'] as Fields)
  if (String(object['kind']).endsWith('Review')) made['metadata'] = withoutOwners(made['metadata'] as Meta)
  if (Array.isArray(made['cells']))
    made['cells'] = made['cells'].map((cell) => (/^\d+s$/.test(String(cell)) ? 'AGE' : cell))
  if (object['reason'] === 'Conflict') made['details'] = inOrder(object['details'] as Fields)
  if (made['columnDefinitions'] !== undefined) made['columnDefinitions'] = undescribed(made['columnDefinitions'])
  return made
}

/** The real server walks the managers that an apply conflicts with in the order of a Go map, another one each time. */
function inOrder({ causes, ...details }: Fields): Fields {
  const manager = ({ message }: { message: string }): string => /^conflict with ("[^"]*")/.exec(message)?.[1] ?? ''
  const sorted = (causes as { message: string }[] | undefined)?.toSorted((a, b) => manager(a).localeCompare(manager(b)))
  return sorted === undefined ? details : { ...details, causes: sorted }
}

const TOKEN = /^kube-api-access-/

/**
 * What admission plugins and the scheduler put into every pod and the rehearsal leaves out: the volume of a token, two
 * tolerations, a priority, a node.
 */
function withoutPlugins(spec: Fields): Fields {
  const { tolerations: _tolerations, priority: _priority, preemptionPolicy: _policy, nodeName: _node, ...rest } = spec
  const named = (list: unknown): unknown[] =>
    (Array.isArray(list) ? (list as { name: string }[]) : []).filter(({ name }) => !TOKEN.test(name))
  const made: Fields = { ...rest }
  keep(made, 'volumes', named(rest['volumes']))
  for (const key of ['initContainers', 'containers'] as const)
    if (Array.isArray(rest[key]))
      made[key] = (rest[key] as Fields[]).map((container) => {
        const one = { ...container }
        keep(one, 'volumeMounts', named(container['volumeMounts']))
        return one
      })
  return made
}

function keep(fields: Fields, key: string, list: unknown[]): void {
  if (list.length === 0) delete fields[key]
  else fields[key] = list
}

/** A review is stored nowhere, and here nobody owns its fields. */
function withoutOwners({ managedFields: _managed, ...metadata }: Meta): Meta {
  return metadata
}

/** The words that explain a table's columns are in no schema here. */
function undescribed(columns: unknown): unknown {
  return (columns as Fields[]).map(({ description: _description, ...column }) => column)
}

function bareMeta(metadata: Meta): Meta {
  const made: Meta = { ...metadata }
  if (metadata.managedFields !== undefined)
    made.managedFields = metadata.managedFields
      .filter(({ manager }) => !CONTROLLERS.test(manager))
      .map((entry) => ({ ...entry, time: 'TIME' }))
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (metadata.annotations !== undefined) {
    const left = Object.entries(metadata.annotations).filter(([key]) => !THEIR_ANNOTATIONS.test(key))
    if (left.length > 0) made.annotations = Object.fromEntries(left)
    else delete made.annotations
  }
  if (typeof metadata['generateName'] === 'string') made['name'] = `${metadata['generateName']}SUFFIX`
  return made
}
