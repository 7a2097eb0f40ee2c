/** Exit codes of every command (docs/failures.md). */
export const EXIT = {
  proven: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  outOfTime: 4,
  unreachable: 5,
  differences: 6,
  interrupted: 130,
} as const

export type Exit = (typeof EXIT)[keyof typeof EXIT]

/** Every failure code there is, and the exit it leads to. A code is stable: scripts and runbooks may rely on it. */
export const CODES = {
  // The command line, settings and stack files.
  usage: EXIT.usage,
  'unknown-flag': EXIT.usage,
  'unknown-setting': EXIT.usage,
  'bad-setting': EXIT.usage,
  'bad-tag': EXIT.usage,
  placeholder: EXIT.usage,
  'unknown-stack': EXIT.usage,
  'broken-stack': EXIT.usage,
  'bad-manifest': EXIT.usage,
  'missing-file': EXIT.usage,
  // Reaching the cluster.
  'no-cluster': EXIT.unreachable,
  'bad-kubeconfig': EXIT.unreachable,
  'unknown-context': EXIT.unreachable,
  unreachable: EXIT.unreachable,
  'certificate-expired': EXIT.unreachable,
  'certificate-untrusted': EXIT.unreachable,
  unauthorized: EXIT.unreachable,
  forbidden: EXIT.unreachable,
  'server-error': EXIT.unreachable,
  // Refusals before, or instead of, a write.
  'wrong-cluster': EXIT.refused,
  blocked: EXIT.refused,
  invalid: EXIT.refused,
  conflict: EXIT.refused,
  immutable: EXIT.refused,
  'foreign-object': EXIT.refused,
  'crd-missing': EXIT.refused,
  'namespace-terminating': EXIT.refused,
  'namespace-missing': EXIT.refused,
  'secret-missing': EXIT.refused,
  'configmap-missing': EXIT.refused,
  'storage-mismatch': EXIT.refused,
  locked: EXIT.refused,
  'lock-lost': EXIT.failed,
  'ground-moved': EXIT.refused,
  'schema-ahead': EXIT.refused,
  'no-release': EXIT.refused,
  unconfirmed: EXIT.refused,
  // What a rollout can die of (lib/health/cause.mts).
  'migration-failed': EXIT.failed,
  'migration-missing': EXIT.failed,
  'database-unreachable': EXIT.outOfTime,
  'image-missing': EXIT.failed,
  'image-denied': EXIT.failed,
  'image-invalid': EXIT.failed,
  'config-missing': EXIT.failed,
  'bucket-job-failed': EXIT.failed,
  'job-failed': EXIT.failed,
  'crash-loop': EXIT.failed,
  'out-of-memory': EXIT.failed,
  'cannot-run': EXIT.failed,
  unready: EXIT.outOfTime,
  unschedulable: EXIT.failed,
  'volume-stuck': EXIT.failed,
  quota: EXIT.failed,
  admission: EXIT.failed,
  'certificate-failed': EXIT.failed,
  'vault-failed': EXIT.failed,
  'out-of-time': EXIT.outOfTime,
  // The end.
  unproven: EXIT.failed,
  'proof-failed': EXIT.failed,
  interrupted: EXIT.interrupted,
  'cluster-failed': EXIT.failed,
  'cluster-left': EXIT.failed,
  'package-missing': EXIT.refused,
  bug: EXIT.failed,
} as const satisfies Record<string, Exit>

export type Code = keyof typeof CODES

export interface Failure {
  /** Stable name, the anchor in docs/failures.md. */
  code: Code
  /** One sentence in the cluster's own words where there are any: "Cannot X: current state". */
  says: string
  /** Log lines, events, conditions; already free of secrets. */
  evidence?: readonly string[]
  /** The next command to type, or the one thing to do. */
  next: string
  cause?: unknown
}

/** The one error an operator is meant to meet. Anything else that is thrown is a bug and prints its stack. */
export class DeployError extends Error {
  readonly code: Code
  readonly evidence: readonly string[]
  readonly next: string

  constructor({ code, says, evidence = [], next, cause }: Failure) {
    super(says, cause === undefined ? undefined : { cause })
    this.name = 'DeployError'
    this.code = code
    this.evidence = evidence
    this.next = next
  }

  get exit(): Exit {
    return CODES[this.code]
  }
}
