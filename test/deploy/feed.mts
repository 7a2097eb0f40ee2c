import type { WatchEvent } from '../../lib/kube/cluster.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'

type Told = Exclude<WatchEvent<KubeObject>, { type: 'synced' }>

/** The events of one watch, in order, for one reader. */
export class Feed {
  readonly #wants: (object: Live) => boolean
  readonly #waiting: Told[] = []
  #wake: () => void = () => undefined
  #broken: Error | undefined

  constructor(wants: (object: Live) => boolean) {
    this.#wants = wants
  }

  tell(event: Told): void {
    if (!this.#wants(event.object)) return
    this.#waiting.push(structuredClone(event))
    this.#wake()
  }

  /** What cannot be healed. */
  break(error: Error): void {
    this.#broken = error
    this.#wake()
  }

  /** Ends with the signal, as a watch does. */
  async *events<T extends KubeObject>(signal: AbortSignal | undefined): AsyncIterable<WatchEvent<T>> {
    for (;;) {
      if (signal?.aborted === true) return
      if (this.#broken !== undefined) throw this.#broken
      const event = this.#waiting.shift()
      if (event !== undefined) {
        yield event as WatchEvent<T>
        continue
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      signal?.addEventListener('abort', () => resolve(), { once: true })
      await promise
    }
  }
}
