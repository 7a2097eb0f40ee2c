import { setTimeout as delay } from 'node:timers/promises'
import type { ProofTarget } from '../proof/target.mts'
import { watchTraffic } from '../proof/traffic.mts'
import type { Traffic, TrafficWatch } from '../proof/traffic.mts'
import type { Report } from '../report/report.mts'
import type { Plan, Rollout } from './types.mts'

/** Requests a second: enough that an outage of 200 ms shows. */
const PER_SECOND = 10

export interface Users extends AsyncDisposable {
  /** Stops asking, reports and returns the count. */
  end(report: Report): Promise<Rollout['requests']>
}

const NOBODY: Users = {
  end: () => Promise.resolve({ asked: 0, failed: 0, builds: {} }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

/** Asks the health path like users would while pods are replaced. Where nothing is written nobody is disturbed. */
export function watchUsers(target: ProofTarget, plan: Plan): Users {
  const { health } = plan.desired
  if (health === undefined || plan.steps.every(({ action }) => action === 'unchanged')) return NOBODY
  const from = plan.base === undefined ? 'first-success' : 'all'
  const watch = watchTraffic(target, { ...health, perSecond: PER_SECOND, from })
  return {
    async end(report) {
      await hearMore(watch)
      await watch[Symbol.asyncDispose]()
      const { asked, failed, builds, firstFailure } = watch.count()
      report.traffic({
        asked,
        failed,
        builds: Object.keys(builds),
        says: wordsOf({ asked, failed, builds, ...(firstFailure === undefined ? {} : { firstFailure }) }),
      })
      return { asked, failed, builds }
    },
    [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose](),
  }
}

/** Answers that are still waited for after the proof: the count shall hold some of what users get from now on. */
const MORE = 3
/** Milliseconds that these may take: where nobody answers any more, the count so far says so. */
const LONGEST = 2_000

async function hearMore(watch: TrafficWatch): Promise<void> {
  const enough = watch.count().asked + MORE
  for (const until = performance.now() + LONGEST; performance.now() < until && watch.count().asked < enough;)
    await delay(1_000 / PER_SECOND)
}

function wordsOf({ asked, failed, builds, firstFailure }: Traffic): string {
  const answered = Object.entries(builds).map(([build, count]) => `${build} ${count}`)
  const by = answered.length === 0 ? '' : `; answered by build ${answered.join(', ')}`
  return `${failed} of ${asked} requests failed${by}${firstFailure === undefined ? '' : `; first: ${firstFailure}`}`
}
