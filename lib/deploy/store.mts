import type { Noted, Snapshot } from '../health/health.mts'
import { keyOf, kindKey, refOf } from '../kube/object.mts'
import type { Kind, Live } from '../kube/object.mts'
import type { Event, Secret } from '../kube/schema/types.mts'

/** What one watch covers. */
export interface Place extends Kind {
  namespace: string
  fieldSelector?: string
}

/** What is known of the cluster at this moment, and who waits for more. */
export class Store {
  readonly #objects = new Map<string, Live>()
  readonly #events = new Map<string, Noted>()
  readonly #logs = new Map<string, readonly string[]>()
  readonly #clock: () => number
  #waiting: (() => void)[] = []
  #version = 0
  /** Milliseconds by which this clock seems to be ahead of the server's; answers that travel slowly only add to it. */
  #ahead = Infinity

  constructor(clock: () => number = () => Date.now()) {
    this.#clock = clock
  }

  get version(): number {
    return this.#version
  }

  /** A re-list replaces all that was known of its place. */
  sync(place: Place, items: readonly Live[]): void {
    const name = place.fieldSelector?.replace('metadata.name=', '')
    for (const [key, object] of this.#objects) {
      const here = kindKey(object) === kindKey(place) && object.metadata.namespace === place.namespace
      if (here && (name === undefined || object.metadata.name === name)) this.#objects.delete(key)
    }
    for (const item of items) this.#store(item)
    this.#wake()
  }

  put(object: Live): void {
    this.#store(object)
    this.#wake()
  }

  took(object: Live, at?: number): void {
    if (at !== undefined) this.#ahead = Math.min(this.#ahead, this.#clock() - at)
    this.put(object)
  }

  drop(object: Live): void {
    const known = this.#objects.get(keyOf(refOf(object)))
    if (known?.metadata.uid === object.metadata.uid) this.#objects.delete(keyOf(refOf(object)))
    this.#wake()
  }

  note(key: string, lines: readonly string[]): void {
    this.#logs.set(key, lines)
    this.#wake()
  }

  snapshot(): Snapshot {
    return {
      at: this.#clock() - (isSkewed(this.#ahead) ? this.#ahead : 0),
      objects: [...this.#objects.values()],
      events: [...this.#events.values()],
      logTails: new Map(this.#logs),
    }
  }

  async changed(version: number, ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (version !== this.#version) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    this.#waiting.push(resolve)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      this.#waiting = this.#waiting.filter((waiter) => waiter !== resolve)
    }
  }

  #store(object: Live): void {
    if (object.kind === 'Event') this.#events.set(object.metadata.uid, notedOf(object as Live<Event>))
    else if (this.#isNews(object))
      this.#objects.set(keyOf(refOf(object)), object.kind === 'Secret' ? withoutValues(object) : object)
  }

  /** An apply's answer and the watch race each other; resource versions of one object compare as numbers since 1.35 (KEP-5504). */
  #isNews(object: Live): boolean {
    const known = this.#objects.get(keyOf(refOf(object)))
    if (known === undefined || known.metadata.uid !== object.metadata.uid) return true
    return Number(object.metadata.resourceVersion) >= Number(known.metadata.resourceVersion)
  }

  #wake(): void {
    this.#version += 1
    for (const waiter of this.#waiting) waiter()
  }
}

/** The server's times are whole seconds, and an answer may take two more: only beyond that are the clocks apart. */
function isSkewed(ahead: number): boolean {
  return Number.isFinite(ahead) && (ahead < -500 || ahead > 3_000)
}

/** Judges need to know which keys there are, never what is in them (law 6). */
function withoutValues(object: Live): Live {
  const { apiVersion, kind, metadata, data } = object as Live<Secret>
  const keys = Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, '']))
  const { managedFields: _, ...rest } = metadata
  return { apiVersion, kind, metadata: rest, data: keys } as Live
}

/** Core and events.k8s.io share storage; `series` carries the count of repeats. */
function notedOf(event: Live<Event>): Noted {
  const { involvedObject, lastTimestamp, eventTime, firstTimestamp, series } = event
  const when =
    series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? event.metadata.creationTimestamp
  // The server writes null where it has no time.
  const began = firstTimestamp ?? eventTime ?? undefined
  return {
    uid: involvedObject.uid ?? '',
    kind: involvedObject.kind ?? '',
    name: involvedObject.name ?? '',
    namespace: involvedObject.namespace ?? '',
    type: event.type ?? '',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: series?.count ?? event.count ?? 1,
    at: when === undefined ? 0 : Date.parse(when),
    ...(began === undefined ? {} : { first: Date.parse(began) }),
  }
}
