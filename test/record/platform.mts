import type { KubeObject } from '../../lib/kube/object.mts'
import { deployment, job, made, pod, statefulSet, web } from './made.mts'
import type { Story } from './story.mts'
import * as when from './watchfor.mts'

/** What the cluster does not give: nodes, quota, admission, storage. */
export const PLATFORM = {
  'no-room': {
    subject: deployment(pod(web({ resources: { requests: { cpu: '500' } } }))),
    moments: [
      { name: 'first-try', when: when.unscheduled },
      { name: 'after-16s', when: when.lasting(when.unscheduled, 16) },
    ],
  },
  'no-such-node': {
    subject: deployment(pod(web(), { nodeSelector: { disk: 'ssd' } })),
    moments: [
      { name: 'first-try', when: when.unscheduled },
      { name: 'after-16s', when: when.lasting(when.unscheduled, 16) },
    ],
  },
  'quota-pods': {
    before: [made('ResourceQuota', 'small', { spec: { hard: { pods: '0' } } })],
    subject: deployment(pod(web())),
    moments: [
      { name: 'first-refusal', when: when.condition('ReplicaSet', 'ReplicaFailure') },
      { name: 'after-6s', when: when.lasting(when.condition('ReplicaSet', 'ReplicaFailure'), 6) },
    ],
  },
  'pod-security': {
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    subject: deployment(pod(web())),
    moments: [
      { name: 'first-refusal', when: when.condition('ReplicaSet', 'ReplicaFailure') },
      { name: 'after-6s', when: when.lasting(when.condition('ReplicaSet', 'ReplicaFailure'), 6) },
    ],
  },
  'account-missing': {
    subject: deployment(pod(web(), { serviceAccountName: 'nobody' })),
    moments: [{ name: 'after-6s', when: when.lasting(when.condition('ReplicaSet', 'ReplicaFailure'), 6) }],
  },
  'statefulset-quota': {
    before: [made('ResourceQuota', 'small', { spec: { hard: { pods: '0' } } })],
    subject: statefulSet(pod(web())),
    moments: [
      { name: 'first-refusal', when: when.event('FailedCreate') },
      { name: 'after-6s', when: when.lasting(when.event('FailedCreate'), 6) },
    ],
  },
  'storage-class-missing': {
    subject: statefulSet(pod(web({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })), {
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'nope',
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
    }),
    moments: [
      { name: 'first-try', when: when.unscheduled },
      { name: 'after-20s', when: when.both(when.lasting(when.unscheduled, 16), when.event('ProvisioningFailed')) },
    ],
  },
  'storage-waits-for-its-pod': {
    subject: statefulSet(pod(web({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })), {
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
        },
      ],
    }),
    moments: [
      { name: 'unbound', when: when.unscheduledOrUnbound },
      { name: 'ready', when: when.available(1, 1) },
    ],
  },
  'ingress-address': {
    subject: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'site' },
      spec: {
        ingressClassName: 'nginx',
        defaultBackend: { service: { name: 'api', port: { number: 80 } } },
      },
    } as KubeObject,
    moments: [
      { name: 'new', when: (snapshot) => snapshot.objects.some((object) => object.kind === 'Ingress') },
      { name: 'published', when: when.addressed },
    ],
  },
  'claim-missing': {
    subject: deployment(pod(web(), { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] })),
    moments: [{ name: 'after-16s', when: when.lasting(when.unscheduled, 16) }],
  },
  'job-quota': {
    before: [made('ResourceQuota', 'small', { spec: { hard: { pods: '0' } } })],
    subject: job('import', pod(web())),
    moments: [{ name: 'after-6s', when: when.lasting(when.event('FailedCreate'), 6) }],
  },
} satisfies Record<string, Story>
