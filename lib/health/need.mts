import type { Health, Snapshot } from './health.mts'
import { objectAt } from './owner.mts'
import { awaited } from './producer.mts'
import { progressing, ready } from './say.mts'
import { keysIn } from './seen.mts'

/** A Secret and the keys that pods read from it. */
export interface Need {
  namespace: string
  name: string
  keys: readonly string[]
}

/**
 * Whether pods may start (RB-11): the Secret is in the snapshot with every key that they read. Until then its
 * producer's verdict is the answer; a key that a finished producer did not bring is named.
 */
export function judgeNeed(need: Need, snapshot: Snapshot): Health {
  const secret = objectAt(snapshot, { kind: '/Secret', namespace: need.namespace, name: need.name })
  const keys = keysIn(secret)
  const missing = need.keys.filter((key) => !keys.has(key))
  if (secret !== undefined && missing.length === 0) return ready(`${need.keys.length} keys`)
  if (secret !== undefined) return progressing(`waiting for ${missing.join(', ')} in Secret ${need.name}`)
  const lack = awaited(
    `secret "${need.name}" not found`,
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: '', namespace: need.namespace } },
    snapshot,
  )
  const isOpen = lack?.state === 'produced' && lack.health.state !== 'ready'
  return isOpen ? lack.health : progressing(`waiting for Secret ${need.name}`)
}
