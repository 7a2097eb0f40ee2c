import type { KubeObject } from '../../kube/object.mts'
import { role, roleBinding, serviceAccount } from '../parts/accounts.mts'
import type { Identity } from '../parts/pod.mts'
import { CONFIG } from './config.mts'
import { platformOf } from './platforms.mts'
import type { Settings } from './settings.mts'

/** Each of the four has a ServiceAccount of its own, called as it is. */
export type App = 'api' | 'extraction-worker' | 'search-worker' | 'frontend'

// These two read and write files; only they get the cloud's identity.
const STORES: readonly App[] = ['api', 'extraction-worker']

/** The account's name; no pod mounts its token. */
export function accountOf(app: App): Identity {
  return { name: accountName(app) }
}

/**
 * Four ServiceAccounts, one Role, two bindings. The Role lets the API and the workers read their own ConfigMap, so that
 * a build that watches its configuration needs no more than this; Secrets come as variables, and nothing may be listed
 * or written. The frontend serves files and is bound to nothing.
 */
export function access({ settings, namespace }: { settings: Settings; namespace: string }): KubeObject[] {
  const bound = (name: string, ...apps: App[]) =>
    roleBinding(name, { role: 'pybase-config', accounts: apps.map(accountName), namespace })
  const reader = role('pybase-config', [
    { apiGroups: [''], resources: ['configmaps'], resourceNames: [CONFIG], verbs: ['get', 'watch'] },
  ])
  const accounts: App[] = ['api', 'extraction-worker', 'search-worker', 'frontend']
  return [
    ...accounts.map((app) => serviceAccount(accountName(app), identityOf(settings, app))),
    described(reader, "A build may re-read its own configuration; it needs nothing else of the cluster's API."),
    described(bound('pybase-api', 'api'), 'The API reads its configuration.'),
    described(bound('pybase-workers', 'extraction-worker', 'search-worker'), 'So do the workers.'),
  ]
}

/** Labels of pods whose identity the platform's webhook looks for. */
export function identityLabels(settings: Settings, app: App): Readonly<Record<string, string>> {
  const { identity } = platformOf(settings.platform)
  return hasIdentity(settings, app) ? (identity?.podLabels ?? {}) : {}
}

function accountName(app: App): string {
  return `pybase-${app}`
}

function identityOf(settings: Settings, app: App): Record<string, string> {
  const annotation = platformOf(settings.platform).identity?.annotation
  const { identity } = settings.serviceAccount
  if (annotation === undefined || identity === undefined || !hasIdentity(settings, app)) return {}
  return { [annotation]: identity }
}

function hasIdentity({ serviceAccount: { identity } }: Settings, app: App): boolean {
  return identity !== undefined && STORES.includes(app)
}

function described<T extends KubeObject>(object: T, reason: string): T {
  const annotations = { ...object.metadata.annotations, 'kubernetes.io/description': reason }
  return { ...object, metadata: { ...object.metadata, annotations } }
}
