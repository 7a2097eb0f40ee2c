import type {
  Answer,
  Applied,
  ApplyOptions,
  Ask,
  Cluster,
  Listed,
  Permission,
  Selection,
  WatchEvent,
  Where,
} from './cluster.mts'
import { endedBy } from './abort.mts'
import { applying, jsonOf, listing, LOG_BYTES, parsed, podPath, reading, STRICT, writing } from './asking.mts'
import type { Asking } from './asking.mts'
import { Discovery } from './discovery.mts'
import type { Resource } from './discovery.mts'
import type { Wire, WireAnswer } from './http.mts'
import { listAll } from './listing.mts'
import { formatRef, refOf } from './object.mts'
import type { Kind, KubeObject, Live, Ref } from './object.mts'
import { collectionPath, holdingPath, objectPath, query } from './paths.mts'
import { missingPermissions } from './permissions.mts'
import type { Permissions } from './permissions.mts'
import { scrubberFor, tellSecrets } from './secrecy.mts'
import { isConflict, KubeError } from './status.mts'
import { watchEvents } from './watch.mts'

export interface RequestsOptions {
  wire: Wire
  where: Where
  /** The connection's own. */
  signal: AbortSignal
  /** A better word for a 401 than the server's, where there is one. */
  refused: () => Promise<Error | undefined>
  close: () => void
  /** By what the server's times are judged; this machine's clock as it stood at the start, running steadily, unless given. */
  clock?: () => number
  /** Told every value of every Secret that is read or sent. */
  onSecret?: ((value: string) => void) | undefined
}

/** A `Cluster` over HTTP. Refusals throw `KubeError`; a broken connection throws what `Wire` promises. */
export class Requests implements Cluster, AsyncDisposable {
  readonly where: Where
  readonly clock: () => number
  readonly #options: RequestsOptions
  readonly #discovery: Discovery

  constructor(options: RequestsOptions) {
    this.where = options.where
    this.clock = options.clock ?? steadyClock()
    this.#options = options
    this.#discovery = new Discovery(options.wire, options.refused)
  }

  get sent(): { reads: number; writes: number; dryRuns: number } {
    return this.#options.wire.sent
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#options.close()
    return Promise.resolve()
  }

