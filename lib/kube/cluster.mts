import type { Kind, KubeObject, Live, Ref } from './object.mts'

/** Where requests go, for the one line that is said before acting. */
export interface Where {
  context: string
  server: string
  user: string
  /** The context's own namespace; `default` where it names none. */
  namespace: string
}

/** What every request takes. Without a signal it still ends at the connection's own signal and request timeout. */
export interface Ask {
  signal?: AbortSignal
}

export interface Selection extends Ask {
  /** Left out: every namespace (or a cluster-scoped kind). */
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}

export interface Listed<T extends KubeObject> {
  items: Live<T>[]
  resourceVersion: string
}

/** `synced` opens every watch and follows every re-list (after 410 or a silent death): it replaces all that was known. */
export type WatchEvent<T extends KubeObject> =
  | { type: 'synced'; items: Live<T>[]; resourceVersion: string }
  | { type: 'applied'; object: Live<T> }
  | { type: 'deleted'; object: Live<T> }

export interface ApplyOptions extends Ask {
  /** The field manager: `landfall-<stack>`. */
  manager: string
  /** Same request with `dryRun=All`: the server decides everything and stores nothing. */
  dryRun?: boolean
  force?: boolean
  /** Refuse (409) where the live object is another one, even with force. */
  uid?: string
  resourceVersion?: string
}

export interface Applied<T extends KubeObject> {
  object: Live<T>
  /** `created` by 201, `applied` by 200. */
  outcome: 'created' | 'applied'
  /** The server's Warning headers: deprecations, Pod Security. */
  warnings: string[]
}

export interface Permission {
  verb: string
  group: string
  resource: string
  subresource?: string
  namespace?: string
  name?: string
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** Everything this project asks of a Kubernetes API server. Errors are DeployErrors or a KubeError with its Status. */
export interface Cluster {
  readonly where: Where
  /** By what the server's times are judged, in milliseconds since the epoch; this machine's clock, unless a rehearsal runs faster. */
  readonly clock?: () => number
  /** Requests sent so far, for the count in the report and the request-count tests. */
  readonly sent: { reads: number; writes: number; dryRuns: number }
  /** The server's `gitVersion`. */
  version(ask?: Ask): Promise<string>
  /** Whether the server serves the kind (discovery, cached), and whether it lives in namespaces. */
  scopeOf(kind: Kind, ask?: Ask): Promise<'namespaced' | 'cluster' | 'unknown'>
  /** The plural resource name and group as permissions need them; undefined where the server does not serve the kind. */
  resourceOf(kind: Kind, ask?: Ask): Promise<{ group: string; resource: string } | undefined>
  get<T extends KubeObject>(ref: Ref, ask?: Ask): Promise<Live<T> | undefined>
  list<T extends KubeObject>(kind: Kind, selection?: Selection): Promise<Listed<T>>
  /** Quorum list first, then a watch that heals itself. Ends when the signal aborts; throws what cannot be healed (401, 403). */
  watch<T extends KubeObject>(
    kind: Kind,
    selection: Selection & { resourceVersion?: string },
  ): AsyncIterable<WatchEvent<T>>
  /** Server-side apply, `fieldValidation=Strict`. */
  apply<T extends KubeObject>(object: T, options: ApplyOptions): Promise<Applied<T>>
  create<T extends KubeObject>(object: T, ask?: Ask): Promise<Live<T>>
  /** PUT; carries metadata.resourceVersion, so that a concurrent change answers 409. */
  replace<T extends KubeObject>(object: T, ask?: Ask): Promise<Live<T>>
  /** JSON merge patch (application/merge-patch+json). */
  merge<T extends KubeObject>(ref: Ref, patch: unknown, ask?: Ask): Promise<Live<T>>
  /** Deletes this very object, not a namesake. A missing object is fine. */
  remove(ref: Ref, options: Ask & { uid?: string; propagation?: 'Foreground' | 'Background' | 'Orphan' }): Promise<void>
  /** The last lines of a container's log; empty where there is none yet. */
  logs(
    pod: { namespace: string; name: string; container: string },
    options: Ask & { previous?: boolean; tailLines?: number },
  ): Promise<string[]>
  /** Asks a Service inside the cluster through the API server's proxy (GET). */
  serviceProxy(
    service: { namespace: string; name: string; port: number | string },
    path: string,
    ask?: Ask,
  ): Promise<Answer>
  /** Which of these permissions the user lacks; `unknown` where the server could not tell. */
  missingPermissions(
    wanted: readonly Permission[],
    ask?: Ask,
  ): Promise<{ missing: Permission[]; unknown: Permission[] }>
}
