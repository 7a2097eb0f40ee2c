import { randomUUID } from 'node:crypto'
import type { Cluster } from '../kube/cluster.mts'
import type { Report } from '../report/report.mts'
import type { Lock } from './hold.mts'
import { takeLease } from './lease.mts'
import { makeNamespace } from './namespaces.mts'
import { isEmpty } from './types.mts'
import type { Plan } from './types.mts'

interface Wanting {
  report: Report
  signal: AbortSignal
}

/**
 * The right to carry the plan out. Makes a missing home namespace first, the one write before everything was dry-run
 * (law 1). An empty plan needs no lock and gets one that holds nothing (law 8). Errors: `locked`.
 */
export async function takeLock(cluster: Cluster, plan: Plan, { report, signal }: Wanting): Promise<Lock> {
  const run = randomUUID()
  // A rollback that was cut short left its mark on the lock: only who holds it can take the mark away.
  if (isEmpty(plan) && plan.rollback?.goesOn !== true) return idleLock(run)
  const { home: namespace, stack } = plan.desired
  await makeNamespace(cluster, plan, namespace, signal)
  const { rollback } = plan
  return takeLease(cluster, {
    namespace,
    stack,
    run,
    signal,
    say: (text) => report.note(text),
    ...(rollback === undefined ? {} : { rollbackTo: rollback.to }),
  })
}

function idleLock(run: string): Lock {
  return {
    run,
    signal: new AbortController().signal,
    point: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
