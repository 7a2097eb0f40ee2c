/** The laptop's wall clock, which can be set: `Date` of this process, until it is disposed of. */
export interface JumpingClock extends Disposable {
  /** By so many milliseconds, forward or back. */
  jump: (ms: number) => void
}

export function jumpingClock(): JumpingClock {
  const Real = globalThis.Date
  let offset = 0
  globalThis.Date = class extends Real {
    constructor(...given: [] | [number | string | Date]) {
      super(...((given.length === 0 ? [Real.now() + offset] : given) as [number]))
    }

    static override now(): number {
      return Real.now() + offset
    }
  } as DateConstructor
  return {
    jump: (ms) => {
      offset += ms
    },
    [Symbol.dispose]: () => {
      globalThis.Date = Real
    },
  }
}
