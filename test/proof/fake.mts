import { DeployError } from '../../lib/error.mts'
import type { Answer, Ask, Cluster, Listed, Selection } from '../../lib/kube/cluster.mts'
import { keyOf, kindKey, refOf } from '../../lib/kube/object.mts'
import type { Kind, KubeObject, Live, Ref } from '../../lib/kube/object.mts'

export interface Fake {
  objects: Map<string, Live>
  /** What the user may not do: `get Secret`, `list Ingress everywhere`, `list Ingress`, `proxy`. */
  forbidden: Set<string>
  /** Kinds that the server serves beyond those that have objects. */
  served: Set<string>
  /** What is answered inside the cluster, by `service:port/path`. */
  inside: Map<string, Answer>
  cluster: Cluster
  put(...objects: KubeObject[]): void
}

/** A cluster that is a Map: what proofs may read, and nothing that writes. */
export function fakeCluster(...objects: KubeObject[]): Fake {
  const fake: Fake = {
    objects: new Map(),
    forbidden: new Set(),
    served: new Set(),
    inside: new Map(),
    cluster: undefined as never,
    put(...added) {
      for (const object of added) fake.objects.set(keyOf(refOf(object)), live(object))
    },
  }
  fake.put(...objects)
  fake.cluster = readingOnly(fake)
  return fake
}

/** The object as a server answers it. */
export function live<T extends KubeObject>(object: T): Live<T> {
  const { metadata } = object
  return { ...object, metadata: { uid: `uid-${object.kind}-${metadata.name}`, resourceVersion: '1', ...metadata } }
}

export function text(status: number, body: string): Answer {
  return { status, headers: {}, body: Buffer.from(body) }
}

function readingOnly(fake: Fake): Cluster {
  const reads = {
    where: { context: 'kind-test', server: 'https://127.0.0.1:6443', user: 'tester', namespace: 'default' },
    async get(ref: Ref, { signal }: Ask = {}) {
      signal?.throwIfAborted()
      refuse(fake, `get ${ref.kind}`)
      return fake.objects.get(keyOf(ref))
    },
    async list(kind: Kind, selection: Selection = {}): Promise<Listed<KubeObject>> {
      selection.signal?.throwIfAborted()
      refuse(fake, `list ${kind.kind}`)
      if (selection.namespace === undefined) refuse(fake, `list ${kind.kind} everywhere`)
      const items = [...fake.objects.values()].filter((object) => isSelected(object, kind, selection))
      return { items, resourceVersion: '1' }
    },
    async scopeOf(kind: Kind) {
      const isThere = [...fake.objects.values()].some((object) => kindKey(object) === kindKey(kind))
      return isThere || fake.served.has(kindKey(kind)) ? 'namespaced' : 'unknown'
    },
    async serviceProxy({ name, port }: { name: string; port: number | string }, path: string) {
      refuse(fake, 'proxy')
      return (
        fake.inside.get(`${name}:${port}${path}`) ??
        text(503, '{"kind":"Status","apiVersion":"v1","message":"no endpoints"}')
      )
    },
  }
  return new Proxy(reads, {
    get(target, name) {
      if (name in target) return target[name as keyof typeof target]
      throw new Error(`a proof asked for ${String(name)}`)
    },
  }) as unknown as Cluster
}

function refuse(fake: Fake, act: string): void {
  if (!fake.forbidden.has(act)) return
  throw new DeployError({ code: 'forbidden', says: `Cannot ${act}: forbidden`, next: 'ask for the permission' })
}

function isSelected(
  { kind, apiVersion, metadata }: Live,
  wanted: Kind,
  { namespace, labelSelector = '' }: Selection,
): boolean {
  const terms = labelSelector === '' ? [] : labelSelector.split(',').map((term) => term.split('='))
  return (
    kindKey({ kind, apiVersion }) === kindKey(wanted) &&
    (namespace === undefined || metadata.namespace === namespace) &&
    terms.every(([key = '', value]) => metadata.labels?.[key] === value)
  )
}
