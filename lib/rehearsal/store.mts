import type { Kind, KubeObject, Live, Ref } from '../kube/object.mts'

/** One change of one object, in the order in which they happened. */
export interface Stored {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: Live
}

/**
 * What a rehearsal cluster holds. The API server writes through it for clients, controllers write to it directly; both
 * get the next resource version, and every watcher hears of it.
 */
export interface Store {
  /** The version of the last change: what a LIST answers. */
  readonly version: string
  get<T extends KubeObject>(ref: Ref): Live<T> | undefined
  /**
   * Every object of the kind, whatever API version it was written in; of one namespace where one is given. Each is a copy,
   * and of thousands that is what takes the time: `where` looks at what is stored and must leave it as it is.
   */
  list<T extends KubeObject>(kind: Kind, namespace?: string, where?: (stored: Live<T>) => boolean): Live<T>[]
  /** Stores a new or changed object: sets resourceVersion, and for new ones uid and creationTimestamp. No change, no event. */
  put<T extends KubeObject>(object: T): Live<T>
  /** Takes the object away, finalizers and all. */
  drop(ref: Ref): void
  /** Hears every change from here on, synchronously. */
  listen(hear: (change: Stored) => void): () => void
}

/** The cluster's time in milliseconds since the epoch, and waiting in it; tests run it many times faster. */
export interface Time {
  now(): number
  /** Calls back after so many of the cluster's milliseconds; the answer takes it back. */
  after(ms: number, run: () => void): () => void
}
