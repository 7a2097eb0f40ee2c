import type { Live } from '../kube/object.mts'
import { complaintOf, unsaidOf, unwell, type Auth, type StaticSecret } from './complaint.mts'
import { currentOf, type Judge, type Snapshot } from './health.mts'
import { isLeaving, objectAt } from './owner.mts'
import { progressing, ready } from './say.mts'
import { conditionOf, count, keysIn, text } from './seen.mts'
import { counted } from './words.mts'

/** Ready when the operator found it valid; whether Vault takes the role shows only when a secret is read with it. */
export const judgeVaultAuth: Judge = (subject, snapshot) => {
  const live = currentOf<Auth>(subject, snapshot)
  if (isLeaving(live)) return progressing('being deleted')
  if (live.status?.valid === true) return ready('valid')
  return unwell(live, complaintOf(live, snapshot, subject.since), { snapshot, since: subject.since })
}

/**
 * Ready when the operator says so of this generation. `Ready` exists since operator 1.3, `Healthy` since 1.0; before,
 * `secretMAC` is the only sign. `SecretSynced` stays False after a passing outage (VSO#1225) and `lastGeneration` is
 * also set by a failed sync: neither is asked. Otherwise the root is the VaultAuth, where that one is not valid.
 */
export const judgeStaticSecret: Judge = (subject, snapshot) => {
  const { since } = subject
  const live = currentOf<StaticSecret>(subject, snapshot)
  if (isLeaving(live)) return progressing('being deleted')
  const complaint = complaintOf(live, snapshot, since)
  const made = destinationOf(live, snapshot)
  // The operator leaves its earlier success in place when it finds the Secret to be somebody else's (VSO#337).
  const isDisowned = /not the owner/i.test(complaint?.words ?? '')
  if (isSynced(live, made !== undefined) && !isDisowned) return ready(made === undefined ? 'synced' : keysOf(made))
  const auth = authOf(live, snapshot)
  const root = auth === undefined ? undefined : judgeVaultAuth({ object: auth, since }, snapshot)
  if (root?.state === 'doomed') return root
  if (root?.state === 'progressing' && root.trouble !== undefined) {
    return progressing('waiting for the VaultAuth', root.trouble)
  }
  return unwell(live, complaint ?? unsaidOf(live, made !== undefined, snapshot.at, since), { snapshot, since, auth })
}

function isSynced(live: Live<StaticSecret>, isMade: boolean): boolean {
  const { metadata, spec, status } = live
  const generation = count(metadata.generation)
  if (count(status?.lastGeneration) < generation) return false
  const told = conditionOf(live, 'Ready') ?? conditionOf(live, 'Healthy')
  if (told !== undefined) return told.status === 'True' && (told.observedGeneration ?? generation) >= generation
  return text(status?.secretMAC) !== '' || (spec?.hmacSecretData === false && isMade)
}

function authOf(live: Live<StaticSecret>, snapshot: Snapshot): Live<Auth> | undefined {
  const [first = '', second] = text(live.spec?.vaultAuthRef).split('/')
  const kind = 'secrets.hashicorp.com/VaultAuth'
  const { namespace } = live.metadata
  return objectAt(
    snapshot,
    second === undefined ? { kind, namespace, name: first } : { kind, namespace: first, name: second },
  )
}

function destinationOf({ metadata, spec }: Live<StaticSecret>, snapshot: Snapshot): Live | undefined {
  return objectAt(snapshot, { kind: '/Secret', namespace: metadata.namespace, name: spec?.destination?.name })
}

// `_raw` is the operator's own copy of the whole.
function keysOf(secret: Live): string {
  return counted([...keysIn(secret)].filter((key) => key !== '_raw').length, 'key')
}
