import type { Proven } from '../proof/spec.mts'
import type { Event, EventOf } from './event.mts'
import type { Ink } from './ink.mts'
import {
  componentLine,
  failureLines,
  oneLine,
  planLines,
  preflightLines,
  proofLines,
  releaseLines,
  trafficLine,
  whereLine,
  worthRepeating,
} from './lines.mts'

/** A component that is not done, as the moving line and the reminder show it. */
export interface Waiting {
  name: string
  detail: string
}

/** How lines look, and what they count time by. */
export interface Look {
  ink: Ink
  /** Milliseconds of a monotonic clock. */
  now: () => number
  /** Also how each proof that passed is repeated. */
  verbose?: boolean
}

/**
 * Turns events into the lines that stay, and knows what is still under way. Proofs are held back until something else is
 * said, so that those that passed share a line; so is what doomed a component, which the failure then says in full.
 */
export class Narrator {
  readonly #ink: Ink
  readonly #now: () => number
  readonly #steps: boolean
  readonly #verbose: boolean
  readonly #waiting = new Map<string, Waiting>()
  readonly #doomed = new Map<string, EventOf<'component'>>()
  readonly #last = new Map<string, string>()
  #proofs: Proven[] = []
  #began: number
  #clocked = false

  // A kind of event without an entry does not compile.
  readonly #told: { [K in Exclude<Event['kind'], 'proof'>]: (event: EventOf<K>) => string[] } = {
    where: ({ where }) => [whereLine(where, this.#ink)],
    plan: ({ plan }) => planLines(plan, this.#ink),
    preflight: ({ rows }) => preflightLines(rows, this.#ink),
    component: (event) => this.#component(event),
    note: ({ text }) => [oneLine(text)],
    traffic: ({ traffic }) => [trafficLine(traffic, this.#ink)],
    release: ({ release }) => releaseLines(release, this.#ink),
    failure: (event) => this.#failure(event),
  }

  /** `steps`: also a line for each change of a component that is under way, where no moving line shows it. */
  constructor({ ink, now, steps, verbose = false }: Look & { steps: boolean }) {
    this.#ink = ink
    this.#now = now
    this.#steps = steps
    this.#verbose = verbose
    this.#began = now()
  }

  /** Milliseconds since the run's clock started, or since the first event where it did not. */
  elapsed(): number {
    return this.#now() - this.#began
  }

  /** What is under way, the latest change last. */
  get waiting(): readonly Waiting[] {
    return [...this.#waiting.values()]
  }

  /** The lines that an event leaves, with those that were held back before it. */
  linesFor(event: Event): string[] {
    if (event.kind === 'proof') {
      this.#proofs.push(event.proven)
      return []
    }
    const told = this.#told[event.kind] as (event: Event) => string[]
    return [...this.#heldProofs(), ...told(event)]
  }

  /** What is still held back at the end. */
  rest(): string[] {
    return [...this.#heldProofs(), ...this.#heldDoomed()]
  }

  #failure(event: EventOf<'failure'>): string[] {
    this.#waiting.clear()
    this.#doomed.delete(event.extra.component ?? '')
    const elapsed = event.extra.elapsed ?? (this.#clocked ? this.elapsed() : undefined)
    const extra = elapsed === undefined ? event.extra : { ...event.extra, elapsed }
    return [...this.#heldDoomed(), ...failureLines({ ...event, extra }, this.#ink)]
  }

  #component(event: EventOf<'component'>): string[] {
    const { name, health } = event
    this.#began = this.#now() - health.since
    this.#clocked = true
    const detail = oneLine(health.detail)
    const state = `${health.state} ${detail}`
    const changed = this.#last.get(name) !== state
    this.#last.set(name, state)
    if (!changed) return []
    this.#waiting.delete(name)
    this.#doomed.delete(name)
    if (health.state === 'progressing') this.#waiting.set(name, { name, detail })
    if (health.state === 'doomed') this.#doomed.set(name, event)
    return health.state === 'ready' || (health.state === 'progressing' && this.#steps)
      ? [componentLine(event, this.#ink)]
      : []
  }

  #heldProofs(): string[] {
    const proofs = this.#proofs
    this.#proofs = []
    if (proofs.length === 0) return []
    const repeated = this.#verbose ? proofs : worthRepeating(proofs)
    return proofLines(proofs, { elapsed: this.elapsed(), ink: this.#ink, repeated })
  }

  #heldDoomed(): string[] {
    const doomed = [...this.#doomed.values()]
    this.#doomed.clear()
    return doomed.map((event) => componentLine(event, this.#ink))
  }
}
