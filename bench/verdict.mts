import { startClock } from '../lib/deploy/clock.mts'
import { makePlan } from '../lib/deploy/plan.mts'
import { rollOut } from '../lib/deploy/rollout.mts'
import type { KubeObject } from '../lib/kube/object.mts'
import type { FakeCluster } from '../test/deploy/fake.mts'
import { cluster, deployment, idle, listening, readyStatus, web } from '../test/deploy/world.mts'
import { line } from './measure.mts'

/** From the moment at which a Deployment is told to be ready to the end of the rollout, in one process. */
const rounds = Number(process.argv[2] ?? 50)
const others = Number(process.argv[3] ?? 200)
const times: number[] = []
for (let round = 0; round < rounds; round += 1) times.push(await measured())
process.stdout.write(`${line(`verdict, ${others} pods beside`, times)}\n`)

async function measured(): Promise<number> {
  const fake = cluster()
  for (let at = 0; at < others; at += 1) fake.put(pod(at, 'Running'))
  fake.controller = () => undefined
  const plan = await makePlan(fake, web(deployment('web')), { signal: new AbortController().signal })
  using clock = startClock(60_000)
  const frozen = (): never => {
    throw new Error('it failed')
  }
  const rollout = rollOut({ cluster: fake, plan, clock, report: listening().report, frozen })
  await idle()
  const started = tell(fake)
  await rollout
  return performance.now() - started
}

/** A burst as a cluster gives it: other pods move, the Deployment becomes ready in between. */
function tell(fake: FakeCluster): number {
  for (let at = 0; at < 10; at += 1) fake.put(pod(at, 'Succeeded'))
  const live = fake.find('Deployment', 'web')
  if (live === undefined) throw new Error('nothing was applied')
  const started = performance.now()
  fake.put({ ...live, status: readyStatus(live) } as KubeObject)
  for (let at = 10; at < 20; at += 1) fake.put(pod(at, 'Succeeded'))
  return started
}

function pod(at: number, phase: string): KubeObject {
  const metadata = { name: `other-${at}`, namespace: 'toy', labels: { app: 'other' } }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] }, status: { phase } } as KubeObject
}
