import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import { wantsLogs } from '../../lib/health/logs.mts'
import type { Live } from '../../lib/kube/object.mts'
import { ago, ended, live, noted, NOW, rollout, snapshotOf, told, waiting, type Fragment } from './pods.mts'

const SINCE = NOW - 10_000
const LEAVING = { metadata: { deletionTimestamp: ago(1) } }

function object(apiVersion: string, kind: string, body: Fragment = {}): Live {
  return live(apiVersion, kind, 'it', { metadata: { creationTimestamp: ago(10) }, ...body })
}

const ROWS: readonly (readonly [what: string, object: Live, verdict: string])[] = [
  ['a ConfigMap', object('v1', 'ConfigMap'), 'ready '],
  ['a Service', object('v1', 'Service', { spec: { type: 'LoadBalancer' } }), 'ready '],
  [
    'a budget that allows nothing yet',
    object('policy/v1', 'PodDisruptionBudget', {
      status: { conditions: [{ type: 'DisruptionAllowed', status: 'False' }] },
    }),
    'ready ',
  ],
  [
    'an autoscaler that nobody has looked at yet',
    object('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { minReplicas: 2, maxReplicas: 10 } }),
    'ready 2 to 10 pods',
  ],
  [
    'an autoscaler without metrics',
    object('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { minReplicas: 2, maxReplicas: 10 },
      status: {
        conditions: [
          { type: 'AbleToScale', status: 'True', reason: 'SucceededGetScale' },
          {
            type: 'ScalingActive',
            status: 'False',
            reason: 'FailedGetResourceMetric',
            message: 'no metrics\nreturned',
          },
        ],
      },
    }),
    'ready 2 to 10 pods, not acting: no metrics returned',
  ],
  [
    'an autoscaler whose workload is not there yet',
    object('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { maxReplicas: 3 },
      status: { conditions: [{ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale' }] },
    }),
    'ready 1 to 3 pods, not acting: FailedGetScale',
  ],
  [
    'an autoscaler on its way out',
    object('autoscaling/v2', 'HorizontalPodAutoscaler', LEAVING),
    'progressing being deleted',
  ],
  ['a policy', object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {} } }), 'ready '],
  [
    'a quota that is used up',
    object('v1', 'ResourceQuota', { status: { hard: { pods: '1' }, used: { pods: '1' } } }),
    'ready ',
  ],
  ['a range', object('v1', 'LimitRange'), 'ready '],
  ['a monitor of a Prometheus operator', object('monitoring.coreos.com/v1', 'ServiceMonitor'), 'ready '],
  ['a ConfigMap on its way out', object('v1', 'ConfigMap', LEAVING), 'progressing being deleted'],
  ['a namespace', object('v1', 'Namespace', { status: { phase: 'Active' } }), 'ready '],
  [
    'a namespace on its way out',
    object('v1', 'Namespace', { ...LEAVING, status: { phase: 'Terminating' } }),
    'doomed namespace-terminating',
  ],
  [
    'a claim that no pod uses yet',
    object('v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } }),
    'ready bound by its first pod',
  ],
  ['a bound claim', object('v1', 'PersistentVolumeClaim', { status: { phase: 'Bound' } }), 'ready bound'],
  [
    'a claim whose volume is gone',
    object('v1', 'PersistentVolumeClaim', { status: { phase: 'Lost' } }),
    'doomed volume-stuck',
  ],
  [
    'an Ingress with an address',
    object('networking.k8s.io/v1', 'Ingress', { status: { loadBalancer: { ingress: [{ ip: '10.0.0.4' }] } } }),
    'ready 10.0.0.4',
  ],
  [
    'an Ingress with a host name',
    object('networking.k8s.io/v1', 'Ingress', { status: { loadBalancer: { ingress: [{ hostname: 'lb.test' }] } } }),
    'ready lb.test',
  ],
  [
    'a new Ingress without an address',
    object('networking.k8s.io/v1', 'Ingress', { status: { loadBalancer: {} } }),
    'progressing waiting for an address',
  ],
  ['a resource that says nothing', object('example.com/v1', 'Widget'), 'ready '],
  [
    'a resource that is ready',
    object('example.com/v1', 'Widget', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
    'ready ready',
  ],
  [
    'a resource that is not',
    object('example.com/v1', 'Widget', {
      status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Boom', message: 'no database' }] },
    }),
    'progressing no database (unready)',
  ],
  [
    'a resource that does not know yet',
    object('example.com/v1', 'Widget', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }),
    'progressing waiting for Ready',
  ],
  [
    'a resource that is at it',
    object('example.com/v1', 'Widget', {
      status: { conditions: [{ type: 'Reconciling', status: 'True', message: 'step 2' }] },
    }),
    'progressing step 2',
  ],
  [
    'a resource that is stalled',
    object('example.com/v1', 'Widget', {
      status: { conditions: [{ type: 'Stalled', status: 'True', message: 'bad spec' }] },
    }),
    'doomed unready',
  ],
  [
    'a resource whose controller is behind',
    object('example.com/v1', 'Widget', {
      status: { observedGeneration: 0, conditions: [{ type: 'Ready', status: 'True' }] },
    }),
    'progressing waiting for the controller',
  ],
]

