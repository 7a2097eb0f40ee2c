import { parseArgs } from 'node:util'
import { makePlan } from '../lib/deploy/plan.mts'
import { liveRelease, withoutSecrets } from '../lib/deploy/release.mts'
import type { Plan } from '../lib/deploy/types.mts'
import { connect } from '../lib/kube/connect.mts'
import type { Desired } from '../lib/stacks/stack.mts'
import { line, oneAfterAnother } from './measure.mts'
import type { Span } from './measure.mts'

/** What planning the live release once more asks of the server, and how long it takes. Nothing is written. */
const { values } = parseArgs({
  options: {
    stack: { type: 'string', default: 'reactbin' },
    namespace: { type: 'string', short: 'n' },
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
    runs: { type: 'string', default: '20' },
  },
})
const { stack, kubeconfig, context } = values
const home = values.namespace ?? stack
const { signal } = new AbortController()

interface Measured {
  plan: Plan
  spans: Span[]
  ms: number
  sent: { reads: number; writes: number; dryRuns: number }
}

const desired = await recorded()
const measured: Measured[] = []
for (let run = 0; run < Number(values.runs); run += 1) measured.push(await planned(desired))
print(measured)

async function recorded(): Promise<Desired> {
  await using cluster = await connect({ kubeconfig, context, signal })
  const release = await liveRelease(cluster, { home, stack }, signal)
  return withoutSecrets(release.desired)
}

/** One planning over a connection of its own, discovery included, as every command begins. */
async function planned(desired: Desired): Promise<Measured> {
  const spans: Span[] = []
  const onRequest = (text: string): void => {
    const end = performance.now()
    spans.push({ start: end - Number(/(\d+) ms$/.exec(text)?.[1] ?? 0), end })
  }
  await using cluster = await connect({ kubeconfig, context, signal, onRequest })
  const started = performance.now()
  const plan = await makePlan(cluster, desired, { signal })
  return { plan, spans, ms: performance.now() - started, sent: { ...cluster.sent } }
}

function print(all: readonly Measured[]): void {
  const [first] = all
  if (first === undefined) return
  const { plan, sent } = first
  const kinds = new Set(plan.steps.map(({ ref }) => ref.kind))
  const changed = plan.steps.filter(({ action }) => action !== 'unchanged')
  process.stdout.write(
    `${[
      `objects ${plan.steps.length}, kinds ${kinds.size}, changed ${changed.length}`,
      `requests ${first.spans.length}: ${sent.reads} reads, ${sent.dryRuns} dry runs, ${sent.writes} writes`,
      line(
        'requests one after another',
        all.map(({ spans }) => oneAfterAnother(spans)),
        'requests',
      ),
      line(
        'planning',
        all.map(({ ms }) => ms),
      ),
    ].join('\n')}\n`,
  )
}
