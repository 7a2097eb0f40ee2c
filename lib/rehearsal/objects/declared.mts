import type { SchemaNode } from '../../kube/schema/schema.mts'
import { below, isMap, itemsOf } from '../apply/node.mts'
import { notSupported, requiredField } from './problems.mts'
import type { Problem } from './problems.mts'

/** What the schema's own words refuse: a required field that is missing, a value that is not in the list. */
export function declaredProblems(value: unknown, node: SchemaNode, kind: string, field = ''): Problem[] {
  if (!isMap(value) && OWN_WORDS[kind]?.test(field) === true) return []
  if (Array.isArray(value))
    return value.flatMap((item, place) => declaredProblems(item, itemsOf(node), kind, `${field}[${place}]`))
  if (!isMap(value)) return wordProblems(value, node, field)
  const missing = (node.required ?? []).filter(
    (key) => value[key] === undefined && OWN_WORDS[kind]?.test(at(field, key)) !== true,
  )
  return [
    ...missing.map((key) => requiredField(at(field, key))),
    ...Object.entries(value).flatMap(([key, child]) =>
      // No write validates what controllers said.
      field === '' && (key === 'status' || key === 'metadata')
        ? []
        : declaredProblems(child, below(node, key) ?? {}, kind, at(field, key)),
    ),
  ]
}

/** What each kind says in words of its own. */
const OWN_WORDS: Readonly<Record<string, RegExp>> = {
  Deployment: /^spec\.(template|strategy\.type)$/,
  DaemonSet: /^spec\.(template|updateStrategy\.type)$/,
  StatefulSet: /^spec\.(template|podManagementPolicy)$/,
  HorizontalPodAutoscaler: /^spec\.scaleTargetRef(\.|$)/,
  Ingress: /\.pathType$/,
  NetworkPolicy: /^spec\.policyTypes\[/,
  Role: /\.verbs$/,
  ClusterRole: /\.verbs$/,
}

function wordProblems(value: unknown, node: SchemaNode, field: string): Problem[] {
  if (node.enum === undefined || typeof value !== 'string' || node.enum.includes(value)) return []
  return [notSupported(field, value, node.enum)]
}

function at(field: string, key: string): string {
  return field === '' ? key : `${field}.${key}`
}
