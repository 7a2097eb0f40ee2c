import { DeployError } from '../error.mts'
import { jsonOf } from './asking.mts'
import { formatKind } from './paths.mts'
import type { Kind } from './object.mts'
import type { Wire } from './http.mts'
import { KubeError } from './status.mts'

/** Where a kind is served. */
export interface Resource {
  group: string
  version: string
  resource: string
  scope: 'namespaced' | 'cluster'
}

/** apidiscovery.k8s.io/v2, as far as it is read. */
interface GroupList {
  kind?: string
  items?: {
    metadata?: { name?: string }
    versions?: {
      version: string
      resources?: { resource: string; scope: 'Namespaced' | 'Cluster'; responseKind?: { kind?: string } }[]
    }[]
  }[]
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Milliseconds for which a kind that was not there is not asked for again: CRDs may be installed meanwhile. */
const ABSENT_FOR = 2_000

/** Who brings the kinds of these groups to a cluster. */
const OPERATORS: Readonly<Record<string, string>> = {
  'bitnami.com': 'Sealed Secrets',
  'cert-manager.io': 'cert-manager',
  'external-secrets.io': 'the External Secrets operator',
  'monitoring.coreos.com': 'the Prometheus operator (kube-prometheus-stack)',
  'secrets.hashicorp.com': 'the Vault Secrets Operator',
}

/** What the server serves: two requests for all groups, asked once. */
export class Discovery {
  readonly #wire: Wire
  readonly #refused: () => Promise<Error | undefined>
  #known: { at: number; kinds: Promise<Map<string, Resource>> } | undefined

  /** `refused`: a better word for a 401 than the server's, where there is one. */
  constructor(wire: Wire, refused: () => Promise<Error | undefined> = () => Promise.resolve(undefined)) {
    this.#wire = wire
    this.#refused = refused
  }

  /** Undefined where the server does not serve the kind. */
  async find(kind: Kind): Promise<Resource | undefined> {
    const key = `${kind.apiVersion}/${kind.kind}`
    const before = this.#known
    const found = (await this.#kinds()).get(key)
    const stale = before !== undefined && performance.now() - before.at > ABSENT_FOR
    if (found !== undefined || !stale) return found
    if (this.#known === before) this.#known = undefined
    return (await this.#kinds()).get(key)
  }

  /** Throws `crd-missing` where the server does not serve the kind. */
  async need(kind: Kind, act: string): Promise<Resource> {
    const found = await this.find(kind)
    if (found !== undefined) return found
    throw new DeployError({
      code: 'crd-missing',
      says: `Cannot ${act}: the server does not serve ${formatKind(kind)}`,
      next: `install ${operatorOf(kind)}, or choose settings that do without it; kubectl api-resources lists what is served`,
    })
  }

  #kinds(): Promise<Map<string, Resource>> {
    if (this.#known !== undefined) return this.#known.kinds
    const kinds = this.#ask().catch((error: unknown) => {
      this.#known = undefined
      throw error
    })
    this.#known = { at: performance.now(), kinds }
    return kinds
  }

  async #ask(): Promise<Map<string, Resource>> {
    const lists = await Promise.all(['/api', '/apis'].map((path) => this.#groups(path)))
    return new Map(lists.flat())
  }

  async #groups(path: string): Promise<[string, Resource][]> {
    const act = 'ask the server what it serves'
    const headers = { accept: AGGREGATED }
    const answer = await this.#wire.send({ act, method: 'GET', path, headers, purpose: 'read', repeatable: true })
    const body = answer.body.toString()
    const better = answer.status === 401 ? await this.#refused() : undefined
    if (better !== undefined) throw better
    if (answer.status !== 200) throw new KubeError({ act, status: answer.status, body })
    return resourcesIn(jsonOf(act, answer) as GroupList)
  }
}

function resourcesIn(list: GroupList): [string, Resource][] {
  return (list.items ?? []).flatMap((item) => {
    const group = item.metadata?.name ?? ''
    return (item.versions ?? []).flatMap(({ version, resources = [] }) =>
      resources.map((entry): [string, Resource] => [
        `${group === '' ? '' : `${group}/`}${version}/${entry.responseKind?.kind ?? ''}`,
        { group, version, resource: entry.resource, scope: entry.scope === 'Cluster' ? 'cluster' : 'namespaced' },
      ]),
    )
  })
}

function operatorOf({ apiVersion }: Kind): string {
  return OPERATORS[apiVersion.split('/')[0] ?? ''] ?? 'the CustomResourceDefinition'
}
