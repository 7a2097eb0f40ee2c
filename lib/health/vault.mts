import { kindKey, refOf, type Live } from '../kube/object.mts'
import type { VaultAuth, VaultStaticSecret } from '../kube/custom.mts'
import { causeOf, ruleFor, VAULT } from './cause.mts'
import { eventsOf, warningsOf } from './event.mts'
import { currentOf, type Cause, type Health, type Judge, type Snapshot } from './health.mts'
import { isLeaving } from './owner.mts'
import { doomed, progressing, ready } from './say.mts'
import { conditionOf, count, text, turnedAt, type Condition, type Seen } from './seen.mts'
import { counted, oneLine } from './words.mts'

type Auth = Seen<VaultAuth>
type StaticSecret = Seen<VaultStaticSecret>

/** Milliseconds after which an operator that has said nothing at all is asked for. */
const SILENT = 15_000

/** Ready when the operator found it valid; whether Vault takes the role shows only when a secret is read with it. */
export const judgeVaultAuth: Judge = (subject, snapshot) => {
  const live = currentOf<VaultAuth>(subject, snapshot) as Live<Auth>
  if (isLeaving(live)) return progressing('being deleted')
  if (live.status?.valid === true) return ready('valid')
  return unwell(live, complaintOf(live, snapshot, subject.since, text(live.status?.error)), snapshot, subject.since)
}

/**
 * Ready when the operator says so of this generation. `Ready` exists since operator 1.3, `Healthy` since 1.0; before,
 * `secretMAC` is the only sign. `SecretSynced` stays False after a passing outage (VSO#1225) and `lastGeneration` is
 * also set by a failed sync: neither is asked. Otherwise the root is the VaultAuth, where that one is not valid.
 */
export const judgeStaticSecret: Judge = (subject, snapshot) => {
  const live = currentOf<VaultStaticSecret>(subject, snapshot) as Live<StaticSecret>
  if (isLeaving(live)) return progressing('being deleted')
  const complaint = complaintOf(live, snapshot, subject.since, '')
  const made = destinationOf(live, snapshot)
  const isDisowned = complaint !== undefined && /not the owner/i.test(complaint.words)
  if (isSynced(live, made !== undefined) && !isDisowned)
    return ready(made === undefined ? 'synced' : counted(keysOf(made), 'key'))
  const auth = authOf(live, snapshot)
  const root = auth === undefined ? undefined : judgeVaultAuth({ object: auth, since: subject.since }, snapshot)
  if (root?.state === 'doomed') return root
  if (root?.state === 'progressing' && root.trouble !== undefined)
    return progressing('waiting for the VaultAuth', root.trouble)
  return unwell(live, complaint ?? unmakeable(live, made, snapshot, subject.since), snapshot, subject.since, auth)
}

function isSynced(live: Live<StaticSecret>, isMade: boolean): boolean {
  const { metadata, spec, status } = live
  const generation = count(metadata.generation)
  if (count(status?.lastGeneration) < generation) return false
  const told = ['Ready', 'Healthy'].map((type) => conditionOf(live, type)).find((condition) => condition !== undefined)
  if (told !== undefined) return told.status === 'True' && (told.observedGeneration ?? generation) >= generation
  return text(status?.secretMAC) !== '' || (spec?.hmacSecretData === false && isMade)
}

interface Complaint {
  words: string
  from: number
}

/** The newest of what the operator finds wrong: its own condition, its status, or an event (some errors are only events). */
function complaintOf(live: Live, snapshot: Snapshot, since: number, error: string): Complaint | undefined {
  const untrue = ['Ready', 'Healthy']
    .map((type) => conditionOf(live, type))
    .find((condition) => condition?.status === 'False')
  const event = eventsOf(snapshot, live)[0]
  const isWarning = event?.type === 'Warning' && event.at >= since
  if (isWarning) return { words: oneLine(event.message), from: Math.max(event.first ?? event.at, since) }
  if (error !== '') return { words: oneLine(error), from: since }
  return untrue === undefined ? undefined : conditionComplaint(untrue, snapshot)
}

