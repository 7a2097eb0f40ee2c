import { seconds } from './ink.mts'
import { Narrator, type Look } from './narrator.mts'
import type { Renderer, Write } from './renderer.mts'

/** Off a terminal: a line at each change, and every `every` milliseconds a reminder of what is still waited for. */
export function plainRenderer(write: Write, { every, ...look }: Look & { every: number }): Renderer {
  const narrator = new Narrator({ ...look, steps: true })
  const timer = setInterval(() => remind(narrator, write), every)
  timer.unref()
  return {
    show: (event) => {
      // A line has just told: the next reminder is a whole interval away.
      timer.refresh()
      for (const line of narrator.linesFor(event)) write(line)
    },
    end: async () => {
      clearInterval(timer)
      for (const line of narrator.rest()) write(line)
    },
  }
}

function remind(narrator: Narrator, write: Write): void {
  const waiting = narrator.waiting.map(({ name, detail }) => `${name} (${detail})`)
  if (waiting.length > 0) write(`still waiting after ${seconds(narrator.elapsed())}: ${waiting.join(', ')}`)
}
