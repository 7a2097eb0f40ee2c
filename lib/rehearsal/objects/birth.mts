import { copied } from '../copy.mts'
import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../../kube/object.mts'
import { defaultsTo, mapAt, mapsAt, setDefaults } from './setting.mts'
import type { Fields } from './setting.mts'

/** What a new object gets from the server beside its defaults, in place: uid, generation, first status, a Job's labels. */
export function born(object: KubeObject, now: string): void {
  const metadata = object.metadata
  metadata.uid = randomUUID()
  metadata.creationTimestamp = now
  if (GENERATED.has(object.kind)) metadata.generation = 1
  const fields = object as unknown as Fields
  const status = FIRST_STATUS[object.kind]
  if (status !== undefined) fields['status'] = copied(status)
  if (object.kind === 'Job') jobLabels(fields, metadata.uid)
  if (object.kind === 'Pod') podStatus(fields)
  if (object.kind === 'PersistentVolumeClaim')
    metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), IN_USE])]
  if (object.kind === 'DaemonSet')
    metadata.annotations = { ...metadata.annotations, 'deprecated.daemonset.template.generation': '1' }
}

/** Keeps a claim as long as a pod uses it. */
export const IN_USE = 'kubernetes.io/pvc-protection'

/** Kinds whose generation counts changes of the spec; custom resources all do. */
export const GENERATED = new Set([
  'CronJob',
  'DaemonSet',
  'Deployment',
  'Ingress',
  'IngressClass',
  'Job',
  'NetworkPolicy',
  'Pod',
  'PodDisruptionBudget',
  'ReplicaSet',
  'StatefulSet',
  'Certificate',
  'CertificateRequest',
  'Challenge',
  'ClusterIssuer',
  'Issuer',
  'Order',
  'VaultAuth',
  'VaultConnection',
  'VaultStaticSecret',
])

const FIRST_STATUS: Readonly<Record<string, Fields>> = {
  CronJob: {},
  DaemonSet: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  Deployment: {},
  HorizontalPodAutoscaler: { desiredReplicas: 0, currentMetrics: null },
  Ingress: { loadBalancer: {} },
  Job: {},
  Namespace: { phase: 'Active' },
  PersistentVolumeClaim: { phase: 'Pending' },
  PodDisruptionBudget: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
  ReplicaSet: { replicas: 0 },
  ResourceQuota: {},
  Service: { loadBalancer: {} },
  StatefulSet: { replicas: 0, availableReplicas: 0 },
}

function podStatus(pod: Fields): void {
  pod['status'] = { phase: 'Pending', qosClass: qosOf(mapAt(pod, 'spec')) }
}

/** How a pod is treated when its node runs out: by what its containers ask for and what they may take. */
export function qosOf(spec: Fields): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const containers = ['initContainers', 'containers'].flatMap((list) => mapsAt(spec, list))
  const shares = containers.map((container) => {
    const resources = mapAt(container, 'resources')
    return { requests: mapAt(resources, 'requests'), limits: mapAt(resources, 'limits') }
  })
  const empty = (fields: Fields): boolean => fields['cpu'] === undefined && fields['memory'] === undefined
  if (shares.every(({ requests, limits }) => empty(requests) && empty(limits))) return 'BestEffort'
  const full = shares.every(({ requests, limits }) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name]),
  )
  return full ? 'Guaranteed' : 'Burstable'
}

/** A Job's pods are told from others' by its uid. */
function jobLabels(job: Fields, uid: string): void {
  const spec = mapAt(job, 'spec')
  if (spec['manualSelector'] === true) return
  const name = mapAt(job, 'metadata')['name']
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  }
  const template = defaultsTo(mapAt(spec, 'template'), 'metadata', {})
  const given = template['labels']
  template['labels'] = { ...(given as Fields | undefined), ...labels }
  setDefaults(spec, { selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } } })
  const own = mapAt(mapAt(job, 'metadata'), 'labels')
  // A Job without labels takes those of its template.
  if (Object.keys(own).length === 0) mapAt(job, 'metadata')['labels'] = { ...mapAt(template, 'labels') }
}
