import type { Health, Snapshot } from '../health/health.mts'
import type { KubeObject, Live, Ref } from '../kube/object.mts'
import type { Proven } from '../proof/spec.mts'
import type { Desired } from '../stacks/stack.mts'
import type { Code } from '../error.mts'

export interface Change {
  path: string
  from?: unknown
  to?: unknown
}

/** `replace`: a Job that failed is deleted and made anew; `delete`: an object that the last release had and this has not. */
export type Action = 'create' | 'update' | 'unchanged' | 'replace' | 'delete'

/** What is to happen to one object. */
export interface Step {
  component: string
  ref: Ref
  action: Action
  /** What is applied; absent for `delete`. */
  object?: KubeObject
  /** As the server has it now. */
  live?: Live
  changes: readonly Change[]
  /** The server's warnings about it. */
  warnings: readonly string[]
  /** Why its pods are rolled, where that is not the manifest's own change. */
  because?: string
}

/** A preflight finding. `blocking` refuses the deploy with its code. */
export interface Row {
  name: string
  state: 'ok' | 'warning' | 'blocking' | 'unknown'
  says: string
  next?: string
  code?: Code
}

export interface Plan {
  desired: Desired
  /** The newest proven release, if there is one. */
  base?: Release
  /** Numbers of every record, newest first: part of the ground that is checked again under the lock. */
  records: readonly Release[]
  steps: readonly Step[]
  /** The stack's pods as planning saw them. */
  pods: readonly Live[]
  preflight: readonly Row[]
  /** Namespaces that are part of the stack and not there yet: nothing in them could be dry-run, and they are made first. */
  newNamespaces: readonly string[]
  /** Whether a certificate has to be issued for the first time: adds `tlsTimeout` to the clock. */
  issuesCertificate: boolean
  forceConflicts: boolean
  /** Of a rollback: the release it brings back; `goesOn` where an earlier run was cut short on the same way. */
  rollback?: { to: number; goesOn: boolean }
  /** Milliseconds that planning took. */
  elapsed: number
}

/** Whether the plan writes nothing: everything is as declared, and proven as such before. */
export function isEmpty(plan: Plan): boolean {
  return plan.base?.digest === plan.desired.digest && plan.steps.every((step) => step.action === 'unchanged')
}

export interface Timed {
  component: string
  /** Milliseconds from the lock to ready. */
  ms: number
}

export interface Rollout {
  timeline: readonly Timed[]
  requests: { asked: number; failed: number; builds: Readonly<Record<string, number>> }
  /** The database's schema revision after the migration, where the app or its migration told it. */
  schema?: string
  /** Health of every component at the end. */
  health: ReadonlyMap<string, Health>
  /** What the cluster said at the end. */
  snapshot: Snapshot
}

/** One proven deployment, as it is recorded in the cluster. No secret data is in it. */
export interface Release {
  number: number
  desired: Desired
  /** Hash of what was rendered. */
  digest: string
  schema?: string
  /** The operator marked it as able to run on a newer schema. */
  schemaCompatible: boolean
  timeline: readonly Timed[]
  proof: readonly Proven[]
  by: string
  from: string
  /** ISO time. */
  at: string
  run: string
}
