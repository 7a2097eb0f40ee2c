import { OPERATOR } from '../../lib/rehearsal/server/identity.mts'
import { openWire } from '../corpus/wire.mts'
import type { Wire } from '../corpus/wire.mts'
import { temporaryFolder } from '../kube/kubeconfig.mts'
import { connectRehearsal } from './connected.mts'

/** Who may nothing: impersonated on a real server, known by a token on the rehearsal. */
const LIMITED = { token: 'limited', name: 'limited', rules: [] }

/** A rehearsal's API server that can be asked anything. */
export async function wireRehearsal(): Promise<Wire & AsyncDisposable> {
  const rehearsed = await connectRehearsal({ identities: [OPERATOR, LIMITED], scheme: 'http' })
  const folder = await temporaryFolder()
  const wire = openWire(await folder.write('config', rehearsed.server.kubeconfig), { limited: LIMITED.token })
  return {
    ...wire,
    [Symbol.asyncDispose]: async () => {
      wire[Symbol.dispose]()
      await rehearsed[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
