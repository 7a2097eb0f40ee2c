import type { Cluster, Permission } from '../../kube/cluster.mts'
import type { Checked } from '../preflight.mts'
import type { Row, Step } from '../types.mts'

/** What the user may not do but the deploy needs; one review for all of it. */
export async function permissionRows(cluster: Cluster, checked: Checked): Promise<Row[]> {
  const wanted = [...(await objectPermissions(cluster, checked)), ...ownPermissions(checked.desired.home)]
  const { missing, unknown } = await cluster.missingPermissions(wanted, { signal: checked.signal })
  if (missing.length > 0) return missing.map((permission) => missingRow(permission, cluster.where.user))
  if (unknown.length > 0)
    return [{ name: 'permissions', state: 'unknown', says: `cannot check: ${unknown.map(format).join(', ')}` }]
  return [{ name: 'permissions', state: 'ok', says: `${wanted.length} permissions held` }]
}

const VERBS: Readonly<Record<Exclude<Step['action'], 'unchanged'>, readonly string[]>> = {
  // An apply is a PATCH, which needs create as well where the object is missing.
  create: ['patch', 'create'],
  update: ['patch'],
  replace: ['patch', 'create', 'delete'],
  delete: ['delete'],
}

async function objectPermissions(cluster: Cluster, { written, signal }: Checked): Promise<Permission[]> {
  const found = await Promise.all(
    written.map(async ({ ref, action }) => {
      const named = await cluster.resourceOf(ref, { signal })
      if (named === undefined || action === 'unchanged') return []
      const at = ref.namespace === undefined ? {} : { namespace: ref.namespace }
      return VERBS[action].map((verb): Permission => ({ verb, ...named, ...at }))
    }),
  )
  return unique(found.flat())
}

/** For the lock, the record and the watches. */
function ownPermissions(namespace: string): Permission[] {
  const of = (group: string, resource: string, verbs: readonly string[], subresource?: string): Permission[] =>
    verbs.map((verb) => ({ verb, group, resource, namespace, ...(subresource === undefined ? {} : { subresource }) }))
  return [
    ...of('coordination.k8s.io', 'leases', ['get', 'create', 'update', 'watch', 'list']),
    ...of('', 'configmaps', ['get', 'list', 'create', 'delete']),
    ...of('', 'pods', ['list', 'watch', 'delete']),
    ...of('', 'pods', ['get'], 'log'),
    ...of('', 'events', ['list', 'watch']),
    ...of('apps', 'replicasets', ['list', 'watch']),
  ]
}

function unique(permissions: readonly Permission[]): Permission[] {
  return [...new Map(permissions.map((permission) => [format(permission), permission])).values()]
}

function format({ verb, group, resource, subresource, namespace }: Permission): string {
  const path = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`
  return `${verb} ${path}${namespace === undefined ? '' : ` in ${namespace}`}`
}

function missingRow(permission: Permission, user: string): Row {
  const { verb, resource, namespace } = permission
  return {
    name: 'permissions',
    state: 'blocking',
    code: 'forbidden',
    says: `Cannot deploy as ${user}: no permission to ${format(permission)}`,
    next: `kubectl auth can-i ${verb} ${resource}${namespace === undefined ? '' : ` -n ${namespace}`}; ask the cluster's administrator for it`,
  }
}