for (const [what, subject, verdict] of ROWS) {
  test(`judge() says "${verdict}" of ${what}`, () => {
    assert.equal(told(judge({ object: subject, since: SINCE }, snapshotOf([subject]))), verdict)
  })
}

test('judge() takes a controller that published no address in 30 s for one that never does, and leaves the word to the proof', () => {
  const ingress = object('networking.k8s.io/v1', 'Ingress', { metadata: { creationTimestamp: ago(31) } })
  assert.equal(
    told(judge({ object: ingress, since: NOW - 31_000 }, snapshotOf([ingress]))),
    'ready no address published',
  )
  assert.equal(
    told(judge({ object: ingress, since: NOW - 20_000 }, snapshotOf([ingress]))),
    'progressing waiting for an address',
  )
})

test('judge() tells what an ingress controller complains about', () => {
  const ingress = object('networking.k8s.io/v1', 'Ingress')
  const events = [noted(ingress, { reason: 'Rejected', message: 'All hosts are taken by other resources' })]
  assert.equal(
    told(judge({ object: ingress, since: SINCE }, snapshotOf([ingress], { events }))),
    'progressing waiting for an address (unready)',
  )
})

test('judge() finds the newest state by uid, and falls back to the object as applied', () => {
  const applied = object('v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } })
  const bound = object('v1', 'PersistentVolumeClaim', { status: { phase: 'Bound' } })
  const namesake = { ...bound, metadata: { ...bound.metadata, uid: 'else' } }
  assert.equal(told(judge({ object: applied, since: SINCE }, snapshotOf([bound]))), 'ready bound')
  assert.equal(told(judge({ object: applied, since: SINCE }, snapshotOf([namesake]))), 'ready bound by its first pod')
})

const wanted = (containers: Fragment[], inits: Fragment[] = [], status: Fragment = {}): string[] => {
  const { subject, objects } = rollout([{ containers, inits, status }])
  return wantsLogs(snapshotOf(objects), [subject]).map(
    ({ pod, container, previous }) => `${pod}/${container}${previous ? '/previous' : ''}`,
  )
}

test('wantsLogs() asks for a container that ended without a word, not for one whose status has its words', () => {
  assert.deepEqual(wanted([ended(1, '')]), ['api-1/api'])
  assert.deepEqual(wanted([ended(1, 'boom')]), [])
  assert.deepEqual(wanted([ended(1, '', {}, { exitCode: 0 })]), [])
})

test('wantsLogs() asks for the run before, where the container waits or runs again', () => {
  const lastState = { terminated: { exitCode: 1, reason: 'Error' } }
  assert.deepEqual(wanted([waiting('CrashLoopBackOff', '', { lastState })]), ['api-1/api/previous'])
  assert.deepEqual(wanted([{ name: 'api', state: { running: {} }, lastState }]), ['api-1/api', 'api-1/api/previous'])
})

test('wantsLogs() follows a migration that runs, and nothing of a pod that is ready', () => {
  assert.deepEqual(wanted([waiting('PodInitializing')], [{ name: 'alembic-migrate', state: { running: {} } }]), [
    'api-1/alembic-migrate',
  ])
  const READY = { conditions: [{ type: 'Ready', status: 'True' }] }
  assert.deepEqual(wanted([{ name: 'api', ready: true, state: { running: {} } }], [], READY), [])
})
