import type { Ora } from 'ora'
import { seconds } from './ink.mts'
import { Narrator, type Look } from './narrator.mts'
import type { Renderer, Write } from './renderer.mts'

interface Terminal extends Look {
  color: boolean
  stream: NodeJS.WriteStream
  /** Scrubs what the spinner shows, which does not pass `write`. */
  scrub: (text: string) => string
}

/** On a terminal: every result leaves a line, and one line below moves with what is under way. */
export function terminalRenderer(write: Write, terminal: Terminal): Renderer {
  const narrator = new Narrator({ ...terminal, steps: false })
  const spinner = new Spinner(narrator, terminal)
  return {
    show: (event) => {
      const lines = narrator.linesFor(event)
      // First, so that the moving line below the new ones is already the new one.
      spinner.turn()
      for (const line of lines) write(line)
    },
    end: async () => {
      await spinner.stop()
      for (const line of narrator.rest()) write(line)
    },
  }
}

/** ora, imported only where something is waited for. While it spins it moves out of the way of other lines by itself. */
class Spinner {
  readonly #narrator: Narrator
  readonly #terminal: Terminal
  #coming: Promise<void> | undefined
  #ora: Ora | undefined
  #ended = false

  constructor(narrator: Narrator, terminal: Terminal) {
    this.#narrator = narrator
    this.#terminal = terminal
  }

  turn(): void {
    if (this.#narrator.waiting.length === 0) {
      if (this.#ora?.isSpinning === true) this.#ora.stop()
      return
    }
    this.#coming ??= this.#fetch()
    if (this.#ora === undefined || this.#ended) return
    this.#ora.text = this.#text()
    this.#ora.start()
  }

  async stop(): Promise<void> {
    this.#ended = true
    await this.#coming
    if (this.#ora?.isSpinning === true) this.#ora.stop()
  }

  async #fetch(): Promise<void> {
    const { default: ora } = await import('ora')
    const { stream, color } = this.#terminal
    this.#ora = ora({
      stream,
      color: color ? 'cyan' : false,
      isEnabled: true,
      // Ctrl-C must reach us as a signal, so the terminal stays as it is.
      discardStdin: false,
      suffixText: () => seconds(this.#narrator.elapsed()),
    })
    this.turn()
  }

  /** The latest change and the names of the others, no wider than the terminal. */
  #text(): string {
    const waiting = [...this.#narrator.waiting]
    const latest = waiting.pop()
    if (latest === undefined) return ''
    const others = waiting.map(({ name }) => name)
    const also = others.length === 0 ? '' : `  (and ${others.join(', ')})`
    const text = this.#terminal.scrub(`${latest.name.padEnd(9)} ${latest.detail}${also}`)
    const room = Math.max(20, (this.#terminal.stream.columns ?? 80) - 14)
    return text.length > room ? `${text.slice(0, room - 1)}…` : text
  }
}
