import { host, isHostCluster } from './host/host.mts'
import { engineAnswers, kind } from './kind.mts'
import type { Provider } from './provider.mts'

/** The provider that was asked for; otherwise the one that has this cluster, kind where an engine answers, or the host. */
export async function chooseProvider(asked: Provider['name'] | undefined, name: string): Promise<Provider> {
  if (asked !== undefined) return asked === 'kind' ? kind : host
  if (isHostCluster(name)) return host
  return (await engineAnswers()) ? kind : host
}
