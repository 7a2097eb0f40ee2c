import { createInterface } from 'node:readline'
import { DeployError } from '../../error.mts'
import { endedBy } from '../../kube/abort.mts'
import type { Report } from '../../report/report.mts'
import type { TeardownPlan } from './types.mts'
import { allOf } from './types.mts'

interface Asking {
  report: Report
  yes: boolean
  signal: AbortSignal
  /** Where the answer is typed. */
  stdin?: NodeJS.ReadStream
}

/**
 * The operator's word, by `--yes` or typed: the name of the stack, so that no stray key removes one. Off a terminal
 * nobody is asked. Errors: `unconfirmed`.
 */
export async function confirmTeardown(
  plan: TeardownPlan,
  { report, yes, signal, stdin = process.stdin }: Asking,
): Promise<void> {
  if (yes) return
  const { stack } = plan.desired
  if (!stdin.isTTY) throw unconfirmed(stack, 'there is no terminal to ask on')
  const count = allOf(plan).length
  report.note(
    `type ${stack} to remove ${count === 1 ? 'this object' : `these ${count} objects`}; anything else leaves them`,
  )
  if ((await lineFrom(stdin, signal)).trim() !== stack) throw unconfirmed(stack, 'nobody said so')
}

async function lineFrom(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const lines = createInterface({ input: stdin })
  lines.once('line', resolve).once('close', () => resolve(''))
  try {
    return await endedBy(promise, signal)
  } finally {
    // An open stdin would keep the process.
    lines.close()
  }
}

function unconfirmed(stack: string, why: string): DeployError {
  return new DeployError({
    code: 'unconfirmed',
    says: `Cannot tear down ${stack}: ${why}; nothing was removed`,
    next: 'npx zx teardown.mts --yes, after a look at what --dry-run=server shows',
  })
}
