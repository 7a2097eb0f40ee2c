import type { DeployError } from '../error.mts'
import type { Proven } from '../proof/spec.mts'

/** Where a run acts; the one line that is said before it does. */
export interface WhereView {
  stack: string
  context: string
  server: string
  user: string
  namespace: string
}

/** One field that a plan would change; `from` is left out where the field is new, `to` where it goes. */
export interface ChangeView {
  path: string
  from?: string
  to?: string
}

export interface ObjectView {
  /** As formatRef writes it: `deployment/reactbin/api`. */
  ref: string
  action: 'create' | 'update' | 'unchanged' | 'replace' | 'delete' | 'roll'
  changes: readonly ChangeView[]
  /** The server's Warning headers. */
  warnings: readonly string[]
}

/** What a deploy would do, as it is shown. */
export interface PlanView {
  objects: readonly ObjectView[]
  /** Milliseconds that planning took. */
  elapsed: number
  /** Number of the release that is live. */
  base?: number
}

/** One line of preflight. */
export interface Row {
  name: string
  state: 'ok' | 'warning' | 'blocking' | 'unknown'
  says: string
  next?: string
}

/** How a component stands; `since` is the elapsed time of the run in milliseconds. */
export interface ComponentView {
  state: 'ready' | 'progressing' | 'doomed'
  detail: string
  since: number
}

/** Requests to the health endpoint while the rollout ran. */
export interface TrafficView {
  asked: number
  failed: number
  /** The builds that answered, in order of first answer. */
  builds: readonly string[]
  says: string
}

/** A proven release; times in milliseconds. */
export interface ReleaseView {
  number: number
  elapsed: number
  slo: number
  /** What the clock had beside the SLO, because a first certificate had to be issued. */
  certificate?: number
  held: boolean
  shares: readonly { name: string; ms: number }[]
  requests: { reads: number; writes: number; dryRuns: number }
}

/** Where in a run a failure came. */
export interface FailureView {
  /** Milliseconds since the run's clock started. */
  elapsed?: number
  component?: string
}

/** Everything a run can say. A renderer that misses a kind does not compile. */
export type Event =
  | { kind: 'where'; where: WhereView }
  | { kind: 'plan'; plan: PlanView }
  | { kind: 'preflight'; rows: readonly Row[] }
  | { kind: 'component'; name: string; health: ComponentView }
  | { kind: 'note'; text: string }
  | { kind: 'traffic'; traffic: TrafficView }
  | { kind: 'proof'; proven: Proven }
  | { kind: 'release'; release: ReleaseView }
  | { kind: 'failure'; error: DeployError; extra: FailureView }

export type EventOf<K extends Event['kind']> = Extract<Event, { kind: K }>
