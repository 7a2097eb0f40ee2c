import { setTimeout as delay } from 'node:timers/promises'
import type { IncomingMessage } from 'node:http'
import { DeployError } from '../error.mts'
import type { Listed, WatchEvent } from './cluster.mts'
import type { KubeObject, Live } from './object.mts'
import { isForbidden, isGone, isMissingKind, KubeError } from './status.mts'
import type { Status } from './status.mts'

/** What a watch needs of its connection; both end with the signal that they were made with. */
export interface WatchSource<T extends KubeObject> {
  /** "watch pods in reactbin". */
  act: string
  list: () => Promise<Listed<T>>
  /** Opens the stream after this resourceVersion, for at most so many seconds. */
  open: (resourceVersion: string, seconds: number) => Promise<IncomingMessage>
  signal: AbortSignal
  /** Begin here, without a list. */
  resourceVersion?: string | undefined
}

/** Seconds after which the server ends each stream: one that is silent for longer has died unseen. */
const STREAM = 25
const GRACE = 5_000

/** One line of a watch stream. */
type Line<T extends KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: Live<T> }
  | { type: 'ERROR'; object: Status }

/**
 * A quorum list, then everything after it. A stream that ends, breaks or falls silent is taken up where it was; where
 * the server has forgotten that point (410) a new list follows as `synced`. Ends with the signal; throws 401, 403, 404.
 */
export async function* watchEvents<T extends KubeObject>(source: WatchSource<T>): AsyncGenerator<WatchEvent<T>> {
  let at = source.resourceVersion
  let failures = 0
  while (!source.signal.aborted) {
    try {
      if (at === undefined) {
        const listed = await source.list()
        at = listed.resourceVersion
        yield { type: 'synced', ...listed }
      }
      for await (const line of linesOf<T>(source, at)) {
        failures = 0
        if (line.type === 'ERROR')
          throw new KubeError({ act: source.act, status: line.object.code ?? 500, body: JSON.stringify(line.object) })
        at = line.object.metadata.resourceVersion
        if (line.type !== 'BOOKMARK')
          yield { type: line.type === 'DELETED' ? 'deleted' : 'applied', object: line.object }
      }
    } catch (error) {
      if (source.signal.aborted) return
      if (!heals(error)) throw error
      if (isGone(error)) at = undefined
      else await pause((failures += 1), source.signal)
    }
  }
}

async function* linesOf<T extends KubeObject>(source: WatchSource<T>, at: string): AsyncGenerator<Line<T>> {
  const response = await source.open(at, STREAM)
  const watchdog = setTimeout(() => response.destroy(), STREAM * 1000 + GRACE)
  try {
    if (response.statusCode !== 200)
      throw new KubeError({ act: source.act, status: response.statusCode ?? 0, body: await textOf(response) })
    let rest = ''
    for await (const chunk of decoded(response)) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line !== '') yield JSON.parse(line) as Line<T>
    }
  } finally {
    clearTimeout(watchdog)
    response.destroy()
  }
}

/** Whether another attempt can help: not where the right, the login or the kind is missing. */
function heals(error: unknown): boolean {
  if (error instanceof KubeError) return error.status !== 401 && error.status !== 404 && !isForbidden(error)
  if (isMissingKind(error)) return false
  return !(error instanceof DeployError) || error.code === 'unreachable'
}

async function pause(failures: number, signal: AbortSignal): Promise<void> {
  await delay(Math.min(2_000, 50 * 2 ** failures), undefined, { signal }).catch(() => undefined)
}

// A character may be cut in two by a chunk's end.
function decoded(response: IncomingMessage): AsyncIterable<string> {
  return response.setEncoding('utf8') as AsyncIterable<string>
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of decoded(response)) text += chunk
  return text
}
