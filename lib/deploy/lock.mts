import { randomUUID } from 'node:crypto'
import { managerOf } from '../marks.mts'
import type { Cluster } from '../kube/cluster.mts'
import type { Report } from '../report/report.mts'
import type { Lock } from './hold.mts'
import { takeLease } from './lease.mts'
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
  if (isEmpty(plan)) return idleLock(run)
  if (plan.home === 'missing') await makeHome(cluster, plan, signal)
  const { home: namespace, stack } = plan.desired
  return takeLease(cluster, { namespace, stack, run, signal, say: (text) => report.note(text) })
}

function idleLock(run: string): Lock {
  return {
    run,
    signal: new AbortController().signal,
    point: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function makeHome(cluster: Cluster, plan: Plan, signal: AbortSignal): Promise<void> {
  const home = plan.steps.find(({ ref }) => ref.kind === 'Namespace' && ref.name === plan.desired.home)
  if (home?.object === undefined) return
  await cluster.apply(home.object, { manager: managerOf(plan.desired.stack), signal })
}
