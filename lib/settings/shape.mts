import { z } from 'zod'

/** What a schema takes at one place, as far as names, text values and secrets have to know it. */
export type Shape =
  | { kind: 'group'; fields: ReadonlyMap<string, Shape> }
  /** Any key, each with the same shape: `images.<name>.repository`. */
  | { kind: 'each'; of: Shape }
  | { kind: 'leaf'; types: ReadonlySet<string>; oneOf?: readonly string[]; items?: Shape; secret: boolean }

/** A place in the settings; `*` stands for any key. */
export type Path = readonly string[]

type Node = Exclude<z.core.JSONSchema._JSONSchema, boolean>

/** The shape of what a zod schema takes as input. A field is a secret where its schema says `.meta({ secret: true })`. */
export function shapeOf(schema: z.ZodType): Shape {
  return read(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node)
}

/** One shape that takes what either takes. */
export function join(one: Shape, other: Shape): Shape {
  if (one.kind === 'group' && other.kind === 'group') return { kind: 'group', fields: joinFields(one, other) }
  if (one.kind !== 'leaf' || other.kind !== 'leaf') return one.kind === 'leaf' ? other : one
  const items = one.items ?? other.items
  const oneOf = one.oneOf && other.oneOf ? [...one.oneOf, ...other.oneOf] : undefined
  return {
    kind: 'leaf',
    types: new Set([...one.types, ...other.types]),
    secret: one.secret || other.secret,
    ...(oneOf === undefined ? {} : { oneOf }),
    ...(items === undefined ? {} : { items }),
  }
}

/** Every place that holds a value. */
export function leavesOf(shape: Shape, path: Path = []): Path[] {
  if (shape.kind === 'leaf') return [path]
  if (shape.kind === 'each') return leavesOf(shape.of, [...path, '*'])
  return [...shape.fields].flatMap(([name, field]) => leavesOf(field, [...path, name]))
}

/** The shape at a path; a value that is taken as it is has no further shape. */
export function shapeAt(shape: Shape, path: Path): Shape | undefined {
  const [head, ...rest] = path
  if (head === undefined) return shape
  if (shape.kind === 'each') return shapeAt(shape.of, rest)
  if (shape.kind === 'leaf') return shape.types.has('any') ? shape : undefined
  const field = shape.fields.get(head)
  return field && shapeAt(field, rest)
}

/** A path as it is typed; a dot inside a key is escaped. */
export function formatPath(path: Path): string {
  return path.map((key) => key.replaceAll('.', String.raw`\.`)).join('.')
}

/** The keys of a typed path: `a.b`, and `nodeSelector.kubernetes\.io/os` for a key with dots. */
export function parsePath(text: string): string[] {
  return text.split(/(?<!\\)\./).map((key) => key.replaceAll(String.raw`\.`, '.'))
}

function joinFields(one: { fields: ReadonlyMap<string, Shape> }, other: { fields: ReadonlyMap<string, Shape> }) {
  const fields = new Map(one.fields)
  for (const [name, field] of other.fields) {
    const mine = fields.get(name)
    fields.set(name, mine ? join(mine, field) : field)
  }
  return fields
}

function read(node: Node): Shape {
  const choices = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])].filter(isNode)
  if (choices.length > 0) return choices.map(read).reduce(join)
  if (node.properties !== undefined) return { kind: 'group', fields: readFields(node.properties) }
  if (isNode(node.additionalProperties)) return { kind: 'each', of: read(node.additionalProperties) }
  return readLeaf(node)
}

function readFields(properties: Record<string, unknown>): Map<string, Shape> {
  return new Map(Object.entries(properties).map(([name, field]) => [name, isNode(field) ? read(field) : ANY]))
}

function readLeaf(node: Node): Shape {
  const types = node.type === undefined ? typesOfValues(node) : [node.type].flat()
  const oneOf = (node.enum ?? (node.const === undefined ? [] : [node.const])).map(String)
  return {
    kind: 'leaf',
    types: new Set(types),
    secret: (node as { secret?: unknown }).secret === true,
    ...(oneOf.length > 0 ? { oneOf } : {}),
    ...(isNode(node.items) ? { items: read(node.items) } : {}),
  }
}

function typesOfValues(node: Node): string[] {
  const values = node.enum ?? (node.const === undefined ? [] : [node.const])
  return values.length > 0 ? values.map((value) => typeof value) : ['any']
}

const ANY: Shape = { kind: 'leaf', types: new Set(['any']), secret: false }

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
