import type { Event } from './event.mts'

/** A line of bytes to one stream; the newline is added. */
export type Write = (line: string) => void

/** One way to show a run. */
export interface Renderer {
  show(event: Event): void
  /** Stops what moves, writes what was held back. */
  end(): Promise<void>
}
