import { DeployError } from '../error.mts'
import type { Failure } from '../error.mts'

/** A failure that knows the component it is about. */
export class Failed extends DeployError {
  readonly component: string

  constructor(component: string, failure: Failure) {
    super(failure)
    this.component = component
  }
}

/** The same failure with more evidence: its code, its words and what it is about stay. */
export function withEvidence(error: DeployError, lines: readonly string[]): DeployError {
  if (lines.length === 0) return error
  const { code, message, next } = error
  const failure: Failure = { code, says: message, next, evidence: [...error.evidence, ...lines], cause: error }
  return error instanceof Failed ? new Failed(error.component, failure) : new DeployError(failure)
}
