import assert from 'node:assert/strict'
import { startClock } from '../../lib/deploy/clock.mts'
import { makePlan } from '../../lib/deploy/plan.mts'
import { rollOut } from '../../lib/deploy/rollout.mts'
import type { DeployError } from '../../lib/error.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import type { FakeCluster } from './fake.mts'
import { listening, outcome, readyStatus } from './world.mts'

export const { signal: NEVER } = new AbortController()

/** A rollout under way: planned and started, with what it ends with. */
export async function started(fake: FakeCluster, desired: Desired, signal = NEVER, within = 120_000) {
  const plan = await makePlan(fake, desired, { signal: NEVER })
  fake.asked.length = 0
  const told = listening()
  const clock = startClock(within, signal)
  const frozen: DeployError[] = []
  const ended = outcome(
    rollOut({
      cluster: fake,
      plan,
      clock,
      report: told.report,
      frozen: ({ error }) => {
        frozen.push(error)
        return Promise.resolve(error)
      },
    }).finally(() => clock[Symbol.dispose]()),
  )
  return { plan, told, clock, frozen, ended }
}

export async function rolledOut(fake: FakeCluster, desired: Desired) {
  const rollout = await started(fake, desired)
  const ended = await rollout.ended
  return { ...rollout, ended }
}

/** Nothing becomes ready unless it is told to. */
export function idling(fake: FakeCluster): FakeCluster {
  fake.controller = () => undefined
  return fake
}

export function makeReady(fake: FakeCluster, kind: string, name: string): void {
  const live = fake.find(kind, name) ?? assert.fail(`no ${kind} ${name}`)
  fake.put({ ...live, status: readyStatus(live) } as KubeObject)
}

export function failJob(fake: FakeCluster): void {
  const live = [...fake.objects.values()].find(({ kind }) => kind === 'Job') ?? assert.fail('no job')
  const message = 'Job has reached the specified backoff limit'
  const condition = {
    type: 'Failed',
    status: 'True',
    reason: 'BackoffLimitExceeded',
    message,
    lastTransitionTime: fake.stamp(),
  }
  fake.put({ ...live, status: { failed: 1, conditions: [condition] } } as KubeObject)
}