function conditionComplaint(condition: Condition, snapshot: Snapshot): Complaint {
  const words = oneLine(text(condition.message)) || text(condition.reason)
  return { words, from: turnedAt(condition) ?? snapshot.at }
}

/** What the operator never says: that it may not make the Secret, or that there is no operator. */
function unmakeable(
  live: Live<StaticSecret>,
  made: Live | undefined,
  snapshot: Snapshot,
  since: number,
): Complaint | undefined {
  const name = text(live.spec?.destination?.name)
  if (live.spec?.destination?.create !== true && made === undefined) {
    return { words: `Secret ${name} is not there and destination.create is not set`, from: since }
  }
  const isSilent = live.status === undefined && snapshot.at - since >= SILENT
  return isSilent ? { words: 'the Vault Secrets Operator has said nothing of it so far', from: since } : undefined
}

function unwell(
  live: Live,
  complaint: Complaint | undefined,
  snapshot: Snapshot,
  since: number,
  auth?: Live<Auth>,
): Health {
  const step = live.kind === 'VaultAuth' ? 'waiting for the Vault operator' : 'waiting for Vault'
  if (complaint === undefined) return progressing(step)
  const rule = ruleFor(VAULT, { words: complaint.words })
  if (rule === undefined) return progressing(step)
  const isSilence = complaint.words.startsWith('the Vault Secrets Operator')
  const cause = causeFor(isSilence ? { ...rule, next: 'vaultOperator' } : rule, live, complaint, snapshot, auth)
  const waited = snapshot.at - Math.max(complaint.from, since)
  const isOver = rule.patience !== 'heals' && ('exits' in rule.patience || waited >= rule.patience.seconds * 1000)
  return isOver ? doomed(cause) : progressing(step, cause)
}

function causeFor(
  rule: Parameters<typeof causeOf>[0],
  live: Live,
  complaint: Complaint,
  snapshot: Snapshot,
  auth?: Live<Auth>,
): Cause {
  const { spec } = live as Live<StaticSecret>
  const role = text((auth ?? (live as Live<Auth>)).spec?.kubernetes?.role)
  const wanted = {
    vaultRole: role === '' ? undefined : `role ${role}`,
    vaultPath: pathOf(spec),
    ownership: text(spec?.destination?.name),
  }
  const facts = {
    namespace: live.metadata.namespace ?? '',
    at: refOf(live),
    wanted: wanted[rule.next as keyof typeof wanted],
  }
  const what =
    live.kind === 'VaultAuth'
      ? `log in to Vault with VaultAuth ${live.metadata.name}${role === '' ? '' : ` (role ${role})`}`
      : `sync ${pathOf(spec) ?? live.metadata.name} from Vault`
  return causeOf(rule, facts, `Cannot ${what}: ${complaint.words}`, warningsOf(snapshot, live))
}

function pathOf(spec: StaticSecret['spec']): string | undefined {
  const path = text(spec?.path)
  return path === '' ? undefined : `${text(spec?.mount)}/${path}`
}

function authOf(live: Live<StaticSecret>, snapshot: Snapshot): Live<Auth> | undefined {
  const [first = '', second] = text(live.spec?.vaultAuthRef).split('/')
  const [namespace, name] = second === undefined ? [live.metadata.namespace, first] : [first, second]
  return snapshot.objects.find(
    (object) =>
      kindKey(object) === 'secrets.hashicorp.com/VaultAuth' &&
      object.metadata.name === name &&
      object.metadata.namespace === namespace,
  ) as Live<Auth> | undefined
}

function destinationOf(live: Live<StaticSecret>, snapshot: Snapshot): Live | undefined {
  return snapshot.objects.find(
    (object) =>
      kindKey(object) === '/Secret' &&
      object.metadata.name === live.spec?.destination?.name &&
      object.metadata.namespace === live.metadata.namespace,
  )
}

// `_raw` is the operator's own copy of the whole.
function keysOf(secret: Live): number {
  const { data } = secret as { data?: object | null }
  return Object.keys(data ?? {}).filter((key) => key !== '_raw').length
}
