import type { KubeObject } from '../../kube/object.mts'
import { environmentSecret, fromEnvironment } from '../parts/secret.mts'
import { vaultAuth, vaultSecret } from '../parts/vault.mts'
import { SECRET, secretKeys } from './config.mts'
import type { Settings } from './settings.mts'

/** What fills the Secret: nothing where it is there, this run from variables `PYBASE_<KEY>`, or Vault. */
export function secretObjects({ settings }: { settings: Settings }): KubeObject[] {
  const { vault } = settings
  switch (settings.secrets) {
    case 'existing':
      return []
    case 'environment':
      return [
        environmentSecret(
          SECRET,
          Object.fromEntries(secretKeys(settings).map((key) => [key, fromEnvironment(`PYBASE_${key}`)])),
        ),
      ]
    case 'vault':
      return [
        vaultAuth({ name: 'pybase-auth', mount: vault.authMount, role: vault.role, audience: vault.audience }),
        vaultSecret({
          name: SECRET,
          auth: 'pybase-auth',
          mount: vault.mount,
          path: vault.path,
          refreshAfter: vault.refreshAfter,
          secret: SECRET,
        }),
      ]
  }
}
