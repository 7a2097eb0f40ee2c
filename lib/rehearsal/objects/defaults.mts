import { createHash } from 'node:crypto'
import type { KubeObject } from '../../kube/object.mts'
import { claimDefaults, podDefaults, templateDefaults } from './poddefaults.mts'
import { defaultsTo, eachMap, mapAt, setDefaults, wordOf } from './setting.mts'
import type { Fields } from './setting.mts'

/** The object with what the API server fills in, in place; run twice it changes nothing more. */
export function defaulted<T extends KubeObject>(object: T): T {
  early(object)
  LATE[`${object.apiVersion}/${object.kind}`]?.(object as unknown as Fields)
  return object
}

/** Only what it fills in on reading: the rest comes once it knows that the object is to be stored. */
export function early<T extends KubeObject>(object: T): T {
  DEFAULTS[`${object.apiVersion}/${object.kind}`]?.(object as unknown as Fields)
  return object
}

const LATE: Readonly<Record<string, (object: Fields) => void>> = {
  'v1/Pod': (pod) => accountOf(mapAt(pod, 'spec')),
  'v1/Service': addresses,
  'v1/Namespace': (object) => setDefaults(defaultsTo(object, 'spec', {}), { finalizers: ['kubernetes'] }),
}

function accountOf(spec: Fields): void {
  if (Object.keys(spec).length === 0) return
  setDefaults(spec, { serviceAccountName: 'default' })
  spec['serviceAccount'] = spec['serviceAccountName']
}

