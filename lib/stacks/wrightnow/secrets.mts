import type { KubeObject } from '../../kube/object.mts'
import { environmentSecret, fromEnvironment } from '../parts/secret.mts'
import { vaultAuth, vaultSecret } from '../parts/vault.mts'
import type { Settings } from './settings.mts'

/** The two Secrets and what each must hold. */
export const SECRETS = {
  'postgres-secrets': ['POSTGRES_DB', 'POSTGRES_USER', 'POSTGRES_PASSWORD'],
  'authentik-secrets': [
    'AUTHENTIK_SECRET_KEY',
    'AUTHENTIK_POSTGRESQL__NAME',
    'AUTHENTIK_POSTGRESQL__USER',
    'AUTHENTIK_POSTGRESQL__PASSWORD',
  ],
} as const

/** How authentik's database reads the three of its Secret that it shares with authentik. */
export const AUTHENTIK_DATABASE = {
  database: 'AUTHENTIK_POSTGRESQL__NAME',
  user: 'AUTHENTIK_POSTGRESQL__USER',
  password: 'AUTHENTIK_POSTGRESQL__PASSWORD',
} as const

/** What makes the Secrets: nothing where an operator has, else their environment or the Vault operator. */
export function wrightnowSecrets({ secrets, vault }: Settings): KubeObject[] {
  const { authMount, audience, role, mount, path } = vault
  switch (secrets) {
    case 'existing':
      return []
    case 'environment':
      return Object.entries(SECRETS).map(([name, keys]) =>
        environmentSecret(name, Object.fromEntries(keys.map((key) => [key, fromEnvironment(key)]))),
      )
    case 'vault':
      return [
        vaultAuth({ name: 'wrightnow-auth', mount: authMount, role, audience }),
        ...vaultPaths(path).map((copy) => vaultSecret({ auth: 'wrightnow-auth', mount, refreshAfter: '1h', ...copy })),
      ]
  }
}

/** Where in Vault each Secret lies. */
export function vaultPaths(path: string): { name: string; path: string; secret: keyof typeof SECRETS }[] {
  return [
    { name: 'postgres-secret', path: `${path}/postgres`, secret: 'postgres-secrets' },
    { name: 'authentik-secret', path: `${path}/authentik`, secret: 'authentik-secrets' },
  ]
}
