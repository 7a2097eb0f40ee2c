import type { Listed, Selection } from './cluster.mts'
import type { Kind, KubeObject, Live } from './object.mts'
import { query } from './paths.mts'
import { isGone } from './status.mts'

/** Objects of one page; the server cuts longer lists and hands out a token for the rest. */
const PAGE = 500

interface Page<T extends KubeObject> {
  items?: Live<T>[] | null
  metadata: { resourceVersion: string; continue?: string }
}

/** Every page of a quorum list; where the token grows too old on the way (410), the whole list in one piece. */
export async function listAll<T extends KubeObject>(
  kind: Kind,
  { labelSelector, fieldSelector }: Selection,
  ask: (query: string) => Promise<Page<T>>,
): Promise<Listed<T>> {
  const pages = (limit: number | undefined): Promise<Listed<T>> =>
    collect(kind, (token) => ask(query({ labelSelector, fieldSelector, limit, continue: token })))
  try {
    return await pages(PAGE)
  } catch (error) {
    if (!isGone(error)) throw error
    return pages(undefined)
  }
}

async function collect<T extends KubeObject>(
  { apiVersion, kind }: Kind,
  next: (token: string | undefined) => Promise<Page<T>>,
): Promise<Listed<T>> {
  const items: Live<T>[] = []
  for (let token: string | undefined; ;) {
    const page = await next(token)
    // Items of a list do not tell their kind.
    for (const item of page.items ?? []) items.push({ ...item, apiVersion, kind })
    token = page.metadata.continue
    if (token === undefined || token === '') return { items, resourceVersion: page.metadata.resourceVersion }
  }
}
