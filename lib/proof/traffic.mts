import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeployError } from '../error.mts'
import { reach } from './https.mts'
import type { Question, Reached } from './https.mts'
import { fieldsOf } from './judges/answers.mts'
import { findEdge, openScene } from './scene.mts'
import type { Scene } from './scene.mts'
import type { ProofTarget } from './target.mts'

// Twice what is promised: a change of pods within half a second still meets a request or two.
const PER_SECOND = 10

export interface TrafficOptions {
  /** HTTPS unless given. */
  scheme?: 'http'
  host: string
  path: string
  /** The field of the JSON answer that tells the build, if the app does. */
  buildField?: string
  /** Requests a second, 10 unless given; one that takes long does not hold up the next. */
  perSecond?: number
  /** `first-success` for a first deploy, where nothing serves yet; `all` unless given. */
  from?: 'all' | 'first-success'
}

export interface Traffic {
  /** Requests that were answered or failed; what is still on its way is not among them. */
  asked: number
  failed: number
  /** Good answers by the build that gave them. */
  builds: Record<string, number>
  /** When and how the first one failed. */
  firstFailure?: string
}

export interface TrafficWatch extends AsyncDisposable {
  /** The count so far; of the whole watch once it is disposed of. */
  count(): Traffic
}

/**
 * Asks the host again and again until it is disposed of, and counts. Requests take turns: one on a connection that is
 * kept, the next on a new one, since a rollout can break either. Never throws. What disposal cuts short is not counted.
 */
export function watchTraffic(target: ProofTarget, options: TrafficOptions): TrafficWatch {
  const stop = new AbortController()
  const counter = new Counter(options)
  const running = askOn(target, options, counter, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) counter.broke(error)
  })
  return {
    count: () => counter.count(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

async function askOn(
  target: ProofTarget,
  options: TrafficOptions,
  counter: Counter,
  signal: AbortSignal,
): Promise<void> {
  const scene = await openScene(target, signal)
  const { Agent } = options.scheme === 'http' ? http : https
  const agent = new Agent({ keepAlive: true })
  const asking = new Set<Promise<void>>()
  try {
    for await (const turn of turns(1000 / (options.perSecond ?? PER_SECOND), signal)) {
      const asked = askOnce(scene, options, turn % 2 === 0 ? agent : undefined, counter).finally(() =>
        asking.delete(asked),
      )
      asking.add(asked)
    }
  } finally {
    await Promise.allSettled(asking)
    agent.destroy()
  }
}

/** Counts up once a period (milliseconds) by the monotonic clock, without drift, until the signal ends it. */
async function* turns(period: number, signal: AbortSignal): AsyncGenerator<number> {
  const started = performance.now()
  for (let turn = 0; !signal.aborted; turn++) {
    yield turn
    // A process that was held up goes on from here; a burst would measure nothing.
    const wait = Math.max(started + (turn + 1) * period - performance.now(), 0)
    await sleep(wait, undefined, { signal }).catch(() => {})
  }
}

async function askOnce(
  scene: Scene,
  options: TrafficOptions,
  agent: http.Agent | undefined,
  counter: Counter,
): Promise<void> {
  try {
    const edge = await findEdge(scene, options.host)
    if (edge === undefined) return
    const { trust, signal } = scene
    const { scheme = 'https', host, path } = options
    const question: Question = {
      scheme,
      host,
      path,
      address: edge[scheme],
      trust,
      signal,
      ...(agent && { agent }),
    }
    counter.add(await reach(question))
  } catch (error) {
    // Where the API server does not tell the address, the app has not failed.
    if (!scene.signal.aborted && !(error instanceof DeployError)) counter.broke(error)
  }
}

class Counter {
  readonly #options: TrafficOptions
  readonly #builds = new Map<string, number>()
  #asked = 0
  #failed = 0
  #firstFailure: string | undefined

  constructor(options: TrafficOptions) {
    this.#options = options
  }

  add(answer: Reached): void {
    const trouble = troubleIn(answer)
    const isWaiting = this.#options.from === 'first-success' && this.#asked === 0
    if (trouble !== undefined && isWaiting) return
    this.#asked++
    if (trouble !== undefined) this.#fail(trouble)
    else if (answer.state === 'answered') this.#see(answer.body)
  }

  /** A bug is a failed request, not a lost one. */
  broke(error: unknown): void {
    this.#asked++
    this.#fail(String(error))
  }

  count(): Traffic {
    const firstFailure = this.#firstFailure
    const builds = Object.fromEntries(this.#builds)
    return { asked: this.#asked, failed: this.#failed, builds, ...(firstFailure !== undefined && { firstFailure }) }
  }

  #fail(trouble: string): void {
    this.#failed++
    const { scheme = 'https', host, path } = this.#options
    this.#firstFailure ??= `${new Date().toISOString()} ${scheme}://${host}${path} ${trouble}`
  }

  #see(body: string): void {
    const { buildField } = this.#options
    const build = buildField === undefined ? undefined : fieldsOf(body)[buildField]
    if (build !== undefined) this.#builds.set(build, (this.#builds.get(build) ?? 0) + 1)
  }
}

function troubleIn(answer: Reached): string | undefined {
  if (answer.state === 'refused') return answer.says
  return answer.status >= 200 && answer.status < 300 ? undefined : `answered ${answer.status}`
}
