import type { KubeObject } from '../kube/object.mts'
import type { Noted, Snapshot } from './health.mts'
import { oneLine } from './words.mts'

// Said of every healthy pod too, or only an echo of what a status says better.
const BORING = /^(Started|Created|SuccessfulCreate|SuccessfulDelete|Scheduled|Pulling|Pulled|BackOff|Killing)$/

/** What was said of this object, newest first. */
export function eventsOf(snapshot: Snapshot, object: KubeObject): Noted[] {
  const { uid } = object.metadata
  const own = snapshot.events.filter((event) => event.uid !== '' && event.uid === uid)
  return own.toSorted((a, b) => b.at - a.at)
}

/** Its newest warnings, as lines of evidence. */
export function warningsOf(snapshot: Snapshot, object: KubeObject, most = 3): string[] {
  const warnings = eventsOf(snapshot, object).filter((event) => event.type === 'Warning' && !BORING.test(event.reason))
  return warnings.slice(0, most).map((event) => formatEvent(event))
}

/** The newest event of this object with such a reason, not older than `since`. */
export function saidOf(snapshot: Snapshot, object: KubeObject, reason: RegExp, since = 0): Noted | undefined {
  return eventsOf(snapshot, object).find((event) => reason.test(event.reason) && event.at >= since)
}

/** For how many milliseconds something has been said. */
export function saidFor(event: Noted, at: number): number {
  return at - (event.first ?? event.at)
}

export function formatEvent(event: Noted): string {
  const times = event.count > 1 ? ` (×${event.count})` : ''
  return `${event.type} ${event.reason}${times} ${event.kind.toLowerCase()}/${event.name}: ${oneLine(event.message)}`
}
