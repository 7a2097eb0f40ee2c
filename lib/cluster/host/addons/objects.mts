/** An object of an add-on; the API server's strict validation is what checks its fields. */
export interface AddonObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Place & { readonly annotations?: Record<string, string>; readonly labels?: Record<string, string> }
  readonly [field: string]: unknown
}

interface Place {
  readonly name: string
  readonly namespace?: string
}

/** A name in a namespace. */
export interface Placed {
  readonly name: string
  readonly namespace: string
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** A service account that may do this in all namespaces. */
export function account({ name, namespace }: Placed, rules: readonly Rule[]): AddonObject[] {
  const rbac = 'rbac.authorization.k8s.io'
  const role = `landfall-${name}`
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: role }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: role },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ]
}

/** One pod, replaced rather than doubled: two of them could not hold the same ports. */
export function deployment(at: Placed, spec: Readonly<Record<string, unknown>>): AddonObject {
  const labels = { app: at.name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: at,
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { priorityClassName: 'system-cluster-critical', ...spec } },
    },
  }
}

export function namespace(name: string): AddonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}
