import type { Code } from '../error.mts'
import type { KubeObject, Live, Ref } from '../kube/object.mts'

/** Why something will not become ready, in the cluster's own words. */
export interface Cause {
  code: Code
  /** One sentence: what, where, and the words of the kubelet, the server or the container. */
  says: string
  /** Log lines, events, conditions. */
  evidence: readonly string[]
  next: string
  /** The object that is at fault, where it is not the judged one (a pod, a Vault role). */
  at?: Ref
}

export type Health =
  | { state: 'ready'; detail: string }
  /** `detail` is a count or a step: "available 1/3", "migrating". `trouble` is what is wrong but may still heal. */
  | { state: 'progressing'; detail: string; trouble?: Cause }
  | { state: 'doomed'; cause: Cause }

/** A Kubernetes Event, only what judges read. */
export interface Noted {
  /** The involved object. */
  uid: string
  kind: string
  name: string
  namespace: string
  type: string
  reason: string
  message: string
  count: number
  /** Milliseconds since the epoch, of its last occurrence. */
  at: number
  /** Of its first occurrence, where the server says so: how long something has been said counts more than how often. */
  first?: number
}

/** What watches, events and log tails say at one moment. */
export interface Snapshot {
  /** Milliseconds since the epoch, by the API server's clock as far as it is known. */
  at: number
  objects: readonly Live[]
  events: readonly Noted[]
  /** Last log lines by `${pod uid}/${container}`; `…/previous` for the run before a restart. */
  logTails: ReadonlyMap<string, readonly string[]>
}

/** What a judge is asked: this object, as the server answered our apply of it. */
export interface Subject {
  object: Live
  /** Milliseconds since the epoch when we applied it (or took up an unchanged one): older conditions and events are stale. */
  since: number
}

/** A verdict about one kind: pure, from the snapshot alone. The object is looked up in it by uid, newest state. */
export type Judge = (subject: Subject, snapshot: Snapshot) => Health

/** The current state of the judged object: from the snapshot if it is there, else as applied. */
export function currentOf<T extends KubeObject>(subject: Subject, snapshot: Snapshot): Live<T> {
  const found = snapshot.objects.find((object) => object.metadata.uid === subject.object.metadata.uid)
  return (found ?? subject.object) as Live<T>
}
