import type { Event } from './event.mts'
import type { Renderer, Write } from './renderer.mts'

/** What an event says to a machine. A kind without an entry does not compile. */
const BODIES: { [K in Event['kind']]: (event: Extract<Event, { kind: K }>) => object } = {
  where: ({ where }) => where,
  plan: ({ plan }) => plan,
  preflight: ({ rows }) => ({ rows }),
  component: ({ name, health }) => ({ name, ...health }),
  note: ({ text }) => ({ text }),
  traffic: ({ traffic }) => traffic,
  proof: ({ proven }) => proven,
  release: ({ release }) => release,
  failure: ({ error, extra }) => ({
    code: error.code,
    exit: error.exit,
    says: error.message,
    evidence: error.evidence,
    next: error.next,
    ...extra,
  }),
}

/** An event without its wrapping, as JSON lines and the final document hold it. */
export function bodyOf<K extends Event['kind']>(event: Extract<Event, { kind: K }>): object {
  const body = BODIES[event.kind] as (event: Extract<Event, { kind: K }>) => object
  // Numbers are counts and milliseconds: fractions of them say nothing.
  const text = JSON.stringify(body(event), (_, value: unknown) =>
    typeof value === 'number' ? Math.round(value) : value,
  )
  return JSON.parse(text) as object
}

/** One JSON object a line; a component only where it changed. */
export function jsonRenderer(write: Write, now: () => Date): Renderer {
  const last = new Map<string, string>()
  return {
    show: (event) => {
      if (event.kind === 'component') {
        const state = `${event.health.state} ${event.health.detail}`
        if (last.get(event.name) === state) return
        last.set(event.name, state)
      }
      write(JSON.stringify({ at: now().toISOString(), event: event.kind, ...bodyOf(event) }))
    },
    end: async () => undefined,
  }
}
