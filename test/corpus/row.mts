import type { Code } from '../../lib/error.mts'
import type { KubeObject, Ref } from '../../lib/kube/object.mts'

/** A manifest without a namespace: a row runs in one of its own. Not typed by kind, since some are wrong on purpose. */
export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; [field: string]: unknown }
} & Record<string, unknown>

/** One request. The manager is ours unless another is named. */
export type Step =
  | {
      verb: 'apply'
      object: Manifest
      manager?: string
      force?: boolean
      uid?: Uid
      resourceVersion?: string
      dryRun?: boolean
    }
  | { verb: 'create'; object: Manifest }
  /** PUT of the live object with these fields laid over its top level. */
  | { verb: 'replace'; ref: Named; with: Record<string, unknown>; resourceVersion?: string }
  | { verb: 'merge'; ref: Named; patch: Record<string, unknown> }
  | { verb: 'remove'; ref: Named; uid?: Uid }

/** `live`: that of the object as it stands. */
export type Uid = 'live' | (string & {})

export interface Named {
  apiVersion: string
  kind: string
  name: string
}

/** `owner` stands for every change of managedFields. */
export type Expectation =
  /** Held against live, the dry run of `act` changes exactly these paths; the apply then does what was foretold. */
  | { plan: 'unchanged' | readonly string[]; warns?: RegExp }
  /** The request is refused with this code, and a sentence like that. */
  | {
      refused: Code
      says?: RegExp
      next?: RegExp
      hides?: string
      is?: (error: unknown) => boolean
      /** Once the server's admission has noticed what stands before; until then it lets the request pass. */
      soon?: true
    }
  /** The request succeeds; then these fields of the object have these values. */
  | { gives: Readonly<Record<string, unknown>>; outcome?: 'created' | 'applied' }
  | { gives: 'absent' }

export interface Row {
  name: string
  before?: readonly Step[]
  act: Step
  expect: Expectation
  /** What the row leaves behind that keeps its namespace from going away. */
  after?: readonly Step[]
  /** Asks for more than the kinds that every server has. */
  needs?: 'crd' | 'admission'
}

export const OURS = 'landfall-corpus'

/** The manifest itself as a step under our manager. */
export function apply(object: Manifest, options: Partial<Extract<Step, { verb: 'apply' }>> = {}): Step {
  return { verb: 'apply', object, ...options }
}

export function named(object: Manifest): Named {
  return { apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name }
}

export function placed(object: Manifest, namespace: string | undefined): KubeObject {
  const metadata = namespace === undefined ? object.metadata : { namespace, ...object.metadata }
  return { ...object, metadata }
}

export function refIn(ref: Named, namespace: string | undefined): Ref {
  return namespace === undefined ? { ...ref } : { ...ref, namespace }
}
