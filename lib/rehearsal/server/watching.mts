import type { ServerResponse } from 'node:http'
import type { KubeObject, Live } from '../../kube/object.mts'
import type { WatchFault } from '../faults.mts'
import type { Served } from '../objects/served.mts'
import type { Store } from '../store.mts'
import type { Change, History } from './history.mts'
import { Refused } from './refused.mts'
import type { Reply } from './reply.mts'
import { selectorOf } from './reading.mts'
import type { Selector } from './selector.mts'

export interface Watching {
  store: Store
  history: History
  served: Served
  namespace: string | undefined
  query: URLSearchParams
  fault: WatchFault
}

/** Milliseconds of a watch whose asker sets no limit. */
const LONGEST = 1_800_000
const BETWEEN_BOOKMARKS = 60_000

interface Line {
  type: Change['type'] | 'BOOKMARK' | 'ERROR'
  object: unknown
}

/** A stream of changes from the asked version on, until its time is over; a bookmark is its last word. */
export function watchReply(watching: Watching): Reply {
  const selects = selectorOf(watching.query, watching.served)
  return { kind: 'stream', run: (response) => stream(response, watching, selects) }
}

function stream(response: ServerResponse, watching: Watching, selects: Selector): void {
  const { history, served, namespace, query, store } = watching
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  const say = faulty(response, watching.fault)
  const tell = (change: Change): void => {
    const line = lineOf(change, selects, namespace)
    if (line !== undefined) say(inVersion(line, served))
  }
  const from = query.get('resourceVersion') ?? ''
  const missed = watching.fault.do === 'expire' ? 'gone' : since(watching, from)
  if (missed === 'gone') return expired(response, from, store.version)
  for (const change of missed) tell(change)
  const marks = query.get('allowWatchBookmarks') === 'true'
  if (marks && query.get('sendInitialEvents') === 'true')
    say({ type: 'BOOKMARK', object: bookmarkOf(served, store.version, INITIAL) })
  const unlisten = history.listen(served, tell)
  const bookmark = (): void => {
    if (marks) say({ type: 'BOOKMARK', object: bookmarkOf(served, store.version) })
  }
  const bookmarks = setInterval(bookmark, BETWEEN_BOOKMARKS)
  const end = setTimeout(
    () => {
      bookmark()
      response.end()
    },
    Number(query.get('timeoutSeconds') ?? 0) * 1_000 || LONGEST,
  )
  for (const timer of [bookmarks, end]) timer.unref()
  response.once('close', () => {
    unlisten()
    clearInterval(bookmarks)
    clearTimeout(end)
  })
}

/** What a watch begins with: the changes since its version, or everything there is where it names none. */
function since({ history, store, served, namespace }: Watching, from: string): Change[] | 'gone' {
  if (from !== '' && from !== '0') return history.since(served, Number(from))
  const add = (object: Live): Change => ({ version: 0, type: 'ADDED', object, before: undefined })
  return store.list(served, namespace).map(add)
}

/** The change as this watch sees it: what begins to match is new to it, what ceases to is gone. */
function lineOf({ type, object, before }: Change, selects: Selector, namespace: string | undefined): Line | undefined {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return undefined
  const matched = before !== undefined && selects(before)
  if (type === 'DELETED') return matched || selects(object) ? { type, object } : undefined
  if (selects(object)) return { type: matched ? 'MODIFIED' : 'ADDED', object }
  // As it was when it still matched, under the version of the change.
  return matched
    ? {
        type: 'DELETED',
        object: { ...before, metadata: { ...before.metadata, resourceVersion: object.metadata.resourceVersion } },
      }
    : undefined
}

function inVersion(line: Line, { apiVersion, kind }: Served): Line {
  return { type: line.type, object: { ...(line.object as KubeObject), apiVersion, kind } }
}

/** Says to clients that want a list from their watch that it is complete. */
const INITIAL = { annotations: { 'k8s.io/initial-events-end': 'true' } }

function bookmarkOf({ apiVersion, kind }: Served, resourceVersion: string, more: object = {}): object {
  return { apiVersion, kind, metadata: { resourceVersion, creationTimestamp: null, ...more } }
}

function expired(response: ServerResponse, from: string, version: string): void {
  const message = `too old resource version: ${from} (${version})`
  const { body } = new Refused({ status: 410, reason: 'Expired', message })
  response.end(`${JSON.stringify({ type: 'ERROR', object: body })}\n`)
}

/** Writes lines as long as the fault lets it. */
function faulty(response: ServerResponse, fault: WatchFault): (line: Line) => void {
  let said = 0
  return (line) => {
    const over = fault.do !== 'pass' && fault.do !== 'expire' && said >= fault.after
    said += 1
    if (over && fault.do === 'silent') return
    if (over && fault.do === 'drop') return void response.destroy()
    const text = `${JSON.stringify(line)}\n`
    response.write(over && fault.do === 'repeat' ? text + text : text)
  }
}
