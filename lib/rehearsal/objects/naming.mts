import type { KubeObject } from '../../kube/object.mts'
import { invalidValue, requiredField } from './problems.mts'
import type { Problem } from './problems.mts'

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const NAME_PART =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

const PART = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const IS_LABEL = new RegExp(`^${PART}$`)
const IS_SUBDOMAIN = new RegExp(`^${PART}(\\.${PART})*$`)
const IS_NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const IS_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

// RBAC's names are path segments.
const FREE = new Set(['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'])
const LABEL_NAMED = new Set(['Namespace'])

const DNS_1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

/** What the server says of an object's name, labels and annotations. */
export function nameProblems(object: KubeObject): Problem[] {
  const { name, labels = {}, annotations = {} } = object.metadata
  return [
    ...objectName(object.kind, name),
    ...labelProblems(labels, 'metadata.labels'),
    ...Object.keys(annotations).flatMap((key) => keyProblem('metadata.annotations', key.toLowerCase(), key)),
  ]
}

/** What the server says of a host's name. */
export function subdomainProblems(name: string, field: string): Problem[] {
  return IS_SUBDOMAIN.test(name.replace(/^\*\./, '')) ? [] : [invalidValue(field, name, SUBDOMAIN)]
}

/** What the server says of a name that is one label. */
export function labelNameProblems(name: string, field: string): Problem[] {
  return IS_LABEL.test(name) ? [] : [invalidValue(field, name, LABEL)]
}

/** What the server says of a map of labels. */
export function labelProblems(labels: Readonly<Record<string, unknown>>, field: string): Problem[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...keyProblem(field, key, key),
    ...valueProblems(field, String(value)),
  ])
}

function objectName(kind: string, name: string): Problem[] {
  if (name === '') return [requiredField('metadata.name', 'name or generateName is required')]
  if (FREE.has(kind))
    return /^\.{1,2}$|[/%]/.test(name) ? [invalidValue('metadata.name', name, "may not contain '/'")] : []
  const [form, words, length] =
    kind === 'Service'
      ? ([/^[a-z]([-a-z0-9]*[a-z0-9])?$/, DNS_1035, 63] as const)
      : LABEL_NAMED.has(kind)
        ? ([IS_LABEL, LABEL, 63] as const)
        : ([IS_SUBDOMAIN, SUBDOMAIN, 253] as const)
  const long =
    name.length > length ? [invalidValue('metadata.name', name, `must be no more than ${length} characters`)] : []
  return form.test(name) ? long : [...long, invalidValue('metadata.name', name, words)]
}

function keyProblem(field: string, key: string, said: string): Problem[] {
  const parts = key.split('/')
  if (parts.length > 2) {
    const words = `a valid label key ${NAME_PART} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`
    return [invalidValue(field, said, words)]
  }
  const name = parts.at(-1) ?? ''
  const prefix = parts.length === 2 ? parts[0] : undefined
  const fits = prefix === undefined || IS_SUBDOMAIN.test(prefix)
  return [
    ...(fits ? [] : [invalidValue(field, said, `prefix part ${SUBDOMAIN}`)]),
    ...(name.length > 63 ? [invalidValue(field, said, 'name part must be no more than 63 characters')] : []),
    ...(IS_NAME_PART.test(name) ? [] : [invalidValue(field, said, `name part ${NAME_PART}`)]),
  ]
}

function valueProblems(field: string, value: string): Problem[] {
  return [
    ...(value.length > 63 ? [invalidValue(field, value, 'must be no more than 63 characters')] : []),
    ...(IS_VALUE.test(value) ? [] : [invalidValue(field, value, VALUE)]),
  ]
}
