import type { Code } from '../../error.mts'
import type { KubeObject, Ref } from '../../kube/object.mts'
import type { Faults } from '../faults.mts'
import type { Identity } from '../server/identity.mts'
import type { StageOptions } from '../stage/stage.mts'
import type { Store, Stored, Time } from '../store.mts'
import type { Cast, Role } from './cast.mts'

/** The scripts that can rehearse. */
export type DrillScript = 'deploy' | 'rollback' | 'verify'

/** One failure as it will happen some night: what is there before, what goes wrong, and the code that it must end with. */
export interface Drill {
  /** The code that the run ends with (docs/failures.md). */
  code: Code
  /** One line for `--rehearse=list`: what goes wrong. */
  title: string
  /** Whom the stack must have for it to make sense; everybody has what is not named here. */
  needs?: readonly Role[]
  /** The script that it is for; deploy unless said. */
  script?: DrillScript
  /** Settings that the drill needs, below the operator's own. A stack that lacks one of them cannot play it. */
  settings?: Readonly<Record<string, unknown>>
  /** Milliseconds for the run instead of the stack's limit, where it ends for want of time; `--within` wins. */
  within?: number
  /** How many times faster than real the cluster's clock runs once the run begins. */
  speed?: number
  /** Releases that were deployed and proven before, by tag: what goes on serving. */
  before?: readonly string[]
  /** API groups whose CustomResourceDefinitions nobody installed. */
  absent?: readonly string[]
  /** Secrets that an operator should have made are not there. */
  withoutSecrets?: true
  /** Whom the kubeconfig names instead of the operator. */
  identity?: Identity
  /** What goes wrong, for these players. */
  plot?: (cast: Cast) => Plot
}

/** What a drill changes, all of it after the releases before it. */
export interface Plot {
  /** What containers do, what registries, Vault and issuers say. */
  stage?: StageOptions
  /** What runs have left behind: the database's `revision`. */
  state?: Readonly<Record<string, string>>
  /** What is in the cluster beside its furniture. */
  objects?: readonly KubeObject[]
  /** What is not. */
  without?: readonly Ref[]
  /** What an object was made into by somebody else. */
  changed?: readonly Changed[]
  /** The way to the cluster, where it is another one than the kubeconfig that works. */
  door?: (door: Door) => Door | Promise<Door>
  /** What becomes of requests. */
  faults?: (scene: Scene) => Faults
  /** What happens meanwhile: told of every change in the cluster. */
  meanwhile?: (scene: Scene) => (change: Stored) => void
}

export interface Changed {
  ref: Ref
  into: (object: KubeObject) => KubeObject
}

/** How the cluster is found. */
export interface Door {
  /** The text of the kubeconfig; undefined where there is none. */
  kubeconfig: string | undefined
  context: string
  /** A certificate and its key for these names that ends in so many days, in PEM. */
  mint: (names: readonly string[], days: number) => Promise<{ 'tls.crt': string; 'tls.key': string }>
}

/** What somebody else can do in the cluster. */
export interface Scene {
  store: Store
  time: Time
  cast: Cast
  /** What a Ctrl-C does. */
  interrupt: () => void
}