  async version(ask: Ask = {}): Promise<string> {
    const answer = await this.#json<{ gitVersion: string }>('ask the server its version', {
      ...reading('/version'),
      ...ask,
    })
    return answer.gitVersion
  }

  /** Any other path's JSON. */
  read(path: string, ask: Ask = {}): Promise<unknown> {
    return this.#json(`read ${path}`, { ...reading(path), ...ask })
  }

  async scopeOf(kind: Kind, ask: Ask = {}): Promise<'namespaced' | 'cluster' | 'unknown'> {
    const found = await endedBy(this.#discovery.find(kind), ask.signal)
    return found?.scope ?? 'unknown'
  }

  async resourceOf(kind: Kind, ask: Ask = {}): Promise<{ group: string; resource: string } | undefined> {
    const found = await endedBy(this.#discovery.find(kind), ask.signal)
    return found === undefined ? undefined : { group: found.group, resource: found.resource }
  }

  async get<T extends KubeObject>(ref: Ref, ask: Ask = {}): Promise<Live<T> | undefined> {
    const act = `read ${formatRef(ref)}`
    const path = objectPath(await this.#resource(ref, act, ask), ref)
    const answer = await this.#send(act, { ...reading(path), ...ask })
    if (answer.status === 404) return undefined
    return this.#told(parsed<T>(act, await this.#accepted(act, answer), 'read'))
  }

  async list<T extends KubeObject>(kind: Kind, selection: Selection = {}): Promise<Listed<T>> {
    const act = listing('list', kind, selection)
    const path = collectionPath(await this.#resource(kind, act, selection), selection.namespace)
    const listed = await listAll<T>(kind, selection, (page) =>
      this.#json(act, { ...reading(`${path}${page}`), signal: selection.signal }),
    )
    for (const item of listed.items) this.#told(item)
    return listed
  }

  async *watch<T extends KubeObject>(
    kind: Kind,
    selection: Selection & { resourceVersion?: string },
  ): AsyncIterable<WatchEvent<T>> {
    const act = listing('watch', kind, selection)
    const { wire, signal: own } = this.#options
    const signal = selection.signal === undefined ? own : AbortSignal.any([own, selection.signal])
    if (signal.aborted) return
    const path = collectionPath(await this.#resource(kind, act, selection), selection.namespace)
    const { labelSelector, fieldSelector, resourceVersion } = selection
    const asked = { labelSelector, fieldSelector, watch: true, allowWatchBookmarks: true }
    const events = watchEvents<T>({
      act,
      signal,
      resourceVersion,
      list: () => this.list<T>(kind, { ...selection, signal }),
      open: (at, timeoutSeconds) =>
        wire.open({ act, signal, ...reading(`${path}${query({ ...asked, timeoutSeconds, resourceVersion: at })}`) }),
    })
    for await (const event of events) {
      if (event.type === 'applied') this.#told(event.object)
      yield event
    }
  }

  async apply<T extends KubeObject>(object: T, options: ApplyOptions): Promise<Applied<T>> {
    const ref = refOf(object)
    const act = `apply ${formatRef(ref)}`
    const path = objectPath(await this.#resource(ref, act, options), ref)
    this.#telling(object)
    const answer = await this.#send(act, applying(object, path, options))
    const live = parsed<T>(act, await this.#accepted(act, answer, object), options.dryRun === true ? 'read' : 'write')
    return { object: live, outcome: answer.status === 201 ? 'created' : 'applied', warnings: answer.warnings }
  }

  async create<T extends KubeObject>(object: T, ask: Ask = {}): Promise<Live<T>> {
    const ref = refOf(object)
    const act = `create ${formatRef(ref)}`
    const path = `${holdingPath(await this.#resource(ref, act, ask), ref)}${STRICT}`
    this.#telling(object)
    return parsed<T>(
      act,
      await this.#accepted(act, await this.#send(act, { ...writing('POST', path, object), ...ask }), object),
      'write',
    )
  }

  async replace<T extends KubeObject>(object: T, ask: Ask = {}): Promise<Live<T>> {
    const ref = refOf(object)
    const act = `replace ${formatRef(ref)}`
    const path = `${objectPath(await this.#resource(ref, act, ask), ref)}${STRICT}`
    this.#telling(object)
    return parsed<T>(
      act,
      await this.#accepted(act, await this.#send(act, { ...writing('PUT', path, object), ...ask }), object),
      'write',
    )
  }

  async merge<T extends KubeObject>(ref: Ref, patch: unknown, ask: Ask = {}): Promise<Live<T>> {
    const act = `patch ${formatRef(ref)}`
    const path = `${objectPath(await this.#resource(ref, act, ask), ref)}${STRICT}`
    const headers = { 'content-type': 'application/merge-patch+json' }
    const request = { ...writing('PATCH', path, patch), headers, repeatable: true }
    const about = { ...(patch as object), apiVersion: ref.apiVersion, kind: ref.kind, metadata: { name: ref.name } }
    return parsed<T>(act, await this.#accepted(act, await this.#send(act, { ...request, ...ask }), about), 'write')
  }

  async remove(
    ref: Ref,
    options: Ask & { uid?: string; propagation?: 'Foreground' | 'Background' | 'Orphan' },
  ): Promise<void> {
    const { uid, propagation = 'Background', signal } = options
    const act = `delete ${formatRef(ref)}`
    const path = objectPath(await this.#resource(ref, act, options), ref)
    const preconditions = uid === undefined ? {} : { preconditions: { uid } }
    const wish = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: propagation, ...preconditions }
    const answer = await this.#send(act, { ...writing('DELETE', path, wish), signal, repeatable: true })
    if (answer.status === 404) return
    try {
      await this.#accepted(act, answer)
    } catch (error) {
      // With a uid, 409 says that the object is gone and a namesake stands in its place.
      if (uid === undefined || !isConflict(error)) throw error
    }
  }

  async logs(
    pod: { namespace: string; name: string; container: string },
    options: Ask & { previous?: boolean; tailLines?: number },
  ): Promise<string[]> {
    const act = `read the log of ${pod.namespace}/${pod.name} ${pod.container}`
    const { signal, previous, tailLines } = options
    const asked = query({ container: pod.container, previous, tailLines, limitBytes: LOG_BYTES })
    const answer = await this.#send(act, { ...reading(`${podPath(pod)}/log${asked}`), signal })
    // 400: the container has not started, or has no run before this one.
    if (answer.status === 400 || answer.status === 404) return []
    const text = (await this.#accepted(act, answer)).body.toString()
    return text.split('\n').filter((line, index, all) => line !== '' || index < all.length - 1)
  }

  async serviceProxy(
    service: { namespace: string; name: string; port: number | string },
    path: string,
    ask: Ask = {},
  ): Promise<Answer> {
    const act = `ask service/${service.namespace}/${service.name}`
    const target = `${encodeURIComponent(service.name)}:${encodeURIComponent(String(service.port))}`
    const root = `/api/v1/namespaces/${encodeURIComponent(service.namespace)}/services/${target}/proxy`
    const { status, headers, body } = await this.#send(act, { ...reading(`${root}${path}`), ...ask, repeatable: false })
    return { status, headers, body }
  }

  missingPermissions(wanted: readonly Permission[], ask: Ask = {}): Promise<Permissions> {
    return missingPermissions(wanted, async <T,>(kind: string, spec: object): Promise<T | undefined> => {
      const path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`
      const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec }
      const act = 'ask what this user may do'
      // A review is a question although it is posted.
      const request = { ...writing('POST', path, body), ...ask, purpose: 'read', repeatable: true } as const
      const answer = await this.#send(act, request)
      if (answer.status === 403 || answer.status === 404) return undefined
      return jsonOf(act, await this.#accepted(act, answer)) as T
    })
  }

  /** What is sent comes back in the words of whoever reads it: a migration that prints its URL. */
  #telling(object: KubeObject): void {
    tellSecrets(object, this.#options.onSecret)
  }

  #told<T extends KubeObject>(object: Live<T>): Live<T> {
    return tellSecrets(object, this.#options.onSecret)
  }

  #resource(kind: Kind, act: string, { signal }: Ask): Promise<Resource> {
    return endedBy(this.#discovery.need(kind, act), signal)
  }

  #send(act: string, request: Asking): Promise<WireAnswer> {
    return this.#options.wire.send({ act, purpose: 'read', repeatable: request.method === 'GET', ...request })
  }

  async #accepted(act: string, answer: WireAnswer, about?: KubeObject): Promise<WireAnswer> {
    if (answer.status < 300) return answer
    const better = answer.status === 401 ? await this.#options.refused() : undefined
    if (better !== undefined) throw better
    const scrub = about === undefined ? {} : { scrub: scrubberFor(about) }
    throw new KubeError({ act, status: answer.status, body: answer.body.toString(), ...scrub })
  }

  async #json<T>(act: string, request: Asking): Promise<T> {
    const answer = await this.#accepted(act, await this.#send(act, request))
    return jsonOf(act, answer) as T
  }
}

/** The wall clock as it was, and the monotonic one from there: a laptop whose clock is set meanwhile ages no pod. */
function steadyClock(): () => number {
  const ahead = Date.now() - performance.now()
  return () => ahead + performance.now()
}
