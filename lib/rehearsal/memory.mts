import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { keyOf, kindKey, refOf } from '../kube/object.mts'
import type { Kind, KubeObject, Live, Ref } from '../kube/object.mts'
import { frozen } from './copy.mts'
import type { Store, Stored, Time } from './store.mts'

/** Versions begin here, so that `1` is an old one in a young cluster too. */
const FIRST = 1_000

/** A `Store` in memory. What goes in is copied, and what comes out cannot be changed: who wants it otherwise puts another. */
export class MemoryStore implements Store {
  readonly #time: Time
  readonly #kinds = new Map<string, Map<string, Live>>()
  readonly #listeners = new Set<(change: Stored) => void>()
  readonly #untold: Stored[] = []
  #version = FIRST

  constructor(time: Time) {
    this.#time = time
  }

  get version(): string {
    return String(this.#version)
  }

  get<T extends KubeObject>(ref: Ref): Live<T> | undefined {
    return this.#kinds.get(kindKey(ref))?.get(keyOf(ref)) as Live<T> | undefined
  }

  list<T extends KubeObject>(kind: Kind, namespace?: string, where?: (stored: Live<T>) => boolean): Live<T>[] {
    const wanted: Live<T>[] = []
    for (const object of this.#kinds.get(kindKey(kind))?.values() ?? []) {
      if (namespace !== undefined && object.metadata.namespace !== namespace) continue
      if (where === undefined || where(object as Live<T>)) wanted.push(object as Live<T>)
    }
    return wanted
  }

  put<T extends KubeObject>(object: T): Live<T> {
    const before = this.#kinds.get(kindKey(object))?.get(keyOf(refOf(object)))
    const wanted = frozen(before === undefined ? this.#born(object) : withIdentity(object, before))
    if (before !== undefined && isDeepStrictEqual(wanted, before)) return before as Live<T>
    const made = this.#versioned(wanted)
    const bucket = this.#kinds.get(kindKey(made)) ?? new Map<string, Live>()
    this.#kinds.set(kindKey(made), bucket)
    bucket.set(keyOf(refOf(made)), made)
    this.#tell({ type: before === undefined ? 'ADDED' : 'MODIFIED', object: made })
    return made
  }

  drop(ref: Ref): void {
    const bucket = this.#kinds.get(kindKey(ref))
    const before = bucket?.get(keyOf(ref))
    if (bucket === undefined || before === undefined) return
    bucket.delete(keyOf(ref))
    this.#tell({ type: 'DELETED', object: this.#versioned(before) })
  }

  listen(hear: (change: Stored) => void): () => void {
    this.#listeners.add(hear)
    return () => this.#listeners.delete(hear)
  }

  #born<T extends KubeObject>(object: T): Live<T> {
    const creationTimestamp = wholeSeconds(this.#time.now())
    const metadata = { uid: randomUUID(), creationTimestamp, ...object.metadata, resourceVersion: '' }
    return { ...object, metadata }
  }

  #versioned<T extends Live>(object: T): T {
    return frozen({ ...object, metadata: { ...object.metadata, resourceVersion: this.#next() } })
  }

  #next(): string {
    this.#version += 1
    return this.version
  }

  /** Who hears of a change may write at once: that is told after this one, to everybody in the same order. */
  #tell(change: Stored): void {
    this.#untold.push(change)
    if (this.#untold.length > 1) return
    for (let next = this.#untold[0]; next !== undefined; next = this.#untold[0]) {
      try {
        for (const hear of this.#listeners) hear(next)
      } finally {
        this.#untold.shift()
      }
    }
  }
}

/** The changed object with what no write changes: uid, time of creation and, until it is stored, its version. */
function withIdentity<T extends KubeObject>(object: T, before: Live): Live<T> {
  const { uid, creationTimestamp, resourceVersion } = before.metadata
  const born = creationTimestamp === undefined ? {} : { creationTimestamp }
  return { ...object, metadata: { ...object.metadata, ...born, uid, resourceVersion } }
}

/** Kubernetes keeps no fraction of a second: `2026-11-21T10:00:00Z`. */
export function wholeSeconds(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}
