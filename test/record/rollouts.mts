import { deployment, job, pod, shell, statefulSet, web } from './made.mts'
import type { Story } from './story.mts'
import * as when from './watchfor.mts'

const readiness = (command: string, more = {}): { readinessProbe: object } => ({
  readinessProbe: { exec: { command: ['sh', '-c', command] }, periodSeconds: 1, failureThreshold: 3, ...more },
})

/** Rollouts that go well, are slow, or replace something. */
export const ROLLOUTS = {
  'job-completes': {
    subject: job('minio-init-bucket-7d9f', pod(shell('mc', 'sleep 2'))),
    moments: [
      { name: 'running', when: when.running('mc') },
      { name: 'complete', when: when.condition('Job', 'Complete') },
    ],
  },
  'job-fails': {
    subject: job(
      'minio-init-bucket-7d9f',
      pod(
        shell(
          'mc',
          `echo 'mc: <ERROR> Unable to make bucket. The Access Key Id you provided does not exist.' >&2; exit 1`,
        ),
      ),
      { backoffLimit: 1 },
    ),
    moments: [
      { name: 'first-attempt', when: when.terminated(/Error/) },
      { name: 'failed', when: when.condition('Job', 'Failed') },
    ],
  },
  'slow-start': {
    subject: deployment(pod(shell('api', 'sleep 20; touch /tmp/up; sleep 3600', readiness('test -f /tmp/up')))),
    moments: [
      { name: 'starting', when: when.running('api') },
      { name: 'past-its-probes', when: when.lasting(when.running('api'), 12) },
      { name: 'ready', when: when.available(1, 1) },
    ],
  },
  'liveness-kill': {
    subject: deployment(
      pod(
        shell('api', 'touch /tmp/up; sleep 6; rm /tmp/up; sleep 3600', {
          livenessProbe: { exec: { command: ['test', '-f', '/tmp/up'] }, periodSeconds: 1, failureThreshold: 2 },
          ...readiness('test -f /tmp/up'),
        }),
      ),
    ),
    moments: [
      { name: 'ready', when: when.available(1, 1) },
      { name: 'killed', when: when.event('Killing', /liveness/) },
      { name: 'again', when: when.running('api', 1) },
      { name: 'killed-twice', when: when.event('Killing', /liveness/, 2) },
      { name: 'back-off', when: when.waiting(/CrashLoop/) },
    ],
  },
  upgrade: {
    subject: deployment(pod(web({ command: ['sh', '-c', 'sleep 3600'] }), { terminationGracePeriodSeconds: 8 })),
    moments: [
      {
        name: 'served',
        when: when.available(1, 1),
        then: [deployment(pod(web({ command: ['sh', '-c', 'sleep 3601'] }), { terminationGracePeriodSeconds: 8 }))],
      },
      { name: 'draining', when: when.both(when.available(2, 1), when.terminating) },
      { name: 'drained', when: when.both(when.available(2, 1), when.oldGone) },
    ],
  },
  'upgrade-image-missing': {
    subject: deployment(pod(web())),
    moments: [
      {
        name: 'served',
        when: when.available(1, 1),
        then: [deployment(pod(web({ image: 'registry.test/acme/api:nope', imagePullPolicy: 'Always' })))],
      },
      { name: 'refused', when: when.waiting(/ErrImagePull/), then: [deployment(pod(web()))] },
      { name: 'back', when: when.both(when.available(3, 1), when.oldGone) },
    ],
  },
  'statefulset-runs': {
    subject: statefulSet(pod(web())),
    moments: [{ name: 'ready', when: when.available(1, 1) }],
  },
  'statefulset-stuck': {
    subject: statefulSet(pod(web())),
    moments: [
      {
        name: 'served',
        when: when.available(1, 1),
        then: [statefulSet(pod(web({ command: ['minio', 'server'] })))],
      },
      { name: 'broken', when: when.waiting(/CrashLoop|RunContainerError/), then: [statefulSet(pod(web()))] },
      { name: 'stuck', when: when.lasting(when.waiting(/CrashLoop|RunContainerError/), 3) },
    ],
  },
} satisfies Record<string, Story>
