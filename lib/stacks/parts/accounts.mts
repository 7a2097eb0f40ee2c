import type { PolicyRule, Role, RoleBinding, ServiceAccount } from '../../kube/schema/types.mts'

const GROUP = 'rbac.authorization.k8s.io'

/** An identity of its own for one component. No pod gets its token unless the pod asks: most apps never talk to the API. */
export function serviceAccount(name: string, annotations: Readonly<Record<string, string>> = {}): ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, annotations: { ...annotations } },
    automountServiceAccountToken: false,
  }
}

/** What may be done in one namespace. */
export function role(name: string, rules: readonly PolicyRule[]): Role {
  return { apiVersion: `${GROUP}/v1`, kind: 'Role', metadata: { name }, rules: [...rules] }
}

/** Gives a Role to ServiceAccounts of a namespace. */
export function roleBinding(
  name: string,
  { role: roleName, accounts, namespace }: { role: string; accounts: readonly string[]; namespace: string },
): RoleBinding {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: GROUP, kind: 'Role', name: roleName },
    subjects: accounts.map((account) => ({ kind: 'ServiceAccount', name: account, namespace })),
  }
}
