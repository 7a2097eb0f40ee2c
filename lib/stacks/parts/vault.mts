import type { VaultAuth, VaultStaticSecret } from '../../kube/custom.mts'

export interface VaultLogin {
  name: string
  /** Where Vault's Kubernetes method is mounted. */
  mount: string
  role: string
  audience: string
  /** In the home namespace; Vault's role is bound to it. */
  serviceAccount?: string
}

/** How the Vault operator logs in on behalf of this namespace. */
export function vaultAuth({ name, mount, role, audience, serviceAccount = 'default' }: VaultLogin): VaultAuth {
  return {
    apiVersion: 'secrets.hashicorp.com/v1beta1',
    kind: 'VaultAuth',
    metadata: { name },
    spec: { method: 'kubernetes', mount, kubernetes: { role, serviceAccount, audiences: [audience] } },
  }
}

export interface VaultCopy {
  name: string
  /** A VaultAuth. */
  auth: string
  /** Where Vault's kv-v2 engine is mounted. */
  mount: string
  path: string
  /** How often the operator looks for new values: 30s, 1h. */
  refreshAfter: string
  /** The Secret that it makes; every key of the path becomes a key of it. */
  secret: string
}

/** One path of Vault, copied into one Secret by the Vault operator. */
export function vaultSecret({ name, auth, mount, path, refreshAfter, secret }: VaultCopy): VaultStaticSecret {
  return {
    apiVersion: 'secrets.hashicorp.com/v1beta1',
    kind: 'VaultStaticSecret',
    metadata: { name },
    spec: {
      vaultAuthRef: auth,
      mount,
      type: 'kv-v2',
      path,
      refreshAfter,
      destination: { name: secret, create: true },
    },
  }
}
