/** What becomes of one request. */
export type Fault =
  | { do: 'pass' }
  /** Answered with a Status instead of being done. */
  | { do: 'refuse'; status: number; reason?: string; message?: string; retryAfterSeconds?: number }
  /** The connection breaks and nothing was done. */
  | { do: 'stop-before' }
  /** It is done, and the connection breaks before the answer. */
  | { do: 'cut-after' }
  /** It is done after so many real milliseconds. */
  | { do: 'delay'; milliseconds: number }
  /** It is done, and the answer is no JSON. */
  | { do: 'garbage' }
  /** The asker is killed: when it comes in and nothing was done, or once it was done and nothing was answered. */
  | { do: 'die'; when: 'before' | 'after'; kill: () => void }
  | WatchFault

/** What becomes of a watch, after so many events. */
export type WatchFault =
  | { do: 'pass' }
  /** The stream stays open and says nothing more. */
  | { do: 'silent'; after: number }
  /** The connection breaks. */
  | { do: 'drop'; after: number }
  /** Every event comes twice. */
  | { do: 'repeat'; after: number }
  /** The asked version is too old (410). */
  | { do: 'expire' }

/** A request as the faults see it. */
export interface Faced {
  /** From 1, in the order in which they came in. */
  number: number
  method: string
  /** With its query. */
  path: string
  /** Whom its token names. */
  user: string
}

export type Faults = (faced: Faced) => Fault

const PASS: Fault = { do: 'pass' }

export const NO_FAULTS: Faults = () => PASS

/** The fault for one request by its number; every later one passes. */
export function atRequest(number: number, fault: Fault): Faults {
  return (faced) => (faced.number === number ? fault : PASS)
}

/** From this request on: what a process that was killed there leaves behind. */
export function fromRequest(number: number, fault: Fault): Faults {
  return (faced) => (faced.number >= number ? fault : PASS)
}

/** The fault for the first `times` requests whose `METHOD /path?query` matches. */
export function whereMatches(pattern: RegExp, fault: Fault, times = Infinity): Faults {
  let left = times
  return ({ method, path }) => {
    if (left <= 0 || !pattern.test(`${method} ${path}`)) return PASS
    left -= 1
    return fault
  }
}

/** The first of several that does not let a request pass. */
export function anyOf(...faults: readonly Faults[]): Faults {
  return (faced) => faults.map((decide) => decide(faced)).find((fault) => fault.do !== 'pass') ?? PASS
}

/** Breaks about one request in `every`, by a seed: the same seed breaks the same requests. */
export function bySeed(seed: number, every: number): Faults {
  const random = randomOf(seed)
  return ({ path }) => {
    if (random() >= 1 / every) return PASS
    const choices = /[?&]watch=true/.test(path) ? WATCH_CHOICES : CHOICES
    return choices[Math.floor(random() * choices.length)] ?? PASS
  }
}

const CHOICES: readonly Fault[] = [
  { do: 'refuse', status: 429, reason: 'TooManyRequests', retryAfterSeconds: 0 },
  { do: 'refuse', status: 500, reason: 'InternalError' },
  { do: 'refuse', status: 503, reason: 'ServiceUnavailable' },
  { do: 'refuse', status: 504, reason: 'Timeout' },
  { do: 'stop-before' },
  { do: 'cut-after' },
  { do: 'delay', milliseconds: 50 },
]

const WATCH_CHOICES: readonly Fault[] = [
  { do: 'drop', after: 1 },
  { do: 'drop', after: 0 },
  { do: 'repeat', after: 0 },
  { do: 'expire' },
  { do: 'refuse', status: 500, reason: 'InternalError' },
]

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
