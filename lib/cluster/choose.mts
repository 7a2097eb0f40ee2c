import { host, isHostCluster } from './host/host.mts'
import { engineAnswers, kind } from './kind.mts'
import type { Provider } from './provider.mts'
import { isRehearsal, rehearsal } from './rehearsal/rehearsal.mts'

const PROVIDERS = { kind, host, rehearsal } as const satisfies Record<Provider['name'], Provider>

/** The provider that was asked for; otherwise the one that has this cluster, kind where an engine answers, or the host. */
export async function chooseProvider(asked: Provider['name'] | undefined, name: string): Promise<Provider> {
  if (asked !== undefined) return PROVIDERS[asked]
  if (isHostCluster(name)) return host
  if (isRehearsal(name)) return rehearsal
  return (await engineAnswers()) ? kind : host
}
