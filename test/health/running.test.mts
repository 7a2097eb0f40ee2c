import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Noted } from '../../lib/health/health.mts'
import {
  ago,
  live,
  noted,
  NOW,
  rollout,
  says,
  snapshotOf,
  told,
  verdictOnPod,
  waiting,
  type Fragment,
} from './pods.mts'
import { judge } from '../../lib/health/judge.mts'

const POD = live('v1', 'Pod', 'api-1')

describe('a pod that runs', () => {
  const probe = { periodSeconds: 1, failureThreshold: 3 }
  const CONDITIONS = [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Ready', status: 'True' },
  ]
  const running = (seconds: number, more: Fragment = {}): Fragment => ({
    name: 'api',
    state: { running: { startedAt: ago(seconds) } },
    ...more,
  })

  test('judge() calls a failing readiness probe trouble only after its own time, and never doom', () => {
    const events = [
      noted(POD, { reason: 'Unhealthy', message: 'Readiness probe failed: HTTP probe failed with statuscode: 500' }),
    ]
    const spec = { readinessProbe: { ...probe, initialDelaySeconds: 5 } }
    assert.equal(told(verdictOnPod({ containers: [running(7, { spec })] }, { events })), 'progressing starting')
    const health = verdictOnPod({ containers: [running(600, { spec })] }, { events })
    assert.equal(told(health), 'progressing api is not ready yet (unready)')
    assert.match(says(health), /statuscode: 500$/)
  })

  test('judge() gives a startup probe its whole time first', () => {
    const spec = { readinessProbe: probe, startupProbe: { periodSeconds: 10, failureThreshold: 60 } }
    assert.equal(told(verdictOnPod({ containers: [running(500, { spec })] })), 'progressing starting')
  })

  test('judge() tells what a startup probe says that keeps failing, and lets it have its time', () => {
    const spec = { startupProbe: { periodSeconds: 5, failureThreshold: 120 } }
    const message = 'Startup probe failed: database shop has no extension vector\n'
    const probed = (seconds: number, count: number, at: number, more: Fragment = {}) =>
      verdictOnPod(
        { containers: [running(seconds, { spec, ...more })] },
        { events: [noted(POD, { reason: 'Unhealthy', message, count, at: NOW - at * 1000 })] },
      )
    assert.equal(told(probed(30, 2, 1)), 'progressing starting')
    assert.equal(told(probed(9, 3, 1)), 'progressing starting')
    assert.equal(told(probed(30, 6, 31)), 'progressing starting', 'said of the run before')
    assert.equal(told(probed(30, 6, 1)), 'progressing api is not ready yet (unready)')
    assert.match(says(probed(30, 6, 1)), /Startup probe failed: database shop has no extension vector$/)
  })

  const settled = (pod: Fragment, events: readonly Noted[] = []): string => {
    const { subject, objects } = rollout([{ containers: [pod], status: { conditions: CONDITIONS } }])
    const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }
    const up = objects.map((object) => (object.kind === 'Deployment' ? { ...object, status } : object))
    return told(judge(subject, snapshotOf(up, { events })))
  }

  test('judge() believes a ready container without a probe only after five seconds', () => {
    assert.equal(settled(running(4, { ready: true })), 'progressing api runs, seeing whether it stays up')
    assert.equal(settled(running(5, { ready: true })), 'ready 1/1')
    assert.equal(settled(running(0, { ready: true, spec: { readinessProbe: probe } })), 'ready 1/1')
  })

  test('judge() believes a container without a probe that crashed only when it runs longer than before', () => {
    const lastState = { terminated: { exitCode: 1, startedAt: ago(28), finishedAt: ago(18) } }
    assert.equal(
      settled(running(11, { ready: true, lastState })),
      'progressing api runs, seeing whether it stays up (crash-loop)',
    )
    assert.equal(settled(running(12, { ready: true, lastState })), 'ready 1/1')
    const longAgo = { terminated: { exitCode: 1, startedAt: ago(9000), finishedAt: ago(7000) } }
    assert.equal(settled(running(6900, { ready: true, lastState: longAgo })), 'ready 1/1')
  })

  test('judge() believes a container that its liveness probe killed only when it outlives that probe', () => {
    const events = [
      noted(POD, {
        type: 'Normal',
        reason: 'Killing',
        message: 'Container api failed liveness probe, will be restarted',
        at: NOW - 25_000,
      }),
    ]
    const spec = { readinessProbe: probe, livenessProbe: { periodSeconds: 5, failureThreshold: 3 } }
    const shaky = 'progressing api was killed by its liveness probe, started again (crash-loop)'
    assert.equal(settled(running(15, { ready: true, restartCount: 1, spec }), events), shaky)
    assert.equal(settled(running(17, { ready: true, restartCount: 1, spec }), events), 'ready 1/1')
    assert.equal(settled(running(29, { ready: true, spec }), events), shaky)
  })

  test('judge() dooms a container that its liveness probe killed twice', () => {
    const killing = {
      type: 'Normal',
      reason: 'Killing',
      message: 'Container api failed liveness probe, will be restarted',
      at: NOW - 6_000,
    }
    const events = [
      noted(POD, killing),
      noted(POD, { reason: 'Unhealthy', message: 'Liveness probe failed: HTTP probe failed with statuscode: 503' }),
    ]
    const terminated = { exitCode: 137, reason: 'Error', startedAt: ago(20), finishedAt: ago(5) }
    const again = (restartCount: number): Fragment => running(2, { restartCount, lastState: { terminated } })
    assert.equal(
      told(verdictOnPod({ containers: [again(1)] }, { events })),
      'progressing api ended 1 time, starting again (crash-loop)',
    )
    const health = verdictOnPod({ containers: [again(2)] }, { events })
    assert.equal(told(health), 'doomed crash-loop')
    assert.match(says(health), /was killed \(exit 137\): Liveness probe failed: HTTP probe failed with statuscode: 503/)
  })

  test('judge() takes an evicted pod for bad luck', () => {
    const status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }
    assert.equal(told(verdictOnPod({ status })), 'progressing waiting for another pod (crash-loop)')
  })

  test('judge() says that an image is being pulled', () => {
    const events = [noted(POD, { type: 'Normal', reason: 'Pulling', message: 'Pulling image "registry.test/api:1"' })]
    const pod = { containers: [waiting('ContainerCreating')] }
    assert.equal(told(verdictOnPod(pod, { events })), 'progressing pulling image')
    const done = [...events, noted(POD, { type: 'Normal', reason: 'Pulled', message: 'Successfully pulled', at: NOW })]
    assert.equal(told(verdictOnPod(pod, { events: done })), 'progressing creating containers')
  })
})
