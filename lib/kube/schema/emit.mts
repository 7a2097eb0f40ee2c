import { referenced } from './schema.mts'
import type { Schema, SchemaNode } from './schema.mts'

/** TypeScript interfaces in wire names; being plain, they refuse unknown fields. */
export function emitTypes(schema: Schema): string {
  const kinds = new Map(Object.entries(schema.kinds).map(([key, name]) => [name, key]))
  const parts = Object.entries(schema.definitions)
    .filter(([name]) => !META.has(name))
    .map(([name, definition]) => emitDefinition(name, definition, kinds.get(name)))
  return [
    `// Made by \`npm run schema\` from the OpenAPI of Kubernetes ${schema.kubernetes}; do not edit.`,
    "import type { ObjectMeta } from '../object.mts'\n",
    ...parts,
    '',
  ].join('\n')
}

/** schema.json: a line a field, so that a new Kubernetes shows as a readable diff. */
export function emitJson(schema: Schema): string {
  const definitions = Object.entries(schema.definitions).map(([name, definition]) => {
    const { properties, ...rest } = definition
    if (properties === undefined) return `${JSON.stringify(name)}: ${JSON.stringify(rest)}`
    const lines = Object.entries(properties).map(([field, child]) => `${JSON.stringify(field)}: ${JSON.stringify(child)}`)
    const head = JSON.stringify(rest).slice(0, -1)
    return `${JSON.stringify(name)}: ${head},"properties": {\n  ${lines.join(',\n  ')}\n}}`
  })
  const head = `"kubernetes": ${JSON.stringify(schema.kubernetes)},\n"kinds": ${JSON.stringify(schema.kinds, null, 1)}`
  return `{\n${head},\n"definitions": {\n${definitions.join(',\n')}\n}}\n`
}

// Owned by ../object.mts, which every object shares.
const META = new Set(['ObjectMeta', 'ManagedFieldsEntry', 'OwnerReference'])

function emitDefinition(name: string, definition: SchemaNode, kind: string | undefined): string {
  if (definition.properties === undefined) return `export type ${name} = ${typeOf(definition)}\n`
  const fields = Object.entries(definition.properties).map(([field, child]) => {
    const optional = definition.required?.includes(field) === true ? '' : '?'
    return `  ${fieldOf(field, optional, child, kind)}`
  })
  return [`export interface ${name} {`, ...fields, '}\n'].join('\n')
}

function fieldOf(field: string, optional: string, child: SchemaNode, kind: string | undefined): string {
  const slash = kind?.lastIndexOf('/') ?? 0
  if (kind !== undefined && field === 'apiVersion') return `apiVersion: ${literal(kind.slice(0, slash))}`
  if (kind !== undefined && field === 'kind') return `kind: ${literal(kind.slice(slash + 1))}`
  if (kind !== undefined && field === 'metadata') return 'metadata: ObjectMeta'
  return `${/^\w+$/.test(field) ? field : literal(field)}${optional}: ${typeOf(child)}`
}

function typeOf(node: SchemaNode): string {
  if (node.$ref !== undefined) return named(referenced(node.$ref))
  if (node.oneOf !== undefined) return [...new Set(node.oneOf.map(typeOf))].sort().join(' | ')
  if (node.enum !== undefined) return node.enum.map(literal).join(' | ')
  if (node.items !== undefined) return listOf(typeOf(node.items))
  if (typeof node.additionalProperties === 'object') return `Record<string, ${typeOf(node.additionalProperties)}>`
  if (node.type === 'object') return 'Record<string, unknown>'
  if (node.type === 'integer' || node.type === 'number') return 'number'
  return node.type === 'string' || node.type === 'boolean' ? node.type : 'unknown'
}

// A pod template's metadata has no name of its own.
function named(name: string): string {
  return name === 'ObjectMeta' ? 'Partial<ObjectMeta>' : name
}

function listOf(item: string): string {
  return item.includes(' | ') ? `(${item})[]` : `${item}[]`
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
