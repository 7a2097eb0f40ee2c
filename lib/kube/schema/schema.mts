/** One node of the trimmed schema: JSON Schema draft 7 with Kubernetes' own words for lists and maps. */
export interface SchemaNode {
  $ref?: string
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  format?: string
  enum?: readonly string[]
  default?: string
  required?: readonly string[]
  properties?: Readonly<Record<string, SchemaNode>>
  additionalProperties?: SchemaNode | false
  items?: SchemaNode
  oneOf?: readonly SchemaNode[]
  'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set'
  'x-kubernetes-list-map-keys'?: readonly string[]
  'x-kubernetes-map-type'?: 'atomic' | 'granular'
  'x-kubernetes-patch-strategy'?: string
  'x-kubernetes-patch-merge-key'?: string
}

/** schema.json: the kinds by `apiVersion/kind`, and the definitions they use. */
export interface Schema {
  /** The server's version that it was taken from. */
  kubernetes: string
  /** `apps/v1/Deployment` to the name of its definition. */
  kinds: Readonly<Record<string, string>>
  definitions: Readonly<Record<string, SchemaNode>>
}

/** The definition's name that a `$ref` points to. */
export function referenced(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1)
}
