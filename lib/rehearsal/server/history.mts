import { keyOf, kindKey, refOf } from '../../kube/object.mts'
import type { Kind, Live } from '../../kube/object.mts'
import { SERVED } from '../objects/served.mts'
import type { Store } from '../store.mts'

/** One change, and what stood there before: a selector may match the one and not the other. */
export interface Change {
  version: number
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: Live
  before: Live | undefined
}

/** Changes that are remembered for watches that come late; older ones answer 410. */
const WINDOW = 5_000

/** An object as it stands, and its JSON as an item of a list; written once, however often it is listed. */
export class Held {
  readonly object: Live
  #text: string | undefined

  constructor(object: Live) {
    this.object = object
  }

  get text(): string {
    this.#text ??= itemText(this.object)
    return this.#text
  }
}

/** Items of a list do not tell their kind. */
function itemText({ apiVersion: _apiVersion, kind: _kind, ...object }: Live): string {
  return JSON.stringify(object)
}

/** The last changes of the store, what it holds after them, and whoever waits for the next. */
export class History implements Disposable {
  readonly #latest = new Map<string, Map<string, Held>>()
  readonly #log: Change[] = []
  readonly #listeners = new Map<string, Set<(change: Change) => void>>()
  readonly #stop: () => void
  #forgotten: number

  constructor(store: Store) {
    this.#forgotten = Number(store.version)
    for (const served of SERVED)
      for (const object of store.list(served)) this.#heldOf(served).set(keyOf(refOf(object)), new Held(object))
    this.#stop = store.listen(({ type, object }) => this.#note(type, object))
  }

  [Symbol.dispose](): void {
    this.#stop()
  }

  /** Every object of the kind; of one namespace where one is given. */
  held(kind: Kind, namespace: string | undefined): Held[] {
    const all = [...this.#heldOf(kind).values()]
    return namespace === undefined ? all : all.filter(({ object }) => object.metadata.namespace === namespace)
  }

  /** Every change of the kind after this version; `gone` where that is further back than is remembered. */
  since(kind: Kind, version: number): Change[] | 'gone' {
    if (version < this.#forgotten) return 'gone'
    const key = kindKey(kind)
    return this.#log.filter((change) => change.version > version && kindKey(change.object) === key)
  }

  listen(kind: Kind, hear: (change: Change) => void): () => void {
    const key = kindKey(kind)
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners)
    listeners.add(hear)
    return () => listeners.delete(hear)
  }

  /** Forgets everything up to now: watches that come with an older version start over. */
  forget(): void {
    this.#forgotten = this.#log.at(-1)?.version ?? this.#forgotten
    this.#log.length = 0
  }

  #heldOf(kind: Kind): Map<string, Held> {
    const key = kindKey(kind)
    const found = this.#latest.get(key) ?? new Map<string, Held>()
    this.#latest.set(key, found)
    return found
  }

  #note(type: Change['type'], object: Live): void {
    const key = keyOf(refOf(object))
    const held = this.#heldOf(object)
    const change = { version: Number(object.metadata.resourceVersion), type, object, before: held.get(key)?.object }
    if (type === 'DELETED') held.delete(key)
    else held.set(key, new Held(object))
    this.#log.push(change)
    if (this.#log.length > WINDOW) this.#forgotten = this.#log.shift()?.version ?? this.#forgotten
    for (const hear of this.#listeners.get(kindKey(object)) ?? []) hear(change)
  }
}
