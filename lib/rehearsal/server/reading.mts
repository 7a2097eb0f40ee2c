import { randomUUID } from 'node:crypto'
import type { Live } from '../../kube/object.mts'
import type { Served } from '../objects/served.mts'
import type { Store } from '../store.mts'
import type { Held, History } from './history.mts'
import { badRequest, notFound, Refused } from './refused.mts'
import type { Reply } from './reply.mts'
import { fieldSelector, labelSelector } from './selector.mts'
import type { Selector } from './selector.mts'

/** One object. */
export function oneOf(store: Store, served: Served, namespace: string | undefined, name: string): Live {
  const { apiVersion, kind } = served
  const found = store.get({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) })
  if (found === undefined) throw notFound(served, name)
  return { ...found, apiVersion, kind }
}

/** What a query selects. */
export function selectorOf(query: URLSearchParams, { kind }: Pick<Served, 'kind'>): Selector {
  const [byLabel, byField] = [
    labelSelector(query.get('labelSelector') ?? ''),
    fieldSelector(query.get('fieldSelector') ?? '', kind),
  ]
  return (object) => byLabel(object) && byField(object)
}

interface Rest {
  items: Held[]
  version: string
  /** Whoever selects is not told how much is left. */
  counted: boolean
}

/** What a list is asked of. */
export interface Listing {
  store: Store
  history: History
  served: Served
  namespace: string | undefined
  query: URLSearchParams
}

/** Rests of lists that were handed out in pages; the oldest are forgotten, and their tokens answer 410. */
const KEPT = 32

/** Lists, in pages where a limit asks for them. */
export class Pages {
  readonly #rests = new Map<string, Rest>()

  list(listing: Listing): Reply {
    const { served, query } = listing
    const limit = Number(query.get('limit') ?? 0)
    const { items, version, counted } = this.#begun(query.get('continue') ?? '') ?? whole(listing)
    const page = limit > 0 ? items.slice(0, limit) : items
    const rest = items.slice(page.length)
    const metadata = { resourceVersion: version, ...this.#token({ items: rest, version, counted }) }
    const { apiVersion, kind } = served
    const head = JSON.stringify({ kind: `${kind}List`, apiVersion, metadata }).slice(0, -1)
    const body = `${head},"items":[${page.map(({ text }) => text).join(',')}]}\n`
    return { kind: 'text', status: 200, body, headers: { 'content-type': 'application/json' } }
  }

  #begun(token: string): Rest | undefined {
    if (token === '') return undefined
    const rest = this.#rests.get(token)
    if (rest !== undefined) return rest
    if (!/^[0-9a-f]{8}-/.test(token))
      throw badRequest(`invalid continue token: continue key is not valid: invalid character '${token[0] ?? ''}'`)
    const message =
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.'
    throw new Refused({ status: 410, reason: 'Expired', message })
  }

  #token(rest: Rest): { continue?: string; remainingItemCount?: number } {
    if (rest.items.length === 0) return {}
    const token = randomUUID()
    this.#rests.set(token, rest)
    const [oldest] = this.#rests.keys()
    if (this.#rests.size > KEPT && oldest !== undefined) this.#rests.delete(oldest)
    return { continue: token, ...(rest.counted ? { remainingItemCount: rest.items.length } : {}) }
  }
}

function whole(listing: Listing): Rest {
  const counted = !listing.query.get('labelSelector') && !listing.query.get('fieldSelector')
  return { items: chosen(listing), version: listing.store.version, counted }
}

/** Every object that a list would show. */
export function heldBy(listing: Listing): Live[] {
  return chosen(listing).map(({ object }) => object)
}

function chosen({ history, served, namespace, query }: Listing): Held[] {
  const selects = selectorOf(query, served)
  return history
    .held(served, namespace)
    .filter(({ object }) => selects(object))
    .sort(byPlace)
}

function byPlace({ object: { metadata: a } }: Held, { object: { metadata: b } }: Held): number {
  const [left, right] = [`${a.namespace ?? ''}/${a.name}`, `${b.namespace ?? ''}/${b.name}`]
  return left < right ? -1 : left > right ? 1 : 0
}
