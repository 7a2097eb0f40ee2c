/** Tells the operator one line of progress; the caller owns the terminal. */
export type Say = (line: string) => void

/** What a provider is asked to make. */
export interface ClusterWish {
  /** Also the start of the context's name: `<name>-host`, `kind-<name>`, `<name>-rehearsal`. */
  readonly name: string
  /** `install`: missing Debian packages are installed; `ask`: they are named and nothing else happens. */
  readonly packages: 'install' | 'ask'
  /** Debian packages that are wanted besides those that the cluster takes. */
  readonly tools?: readonly DebianPackage[]
  /** The folder that volumes outlive the cluster in, as an absolute path; in the cluster itself unless given. */
  readonly data?: string
}

/** A Debian package and a file that only it brings; a bare name is looked for in PATH. */
export interface DebianPackage {
  readonly package: string
  readonly file: string
}

/** Where the host cluster and its surroundings are; what the demo and the tests stand on. */
export interface HostCluster {
  readonly name: string
  /** Everything that `up` makes lies below it; `down` removes it. */
  readonly stateDir: string
  /** A kubeconfig file of the cluster's own with the one context `<name>-host`, as cluster administrator. */
  readonly kubeconfig: string
  /** Path of the kubectl that was built with the cluster. */
  readonly kubectl: string
  /** `127.0.0.1:PORT`, plain HTTP; answers for every registry name that a pod's image may carry. */
  readonly registry: string
  /** The folder with the programs of one Go module, built first where they are not in the cache. */
  readonly binDir: (module: ModuleName) => Promise<string>
  readonly ingress: Ingress
}

/** Where the ingress controller listens; the ports are 80 and 443 unless those were taken. */
export interface Ingress {
  readonly address: '127.0.0.1'
  readonly http: number
  readonly https: number
}

/** The Go modules under host/modules. */
export type ModuleName =
  | 'kubernetes'
  | 'containerd'
  | 'registry'
  | 'minio'
  | 'coredns'
  | 'storage'
  | 'traefik'
  | 'pause'
  | 'crds'

/** One line of `status`. */
export interface StatusRow {
  readonly what: string
  readonly state: 'ok' | 'down'
  readonly detail: string
}

/** How `down` ended: there was no cluster, there is no trace of it, or there are these. */
export type Removal =
  | { readonly state: 'absent' }
  | { readonly state: 'gone' }
  | { readonly state: 'left'; readonly traces: readonly string[] }

/** A way to have a Kubernetes on this machine. */
export interface Provider {
  readonly name: 'kind' | 'host' | 'rehearsal'
  /** Makes the cluster, or repairs what is there; twice is once. */
  readonly up: (wish: ClusterWish, say: Say) => Promise<HostCluster | undefined>
  readonly status: (name: string, say: Say) => Promise<readonly StatusRow[]>
  /** Ends the cluster and compares what is there then with what was there before. */
  readonly down: (name: string, say: Say, keep?: 'data') => Promise<Removal>
  /** What `up --print-config` shows. */
  readonly config: (name: string, data?: string) => string
}
