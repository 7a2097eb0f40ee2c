import type {
  Applied,
  ApplyOptions,
  Ask,
  Cluster,
  Listed,
  Permission,
  Selection,
  WatchEvent,
} from '../../lib/kube/cluster.mts'
import { keyOf, kindKey, refOf } from '../../lib/kube/object.mts'
import type { Kind, KubeObject, Live, Ref } from '../../lib/kube/object.mts'
import { merged } from './applied.mts'
import { Feed } from './feed.mts'
import { status } from './refused.mts'
import { isSelected, placeOf } from './selected.mts'

/** One request as it came in. */
export interface Asked {
  verb: 'get' | 'list' | 'watch' | 'apply' | 'dry-run' | 'create' | 'replace' | 'delete' | 'log' | 'review'
  ref: Ref
  object?: KubeObject
  signal: AbortSignal | undefined
}

const CLUSTER_SCOPED = new Set(['Namespace', 'ClusterRole', 'IngressClass', 'StorageClass', 'Node', 'ClusterIssuer'])

/** A cluster that is a Map: conflicts as a real one has them, server-side apply only as far as one manager goes. */
export class FakeCluster implements Cluster {
  readonly where = { context: 'fake', server: 'https://127.0.0.1:6443', user: 'tester', namespace: 'default' }
  readonly sent = { reads: 0, writes: 0, dryRuns: 0 }
  readonly asked: Asked[] = []
  readonly objects = new Map<string, Live>()
  /** Kinds (`apps/Deployment`) that the server does not serve. */
  readonly unserved = new Set<string>()
  readonly missing: Permission[] = []
  readonly logLines = new Map<string, string[]>()
  /** May throw before a request is acted on, or after it was (an answer that is lost). */
  before: (asked: Asked) => void | Promise<void> = () => undefined
  after: (asked: Asked) => void | Promise<void> = () => undefined
  /** What controllers make of a written object. */
  controller: (object: Live) => void = () => undefined
  /** The server's clock, for the times that it writes. */
  now: () => number = () => Date.now()
  gitVersion = 'v1.35.4'
  #version = 100
  #uid = 0
  readonly #feeds = new Set<Feed>()

  /** Stores an object as it is given, as somebody else may do at any time. */
  put<T extends KubeObject>(object: T): Live<T> {
    const key = keyOf(refOf(object))
    const before = this.objects.get(key)
    const uid = object.metadata.uid ?? before?.metadata.uid ?? `uid-${(this.#uid += 1)}`
    const creationTimestamp = object.metadata.creationTimestamp ?? before?.metadata.creationTimestamp ?? this.stamp()
    const resourceVersion = String((this.#version += 1))
    const live: Live<T> = { ...object, metadata: { ...object.metadata, uid, creationTimestamp, resourceVersion } }
    this.objects.set(key, live)
    for (const feed of this.#feeds) feed.tell({ type: 'applied', object: live })
    return live
  }

  drop(ref: Ref): void {
    const live = this.objects.get(keyOf(ref))
    if (live === undefined) return
    this.objects.delete(keyOf(ref))
    for (const feed of this.#feeds) feed.tell({ type: 'deleted', object: live })
  }

  find<T extends KubeObject>(kind: string, name: string): Live<T> | undefined {
    return [...this.objects.values()].find(
      (object): object is Live<T> => object.kind === kind && object.metadata.name === name,
    )
  }

  /** Requests that changed something, in words. */
  writes(): string[] {
    const writing = new Set<Asked['verb']>(['apply', 'create', 'replace', 'delete'])
    return this.asked.filter(({ verb }) => writing.has(verb)).map(({ verb, ref }) => `${verb} ${ref.kind}/${ref.name}`)
  }

  /** Open watches. */
  get watching(): number {
    return this.#feeds.size
  }

  /** Ends every watch with what cannot be healed. */
  breakWatches(error: Error): void {
    for (const feed of this.#feeds) feed.break(error)
  }

  stamp(): string {
    return `${new Date(this.now()).toISOString().slice(0, 19)}Z`
  }

  version(): Promise<string> {
    return Promise.resolve(this.gitVersion)
  }

  scopeOf(kind: Kind): Promise<'namespaced' | 'cluster' | 'unknown'> {
    if (this.unserved.has(kindKey(kind))) return Promise.resolve('unknown')
    return Promise.resolve(CLUSTER_SCOPED.has(kind.kind) ? 'cluster' : 'namespaced')
  }

  resourceOf({ apiVersion, kind }: Kind): Promise<{ group: string; resource: string }> {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
    return Promise.resolve({ group, resource: `${kind.toLowerCase()}s` })
  }

  async get<T extends KubeObject>(ref: Ref, ask: Ask = {}): Promise<Live<T> | undefined> {
    return this.#act({ verb: 'get', ref, signal: ask.signal }, () => copy(this.objects.get(keyOf(ref)) as Live<T>))
  }

  async list<T extends KubeObject>(kind: Kind, selection: Selection = {}): Promise<Listed<T>> {
    return this.#act({ verb: 'list', ref: placeOf(kind, selection), signal: selection.signal }, () => ({
      items: this.#select<T>(kind, selection),
      resourceVersion: String(this.#version),
    }))
  }

  async *watch<T extends KubeObject>(kind: Kind, selection: Selection): AsyncIterable<WatchEvent<T>> {
    const { signal } = selection
    if (signal?.aborted === true) return
    await this.#act({ verb: 'watch', ref: placeOf(kind, selection), signal }, () => undefined)
    const feed = new Feed((object) => isSelected(object, kind, selection))
    this.#feeds.add(feed)
    try {
      yield { type: 'synced', items: this.#select<T>(kind, selection), resourceVersion: String(this.#version) }
      yield* feed.events<T>(signal)
    } finally {
      this.#feeds.delete(feed)
    }
  }

  async apply<T extends KubeObject>(object: T, options: ApplyOptions): Promise<Applied<T>> {
    const { dryRun = false, manager, uid, signal } = options
    const ref = refOf(object)
    return this.#act({ verb: dryRun ? 'dry-run' : 'apply', ref, object, signal }, () => {
      this.#refuseWithoutNamespace(ref)
      const live = this.objects.get(keyOf(ref)) as Live<T> | undefined
      if (uid !== undefined && live?.metadata.uid !== uid) throw status(409, 'Conflict', 'uid mismatch')
      const outcome = live === undefined ? 'created' : 'applied'
      const made = merged(object, live, { manager, time: this.stamp(), uid: `uid-${(this.#uid += 1)}` })
      if (dryRun || made === live) return { object: copy(made), outcome, warnings: [] }
      const stored = this.put(made)
      this.controller(stored)
      return { object: copy(stored), outcome, warnings: [] }
    })
  }

  async create<T extends KubeObject>(object: T, ask: Ask = {}): Promise<Live<T>> {
    const ref = refOf(object)
    return this.#act({ verb: 'create', ref, object, signal: ask.signal }, () => {
      this.#refuseWithoutNamespace(ref)
      if (this.objects.has(keyOf(ref))) throw status(409, 'AlreadyExists', `${ref.name} already exists`)
      return copy(this.put(object))
    })
  }

