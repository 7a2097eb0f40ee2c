import type { Cluster, Permission } from '../../kube/cluster.mts'
import type { Row } from '../types.mts'
import type { TeardownPlan } from './types.mts'
import { allOf } from './types.mts'

/** Whether this user may delete and watch all that is to go; one review, before anything is deleted. */
export async function permissionRows(cluster: Cluster, plan: TeardownPlan, signal: AbortSignal): Promise<Row[]> {
  const wanted = new Map<string, Permission>()
  for (const { apiVersion, kind, metadata } of allOf(plan)) {
    const named = await cluster.resourceOf({ apiVersion, kind }, { signal })
    if (named === undefined) continue
    const at = metadata.namespace === undefined ? {} : { namespace: metadata.namespace }
    for (const verb of ['delete', 'watch'])
      wanted.set(`${verb} ${named.resource} ${named.group} ${metadata.namespace ?? ''}`, { verb, ...named, ...at })
  }
  if (wanted.size === 0) return []
  const { missing } = await cluster.missingPermissions([...wanted.values()], { signal })
  return missing.map((permission) => missingRow(permission, cluster.where.user))
}

function missingRow({ verb, resource, namespace }: Permission, user: string): Row {
  const at = namespace === undefined ? '' : ` in ${namespace}`
  return {
    name: 'permissions',
    state: 'blocking',
    code: 'forbidden',
    says: `Cannot tear down as ${user}: no permission to ${verb} ${resource}${at}`,
    next: `kubectl auth can-i ${verb} ${resource}${namespace === undefined ? '' : ` -n ${namespace}`}; ask the cluster's administrator for it`,
  }
}
