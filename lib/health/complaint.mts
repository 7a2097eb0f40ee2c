import type { VaultAuth, VaultStaticSecret } from '../kube/custom.mts'
import { refOf, type Live } from '../kube/object.mts'
import { causeOf, isCertain, ruleFor, VAULT, type Rule } from './cause.mts'
import { eventsOf, warningsOf } from './event.mts'
import type { Cause, Health, Snapshot } from './health.mts'
import { doomed, progressing } from './say.mts'
import { conditionOf, text, turnedAt, type Seen } from './seen.mts'
import { oneLine } from './words.mts'

export type Auth = Seen<VaultAuth>
export type StaticSecret = Seen<VaultStaticSecret>

/** What is wrong with a Vault resource, and since when. */
export interface Complaint {
  words: string
  /** Milliseconds since the epoch. */
  from: number
  /** What to do, where the words do not tell. */
  next?: Rule['next']
}

/** Milliseconds after which an operator that has said nothing at all is asked for. */
const SILENT = 15_000

/** The newest of what the operator finds wrong: an event (some errors are only events), its status, or a condition. */
export function complaintOf(live: Live, snapshot: Snapshot, since: number): Complaint | undefined {
  const [event] = eventsOf(snapshot, live)
  if (event?.type === 'Warning' && event.at >= since) return { words: event.message, from: event.first ?? event.at }
  const error = text((live as Live<Auth>).status?.error)
  if (error !== '') return { words: error, from: since }
  const untrue = ['Ready', 'Healthy'].map((type) => conditionOf(live, type)).find((found) => found?.status === 'False')
  if (untrue === undefined) return undefined
  return { words: text(untrue.message) || text(untrue.reason), from: turnedAt(untrue) ?? snapshot.at }
}

/** What the operator never says: that it may not make the Secret, or that there is no operator. */
export function unsaidOf(live: Live<StaticSecret>, isMade: boolean, at: number, since: number): Complaint | undefined {
  const { destination } = live.spec ?? {}
  if (destination?.create !== true && !isMade) {
    return { words: `Secret ${text(destination?.name)} is not there and destination.create is not set`, from: since }
  }
  if (live.status !== undefined || at - since < SILENT) return undefined
  return { words: 'the Vault Secrets Operator has said nothing of it so far', from: since, next: 'vaultOperator' }
}

/** A Vault resource that is not ready: certain where Vault itself said no, and said so again. */
export function unwell(
  live: Live,
  complaint: Complaint | undefined,
  seen: { snapshot: Snapshot; since: number; auth?: Live<Auth> | undefined },
): Health {
  const { snapshot, since, auth } = seen
  const step = live.kind === 'VaultAuth' ? 'waiting for the Vault operator' : 'waiting for Vault'
  if (complaint === undefined) return progressing(step)
  const words = oneLine(complaint.words)
  const rule = ruleFor(VAULT, { words })
  if (rule === undefined) return progressing(step)
  const next = complaint.next ?? rule.next
  const facts = { namespace: live.metadata.namespace ?? '', at: refOf(live), wanted: wantedFor(next, live, auth) }
  const says = `Cannot ${attempt(live)}: ${words}`
  const cause: Cause = causeOf({ ...rule, next }, facts, says, warningsOf(snapshot, live))
  const ms = snapshot.at - Math.max(complaint.from, since)
  return isCertain(rule.patience, { ms }) ? doomed(cause) : progressing(step, cause)
}

function attempt(live: Live): string {
  if (live.kind !== 'VaultAuth') return `sync ${pathOf(live) || live.metadata.name} from Vault`
  const role = roleOf(live)
  return `log in to Vault with VaultAuth ${live.metadata.name}${role === '' ? '' : ` (role ${role})`}`
}

function wantedFor(next: Rule['next'], live: Live, auth: Live<Auth> | undefined): string | undefined {
  const { spec } = live as Live<StaticSecret>
  const role = roleOf(auth ?? live)
  if (next === 'vaultRole') return role === '' ? undefined : `role ${role}`
  if (next === 'vaultPath') return pathOf(live) || undefined
  return next === 'ownership' ? text(spec?.destination?.name) : undefined
}

function roleOf(live: Live): string {
  return text((live as Live<Auth>).spec?.kubernetes?.role)
}

function pathOf(live: Live): string {
  const { spec } = live as Live<StaticSecret>
  return text(spec?.path) === '' ? '' : `${text(spec?.mount)}/${text(spec?.path)}`
}
