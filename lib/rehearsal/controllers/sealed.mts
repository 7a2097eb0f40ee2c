import type { KubeObject, Ref } from '../../kube/object.mts'
import type { Secret } from '../../kube/schema/types.mts'
import { stamp } from './naming.mts'
import { isLeaving, ownerOf } from './owning.mts'
import { at, itself, KINDS, reconcile, type Controller, type World } from './world.mts'

interface SealedSecret extends KubeObject {
  spec: { encryptedData: Readonly<Record<string, string>>; template?: { type?: string } }
  status?: object
}

/** The Sealed Secrets controller: makes the Secret of the same name, with values of its own under the same keys. */
export const startSealed: Controller = (world) =>
  reconcile(world, {
    watches: [{ kind: KINDS.SealedSecret, concerns: itself }],
    sync: (ref) => unseal(world, ref),
    delay: world.stage.delays.vault,
  })

function unseal({ store, time }: World, ref: Ref): undefined {
  const live = store.get<SealedSecret>(ref)
  if (live === undefined || isLeaving(live)) return
  const { name, namespace = '' } = live.metadata
  const keys = Object.keys(live.spec.encryptedData)
  const known = store.get<Secret>(at(KINDS.Secret, namespace, name))
  const data = Object.fromEntries(keys.map((key) => [key, Buffer.from(`unsealed-${key}`).toString('base64')]))
  store.put<Secret>({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...known?.metadata, name, namespace, ownerReferences: [ownerOf(live)] },
    type: live.spec.template?.type ?? 'Opaque',
    data,
  })
  const condition = { type: 'Synced', status: 'True', lastTransitionTime: stamp(time.now()) }
  store.put({ ...live, status: { observedGeneration: live.metadata.generation ?? 1, conditions: [condition] } })
}
