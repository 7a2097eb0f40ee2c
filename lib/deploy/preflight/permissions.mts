import type { Cluster, Permission } from '../../kube/cluster.mts'
import type { Checked } from '../preflight.mts'
import type { Row, Step } from '../types.mts'

/** What the user may not do but the deploy needs, and what it would only see less without; one review for all of it. */
export async function permissionRows(cluster: Cluster, checked: Checked): Promise<Row[]> {
  const { home } = checked.desired
  const needed = unique([
    ...(await objectPermissions(cluster, checked)),
    ...ownPermissions(home),
    ...unsticking(checked),
  ])
  const helpful = seeing(home)
  const { missing, unknown } = await cluster.missingPermissions([...needed, ...helpful], { signal: checked.signal })
  const lacking = missing.filter((permission) => needed.includes(permission))
  if (lacking.length > 0) return lacking.map((permission) => missingRow(permission, cluster.where.user))
  const blind = missing.filter((permission) => !needed.includes(permission))
  return [heldRow(needed.length, unknown), ...blind.map(blindRow)]
}

function heldRow(count: number, unknown: readonly Permission[]): Row {
  if (unknown.length === 0) return { name: 'permissions', state: 'ok', says: `${count} permissions held` }
  return { name: 'permissions', state: 'unknown', says: `cannot check: ${unknown.map(format).join(', ')}` }
}

function blindRow(permission: Permission): Row {
  const says = `no permission to ${format(permission)}: a failure would say less`
  return { name: 'permissions', state: 'warning', says }
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
  return found.flat()
}

/** For the lock, the record and the watches. */
function ownPermissions(namespace: string): Permission[] {
  return [
    ...permissions({ group: 'coordination.k8s.io', resource: 'leases', namespace }, [
      'get',
      'create',
      'update',
      'watch',
      'list',
    ]),
    ...permissions({ group: '', resource: 'configmaps', namespace }, ['get', 'list', 'create', 'delete']),
    ...permissions({ group: '', resource: 'pods', namespace }, ['list', 'watch']),
  ]
}

/** A stuck pod of a StatefulSet is deleted, so that the next revision gets its turn. */
function unsticking({ written, desired }: Checked): Permission[] {
  const ordered = written.some(({ ref, action }) => ref.kind === 'StatefulSet' && action === 'update')
  return ordered ? permissions({ group: '', resource: 'pods', namespace: desired.home }, ['delete']) : []
}

function seeing(namespace: string): Permission[] {
  return [
    ...permissions({ group: '', resource: 'pods', subresource: 'log', namespace }, ['get']),
    ...permissions({ group: '', resource: 'events', namespace }, ['list', 'watch']),
    ...permissions({ group: 'apps', resource: 'replicasets', namespace }, ['list', 'watch']),
  ]
}

function permissions(on: Omit<Permission, 'verb'>, verbs: readonly string[]): Permission[] {
  return verbs.map((verb) => ({ verb, ...on }))
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
