import { DeployError } from '../../error.mts'
import type { KubeObject } from '../../kube/object.mts'
import { environmentSecret, fromEnvironment } from '../parts/secret.mts'
import { vaultAuth, vaultSecret } from '../parts/vault.mts'
import type { SecretNeed } from '../stack.mts'
import { manifestsOf } from '../yaml/manifest.mts'
import { API_ENV, markedForAll, WORKER_ENV, type Yab } from './names.mts'
import type { Settings } from './settings.mts'
import { certificateOf, sitesIn } from './switches.mts'

const KEYS = ['DATABASE_URL', 'REDIS_URL']
const LOGIN = 'yab-auth'

/** The Secrets that programs read, each by the component it is named after. */
function envsIn({ api, worker }: Settings): string[] {
  return [...(api.enabled || worker.enabled ? [API_ENV] : []), ...(worker.enabled ? [WORKER_ENV] : [])]
}

/** What somebody outside has to provide. */
export function secretsNeeded({ settings, namespace }: Pick<Yab, 'settings' | 'namespace'>): SecretNeed[] {
  const certificates = settings.tls.from === 'existing' ? sitesIn(settings).map(certificateOf) : []
  return [
    ...envsIn(settings).map((name) => ({ namespace, name, keys: KEYS })),
    ...certificates.map((name) => ({ namespace, name, keys: ['tls.crt', 'tls.key'] })),
  ]
}

/** What fills them: Vault's operator, sealed files, the variables of this run, or nothing here. */
export function secretObjects(context: Yab): KubeObject[] {
  const { settings } = context
  const names = envsIn(settings)
  switch (settings.secrets) {
    case 'existing':
      return []
    case 'environment':
      return markedForAll(
        'secrets',
        names.map((name) => environmentSecret(name, fromVariables(name))),
      )
    case 'sealed':
      return settings.sealedSecrets.flatMap((path) => sealedIn(path, context.file(path)))
    case 'vault':
      return names.length === 0 ? [] : markedForAll('secrets', fromVault(settings, names))
  }
}

// YAB_API_DATABASE_URL: a laptop has other variables of the same name.
function fromVariables(name: string) {
  const component = name.replace(/-env$/, '').toUpperCase()
  return Object.fromEntries(KEYS.map((key) => [key, fromEnvironment(`YAB_${component}_${key}`)]))
}

function fromVault({ vault }: Settings, names: readonly string[]): KubeObject[] {
  const { authMount, mount, role, audience, refreshAfter } = vault
  const pathOf = (name: string) => (name === API_ENV ? vault.apiPath : vault.workerPath)
  return [
    vaultAuth({ name: LOGIN, mount: authMount, role, audience }),
    ...names.map((name) => vaultSecret({ name, auth: LOGIN, mount, path: pathOf(name), refreshAfter, secret: name })),
  ]
}

/** The SealedSecrets of a file; anything else in it may be a secret that nobody sealed. */
function sealedIn(name: string, text: string): KubeObject[] {
  return manifestsOf([{ name, text }]).map(({ at, object }) => {
    if (object.kind === 'SealedSecret') return object
    throw new DeployError({
      code: 'bad-manifest',
      says: `Cannot use ${at}: it is a ${object.kind}, not a SealedSecret`,
      next: `kubeseal --format yaml < SECRET > ${name}`,
    })
  })
}
