import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Noted, Snapshot } from '../../lib/health/health.mts'
import type { Live } from '../../lib/kube/object.mts'
import { timeOf } from '../../lib/health/seen.mts'

/** A plain-HTTP door to the API server, by `kubectl proxy`; ends with its `await using`. */
export class Door implements AsyncDisposable {
  readonly url: string
  readonly #process: ChildProcess

  private constructor(url: string, process: ChildProcess) {
    this.url = url
    this.#process = process
  }

  static async open(kubectl: string): Promise<Door> {
    const process = spawn(kubectl, ['proxy', '--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: process.stdout })) {
      const address = /127\.0\.0\.1:\d+/.exec(line)?.[0]
      if (address !== undefined) return new Door(`http://${address}`, process)
    }
    throw new Error('Cannot reach the cluster: kubectl proxy ended')
  }

  async ask(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Response> {
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } }
    return await fetch(this.url + path, { method, ...init })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill()
    await Promise.resolve()
  }
}

const WATCHED = [
  'api/v1/namespaces/NS/pods',
  'api/v1/namespaces/NS/events',
  'api/v1/namespaces/NS/persistentvolumeclaims',
  'apis/apps/v1/namespaces/NS/deployments',
  'apis/apps/v1/namespaces/NS/replicasets',
  'apis/apps/v1/namespaces/NS/statefulsets',
  'apis/batch/v1/namespaces/NS/jobs',
  'apis/networking.k8s.io/v1/namespaces/NS/ingresses',
]

interface CoreEvent extends Live {
  involvedObject?: { uid?: string; kind?: string; name?: string; namespace?: string }
  type?: string
  reason?: string
  message?: string
  count?: number
  series?: { count?: number; lastObservedTime?: string }
  firstTimestamp?: string | null
  lastTimestamp?: string | null
  eventTime?: string | null
}

/** All that watches of one namespace have told so far. */
export class Scene {
  readonly #objects = new Map<string, Live>()
  readonly #stop = new AbortController()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  async follow(door: Door, namespace: string): Promise<void> {
    await Promise.all(WATCHED.map((path) => this.#followOne(door, path.replace('NS', namespace))))
  }

  end(): void {
    this.#stop.abort()
  }

  snapshot(logTails: Snapshot['logTails'] = new Map()): Snapshot {
    const all = [...this.#objects.values()]
    return {
      at: Date.now(),
      objects: all.filter((object) => object.kind !== 'Event'),
      events: all.filter((object) => object.kind === 'Event').map((object) => notedOf(object)),
      logTails,
    }
  }

  async #followOne(door: Door, path: string): Promise<void> {
    const list = (await (await door.ask('GET', `/${path}`)).json()) as { metadata: { resourceVersion: string } }
    const query = `watch=1&resourceVersion=${list.metadata.resourceVersion}`
    const response = await fetch(`${door.url}/${path}?${query}`, { signal: this.#stop.signal })
    if (response.body === null) throw new Error(`Cannot watch ${path}: no body`)
    void this.#read(Readable.fromWeb(response.body))
  }

  async #read(body: Readable): Promise<void> {
    try {
      for await (const line of createInterface({ input: body })) this.#take(JSON.parse(line))
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error
    }
  }

  #take({ type, object }: { type: string; object: Live }): void {
    if (type === 'DELETED') this.#objects.delete(object.metadata.uid)
    else this.#objects.set(object.metadata.uid, object)
    this.#onChange()
  }
}

function notedOf(object: Live): Noted {
  const event = object as CoreEvent
  const first = timeOf(event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp)
  return {
    uid: event.involvedObject?.uid ?? '',
    kind: event.involvedObject?.kind ?? '',
    name: event.involvedObject?.name ?? '',
    namespace: event.involvedObject?.namespace ?? '',
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
    at: timeOf(event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime) ?? first ?? 0,
    ...(first === undefined ? {} : { first }),
  }
}