const DEFAULTS: Readonly<Record<string, (object: Fields) => void>> = {
  'v1/Pod': (pod) => podDefaults(mapAt(pod, 'spec'), 'pod'),
  'apps/v1/Deployment': (object) => deployment(mapAt(object, 'spec')),
  'apps/v1/ReplicaSet': (object) => replicaSet(mapAt(object, 'spec')),
  'apps/v1/StatefulSet': (object) => statefulSet(mapAt(object, 'spec')),
  'apps/v1/DaemonSet': (object) => daemonSet(mapAt(object, 'spec')),
  'batch/v1/Job': (object) => job(mapAt(object, 'spec')),
  'batch/v1/CronJob': (object) => cronJob(mapAt(object, 'spec')),
  'v1/Service': service,
  'v1/Secret': (object) => setDefaults(object, { type: 'Opaque' }),
  'v1/Namespace': namespace,
  'v1/PersistentVolumeClaim': (object) => claimDefaults(mapAt(object, 'spec')),
  'v1/LimitRange': (object) => eachMap(mapAt(object, 'spec'), 'limits', limitItem),
  'networking.k8s.io/v1/NetworkPolicy': (object) => networkPolicy(mapAt(object, 'spec')),
  'autoscaling/v2/HorizontalPodAutoscaler': (object) => autoscaler(mapAt(object, 'spec')),
  'rbac.authorization.k8s.io/v1/RoleBinding': binding,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': binding,
  'storage.k8s.io/v1/StorageClass': (object) =>
    setDefaults(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  'secrets.hashicorp.com/v1beta1/VaultStaticSecret': vaultStaticSecret,
  'secrets.hashicorp.com/v1beta1/VaultAuth': (object) => vaultAuth(mapAt(object, 'spec')),
  'secrets.hashicorp.com/v1beta1/VaultConnection': (object) =>
    setDefaults(mapAt(object, 'spec'), { skipTLSVerify: false }),
}

function deployment(spec: Fields): void {
  setDefaults(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
  const strategy = defaultsTo(spec, 'strategy', {})
  setDefaults(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate')
    setDefaults(defaultsTo(strategy, 'rollingUpdate', {}), { maxUnavailable: '25%', maxSurge: '25%' })
  templateDefaults(spec)
}

function replicaSet(spec: Fields): void {
  setDefaults(spec, { replicas: 1 })
  templateDefaults(spec)
}

function statefulSet(spec: Fields): void {
  setDefaults(spec, { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 })
  const strategy = defaultsTo(spec, 'updateStrategy', {})
  setDefaults(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate') setDefaults(defaultsTo(strategy, 'rollingUpdate', {}), { partition: 0 })
  setDefaults(defaultsTo(spec, 'persistentVolumeClaimRetentionPolicy', {}), {
    whenDeleted: 'Retain',
    whenScaled: 'Retain',
  })
  eachMap(spec, 'volumeClaimTemplates', (claim) => {
    setDefaults(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } })
    claimDefaults(mapAt(claim, 'spec'))
  })
  templateDefaults(spec)
}

function daemonSet(spec: Fields): void {
  setDefaults(spec, { revisionHistoryLimit: 10 })
  const strategy = defaultsTo(spec, 'updateStrategy', {})
  setDefaults(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate')
    setDefaults(defaultsTo(strategy, 'rollingUpdate', {}), { maxUnavailable: 1, maxSurge: 0 })
  templateDefaults(spec)
}

function job(spec: Fields): void {
  if (spec['completions'] === undefined && spec['parallelism'] === undefined)
    setDefaults(spec, { completions: 1, parallelism: 1 })
  setDefaults(spec, {
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
  })
  eachMap(mapAt(spec, 'podFailurePolicy'), 'rules', (rule) =>
    eachMap(rule, 'onPodConditions', (condition) => setDefaults(condition, { status: 'True' })),
  )
  templateDefaults(spec)
}

function cronJob(spec: Fields): void {
  setDefaults(spec, {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  })
  const job = mapAt(spec, 'jobTemplate')
  defaultsTo(job, 'metadata', {})
  templateDefaults(mapAt(job, 'spec'))
}

function service(object: Fields): void {
  const spec = mapAt(object, 'spec')
  setDefaults(spec, { type: 'ClusterIP', sessionAffinity: 'None' })
  eachMap(spec, 'ports', (port) => {
    setDefaults(port, { protocol: 'TCP' })
    setDefaults(port, { targetPort: port['port'] })
  })
  if (spec['sessionAffinity'] === 'ClientIP')
    setDefaults(spec, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } })
  if (spec['type'] !== 'ExternalName') setDefaults(spec, { internalTrafficPolicy: 'Cluster' })
  if (OUTWARD.has(wordOf(spec['type']))) setDefaults(spec, { externalTrafficPolicy: 'Cluster' })
  if (spec['type'] === 'LoadBalancer') setDefaults(spec, { allocateLoadBalancerNodePorts: true })
}

const OUTWARD = new Set(['NodePort', 'LoadBalancer'])

function addresses(object: Fields): void {
  const spec = mapAt(object, 'spec')
  if (spec['type'] === 'ExternalName') return
  setDefaults(spec, { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
  setDefaults(spec, { clusterIP: addressFor(mapAt(object, 'metadata')) })
  setDefaults(spec, { clusterIPs: [spec['clusterIP']] })
  if (spec['type'] === 'ClusterIP') return
  eachMap(spec, 'ports', (port, place) =>
    setDefaults(port, { nodePort: 30_000 + portOf(mapAt(object, 'metadata'), place) }),
  )
}

/** An address of the service range that follows from the name, so that a dry run foretells it. */
function addressFor(metadata: Fields): string {
  const bytes = digestOf(metadata)
  return `10.96.${bytes[0] ?? 0}.${1 + ((bytes[1] ?? 0) % 254)}`
}

function portOf(metadata: Fields, place: number): number {
  const bytes = digestOf(metadata)
  return (((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) % 2_700) + place
}

function digestOf(metadata: Fields): Buffer {
  return createHash('sha256')
    .update(`${String(metadata['namespace'])}/${String(metadata['name'])}`)
    .digest()
}

function namespace(object: Fields): void {
  const metadata = mapAt(object, 'metadata')
  const labels = defaultsTo(metadata, 'labels', {})
  labels['kubernetes.io/metadata.name'] = metadata['name']
  defaultsTo(object, 'spec', {})
  setDefaults(defaultsTo(object, 'status', {}), { phase: 'Active' })
}

function limitItem(item: Fields): void {
  if (item['type'] !== 'Container') return
  const [max, limits] = [item['max'], item['default']]
  if (max !== undefined) item['default'] = { ...(max as Fields), ...(limits as Fields | undefined) }
  const requests = { ...(item['min'] as Fields | undefined), ...(item['default'] as Fields | undefined) }
  const all = { ...requests, ...(item['defaultRequest'] as Fields | undefined) }
  if (Object.keys(all).length > 0) item['defaultRequest'] = all
}

function networkPolicy(spec: Fields): void {
  const egress = spec['egress'] === undefined ? [] : ['Egress']
  setDefaults(spec, { policyTypes: ['Ingress', ...egress] })
  for (const way of ['ingress', 'egress'])
    eachMap(spec, way, (rule) => eachMap(rule, 'ports', (port) => setDefaults(port, { protocol: 'TCP' })))
}

function autoscaler(spec: Fields): void {
  const target = { type: 'Utilization', averageUtilization: 80 }
  setDefaults(spec, { minReplicas: 1, metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] })
  if (spec['behavior'] === undefined) return
  const behavior = mapAt(spec, 'behavior')
  const whole = { type: 'Percent', value: 100, periodSeconds: 15 }
  setDefaults(defaultsTo(behavior, 'scaleUp', {}), {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, whole],
  })
  setDefaults(defaultsTo(behavior, 'scaleDown', {}), { selectPolicy: 'Max', policies: [whole] })
}

function binding(object: Fields): void {
  setDefaults(mapAt(object, 'roleRef'), { apiGroup: 'rbac.authorization.k8s.io' })
  eachMap(object, 'subjects', (subject) => {
    if (subject['kind'] !== 'ServiceAccount') setDefaults(subject, { apiGroup: 'rbac.authorization.k8s.io' })
  })
}

function vaultStaticSecret(object: Fields): void {
  const spec = mapAt(object, 'spec')
  setDefaults(spec, { hmacSecretData: true })
  if (spec['destination'] !== undefined) setDefaults(mapAt(spec, 'destination'), { create: false, overwrite: false })
}

function vaultAuth(spec: Fields): void {
  for (const method of ['kubernetes', 'jwt'])
    if (spec[method] !== undefined) setDefaults(mapAt(spec, method), { tokenExpirationSeconds: 600 })
}
