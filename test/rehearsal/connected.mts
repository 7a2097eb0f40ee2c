import { connect } from '../../lib/kube/connect.mts'
import type { Connection } from '../../lib/kube/connect.mts'
import { realTime } from '../../lib/rehearsal/stage/time.mts'
import { MemoryStore } from '../../lib/rehearsal/memory.mts'
import { openRehearsalServer } from '../../lib/rehearsal/server.mts'
import type { RehearsalServer, RehearsalServerOptions } from '../../lib/rehearsal/server.mts'
import type { Store } from '../../lib/rehearsal/store.mts'
import { temporaryFolder } from '../kube/kubeconfig.mts'

/** A rehearsal's API server without controllers, and a client of it. */
export interface Rehearsed extends AsyncDisposable {
  cluster: Connection
  server: RehearsalServer
  store: Store
}

export async function connectRehearsal(options: Partial<RehearsalServerOptions> = {}): Promise<Rehearsed> {
  const time = realTime()
  const store = options.store ?? new MemoryStore(time)
  const server = await openRehearsalServer({ time, logs: () => undefined, proxy: () => undefined, ...options, store })
  const folder = await temporaryFolder()
  const kubeconfig = await folder.write('config', server.kubeconfig)
  const cluster = await connect({ kubeconfig, signal: new AbortController().signal, env: {} })
  return {
    cluster,
    server,
    store,
    [Symbol.asyncDispose]: async () => {
      await cluster[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
