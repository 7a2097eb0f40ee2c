import type { KubeObject } from './object.mts'

interface Misnamed {
  path: string
  says: string
}

// RBAC's names are path segments: `system:auth-delegator` is one.
const FREE_NAMES = new Set(['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'])

// DNS labels rather than whole names (RFC 1123; a Service's may not begin with a digit before 1.34).
const SHORT_NAMES = new Set(['Namespace', 'Service'])

/** Names, labels and annotation keys that no server takes. */
export function namingErrors(object: KubeObject): Misnamed[] {
  const { name, namespace, labels = {}, annotations = {} } = object.metadata ?? {}
  return [
    ...nameErrors(object.kind, name),
    ...(namespace === undefined || isLabelName(namespace) ? [] : [wrong('metadata.namespace', namespace, 'namespace')]),
    ...Object.keys(labels).flatMap((key) => keyErrors('metadata.labels', key)),
    ...Object.keys(annotations).flatMap((key) => keyErrors('metadata.annotations', key)),
    ...Object.entries(labels).flatMap(([key, value]) => valueErrors(`metadata.labels.${key}`, value)),
  ]
}

function nameErrors(kind: string, name: unknown): Misnamed[] {
  if (typeof name !== 'string' || name === '') return [{ path: 'metadata.name', says: 'is required' }]
  if (FREE_NAMES.has(kind)) return /^\.{1,2}$|[/%]/.test(name) ? [wrong('metadata.name', name, 'name')] : []
  const fits = SHORT_NAMES.has(kind) ? isLabelName(name) : name.length <= 253 && name.split('.').every(isLabelPart)
  return fits ? [] : [wrong('metadata.name', name, 'name')]
}

function keyErrors(path: string, key: string): Misnamed[] {
  const [prefix, name] = key.includes('/')
    ? [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)]
    : ['', key]
  const fits = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name)
  const belongs = !key.includes('/') || (prefix.length <= 253 && prefix.split('.').every(isLabelPart))
  return fits && belongs ? [] : [wrong(path, key, 'key')]
}

function valueErrors(path: string, value: unknown): Misnamed[] {
  const fits = typeof value === 'string' && /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(value)
  return fits || typeof value !== 'string' ? [] : [wrong(path, value, 'label value')]
}

function isLabelName(name: string): boolean {
  return name.length <= 63 && isLabelPart(name)
}

function isLabelPart(part: string): boolean {
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part)
}

function wrong(path: string, word: string, what: string): Misnamed {
  return { path, says: `"${word}" is no ${what} that Kubernetes takes` }
}
