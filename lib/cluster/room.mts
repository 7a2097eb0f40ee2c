import { availableParallelism, totalmem } from 'node:os'

/** What a machine has: bytes and processors. */
export interface Machine {
  memory: number
  processors: number
}

/** What WrightNow wants of a machine that its whole cluster runs on. Makers count memory in powers of ten. */
const WANTED: Machine = { memory: 8e9, processors: 4 }

/** What this machine has less than WrightNow wants, in words; undefined where it has enough. */
export function shortOf({ memory, processors }: Machine): string | undefined {
  const short = [
    ...(memory < WANTED.memory ? [`${(memory / 1e9).toFixed(1)} GB of memory (8 are the least)`] : []),
    ...(processors < WANTED.processors ? [`${processors} processors (4 are the least)`] : []),
  ]
  return short.length === 0
    ? undefined
    : `warning: wrightnow is wanted here, and this machine has ${short.join(' and ')}`
}

export function thisMachine(): Machine {
  return { memory: totalmem(), processors: availableParallelism() }
}
