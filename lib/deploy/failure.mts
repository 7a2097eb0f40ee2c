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
  return retold(error, { says: error.message, next: error.next, evidence: [...error.evidence, ...lines] })
}

/** The same failure without any secret in its words: a container's log may quote one (law 6). */
export function withoutSecrets(error: DeployError, scrub: (text: string) => string): DeployError {
  const { message, next, evidence } = error
  return retold(error, { says: scrub(message), next: scrub(next), evidence: evidence.map(scrub) })
}

function retold(error: DeployError, words: Pick<Failure, 'says' | 'next' | 'evidence'>): DeployError {
  const failure: Failure = { code: error.code, cause: error, ...words }
  return error instanceof Failed ? new Failed(error.component, failure) : new DeployError(failure)
}