  async replace<T extends KubeObject>(object: T, ask: Ask = {}): Promise<Live<T>> {
    const ref = refOf(object)
    return this.#act({ verb: 'replace', ref, object, signal: ask.signal }, () => {
      const live = this.objects.get(keyOf(ref))
      if (live === undefined) throw status(404, 'NotFound', `${ref.name} not found`)
      if (object.metadata.resourceVersion !== live.metadata.resourceVersion)
        throw status(409, 'Conflict', 'the object has been modified')
      return copy(this.put(object))
    })
  }

  merge(): never {
    throw new Error('nothing here merges')
  }

  async remove(ref: Ref, options: Ask & { uid?: string }): Promise<void> {
    await this.#act({ verb: 'delete', ref, signal: options.signal }, () => {
      const live = this.objects.get(keyOf(ref))
      if (options.uid === undefined || live?.metadata.uid === options.uid) this.drop(ref)
    })
  }

  async logs(pod: { namespace: string; name: string; container: string }, options: Ask = {}): Promise<string[]> {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name }
    return this.#act(
      { verb: 'log', ref, signal: options.signal },
      () => this.logLines.get(`${pod.name}/${pod.container}`) ?? [],
    )
  }

  serviceProxy(): never {
    throw new Error('nothing here asks inside')
  }

  async missingPermissions(wanted: readonly Permission[], ask: Ask = {}) {
    const ref = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', name: '' }
    return this.#act({ verb: 'review', ref, signal: ask.signal }, () => ({
      missing: wanted.filter((one) =>
        this.missing.some(
          ({ verb, resource, subresource }) =>
            one.verb === verb && one.resource === resource && one.subresource === subresource,
        ),
      ),
      unknown: [] as Permission[],
    }))
  }

  async #act<R>(asked: Asked, act: () => R): Promise<R> {
    asked.signal?.throwIfAborted()
    this.asked.push(asked)
    this.#count(asked.verb)
    await Promise.resolve()
    await this.before(asked)
    const done = act()
    await this.after(asked)
    return done
  }

  #count(verb: Asked['verb']): void {
    if (verb === 'dry-run') this.sent.dryRuns += 1
    else if (verb === 'apply' || verb === 'create' || verb === 'replace' || verb === 'delete') this.sent.writes += 1
    else this.sent.reads += 1
  }

  #select<T extends KubeObject>(kind: Kind, selection: Selection): Live<T>[] {
    return [...this.objects.values()]
      .filter((object) => isSelected(object, kind, selection))
      .map((object) => copy(object as Live<T>))
  }

  #refuseWithoutNamespace({ namespace }: Ref): void {
    if (namespace === undefined || this.find('Namespace', namespace) !== undefined) return
    throw status(404, 'NotFound', `namespaces "${namespace}" not found`, { kind: 'namespaces', name: namespace })
  }
}

function copy<T>(value: T): T {
  return structuredClone(value)
}
