import type { KubeObject } from '../../kube/object.mts'
import { schemaOf } from '../apply/node.mts'
import { declaredProblems } from './declared.mts'
import { nameProblems, subdomainProblems } from './naming.mts'
import {
  budgetProblems,
  claimProblems,
  cronJobProblems,
  externalProblems,
  keyProblems,
  limitRangeProblems,
  networkPolicyProblems,
  quotaProblems,
  secretTypeProblems,
  selectorProblems,
  sharedKeyProblems,
  shareProblems,
} from './kindproblems.mts'
import { metaProblems } from './metaproblems.mts'
import { isPort, podProblems, portName } from './podproblems.mts'
import { forbiddenField, invalidValue, notListed, requiredField, tooLong } from './problems.mts'
import type { Problem } from './problems.mts'
import { mapAt, mapsAt, wordOf } from './setting.mts'
import type { Fields } from './setting.mts'

/** What the server's validation says of an object, defaults filled in; nothing where it is taken. */
export function problemsIn(object: KubeObject): Problem[] {
  const fields = object as unknown as Fields
  const node = schemaOf(object)
  const declared = node === undefined ? [] : declaredProblems(fields, node, object.kind)
  return [
    ...nameProblems(object),
    ...metaProblems(object),
    ...declared,
    ...(BY_KIND[`${object.apiVersion}/${object.kind}`]?.(fields) ?? []),
  ]
}

const BY_KIND: Readonly<Record<string, (object: Fields) => Problem[]>> = {
  'v1/ConfigMap': (object) => [
    ...keyProblems(object, 'data', 'binaryData'),
    ...sharedKeyProblems(object),
    ...sizeProblems({ ...mapAt(object, 'data'), ...mapAt(object, 'binaryData') }, '[]'),
  ],
  'v1/Secret': (object) => [
    ...keyProblems(object, 'data'),
    ...secretTypeProblems(object),
    ...sizeProblems(mapAt(object, 'data'), 'data'),
  ],
  'v1/LimitRange': (object) => limitRangeProblems(mapAt(object, 'spec')),
  'v1/ResourceQuota': (object) => quotaProblems(mapAt(object, 'spec')),
  'v1/PersistentVolumeClaim': (object) => claimProblems(mapAt(object, 'spec')),
  'batch/v1/CronJob': (object) => cronJobProblems(mapAt(object, 'spec')),
  'policy/v1/PodDisruptionBudget': (object) => budgetProblems(mapAt(object, 'spec')),
  'networking.k8s.io/v1/NetworkPolicy': (object) => networkPolicyProblems(mapAt(object, 'spec')),
  'v1/Pod': (object) => podProblems(mapAt(object, 'spec'), 'spec'),
  'v1/Service': (object) => serviceProblems(mapAt(object, 'spec')),
  'apps/v1/Deployment': (object) => [
    ...workloadProblems(mapAt(object, 'spec'), 'deployment'),
    ...strategyProblems(mapAt(mapAt(object, 'spec'), 'strategy')),
    ...typeProblems(mapAt(object, 'spec'), 'strategy', ['Recreate', 'RollingUpdate']),
    ...deadlineProblems(mapAt(object, 'spec')),
  ],
  'apps/v1/StatefulSet': (object) => setProblems(mapAt(object, 'spec'), 'statefulset'),
  'apps/v1/ReplicaSet': (object) => workloadProblems(mapAt(object, 'spec'), 'deployment'),
  'apps/v1/DaemonSet': (object) => [
    ...workloadProblems(mapAt(object, 'spec'), 'daemonset'),
    ...typeProblems(mapAt(object, 'spec'), 'updateStrategy', ['RollingUpdate', 'OnDelete']),
  ],
  'rbac.authorization.k8s.io/v1/Role': ruleProblems,
  'rbac.authorization.k8s.io/v1/ClusterRole': ruleProblems,
  'batch/v1/Job': (object) => jobProblems(mapAt(object, 'spec')),
  'networking.k8s.io/v1/Ingress': (object) => ingressProblems(mapAt(object, 'spec')),
  'autoscaling/v2/HorizontalPodAutoscaler': (object) => autoscalerProblems(mapAt(object, 'spec')),
  'coordination.k8s.io/v1/Lease': (object) => positive(mapAt(object, 'spec'), 'spec', 'leaseDurationSeconds'),
}

const LARGEST = 1_048_576

function sizeProblems(data: Fields, field: string): Problem[] {
  const bytes = Object.values(data).reduce<number>((sum, value) => sum + Buffer.byteLength(String(value)), 0)
  return bytes > LARGEST ? [tooLong(field, LARGEST)] : []
}

const ORDERS = new Set<unknown>(['OrderedReady', 'Parallel'])

function workloadProblems(spec: Fields, kind: string): Problem[] {
  const pod = mapAt(mapAt(spec, 'template'), 'spec')
  const policy = pod['restartPolicy'] ?? 'Always'
  return [
    ...setProblems(spec, kind),
    ...(spec['template'] === undefined ? [requiredField('spec.template.spec.containers')] : []),
    ...podProblems(pod, 'spec.template.spec'),
    ...(policy === 'Always' ? [] : [notListed('spec.template.spec.restartPolicy', policy, ['Always'])]),
  ]
}

function typeProblems(spec: Fields, key: string, words: readonly string[]): Problem[] {
  const { type = words[0], rollingUpdate = null } = mapAt(spec, key)
  if (words.includes(wordOf(type))) return []
  return [notListed(`spec.${key}`, { Type: type, RollingUpdate: rollingUpdate }, words)]
}

function ruleProblems(role: Fields): Problem[] {
  return mapsAt(role, 'rules').flatMap(({ verbs }, place) =>
    Array.isArray(verbs) && verbs.length > 0
      ? []
      : [requiredField(`rules[${place}].verbs`, 'verbs must contain at least one value')],
  )
}

function deadlineProblems({ progressDeadlineSeconds, minReadySeconds = 0 }: Fields): Problem[] {
  if (Number(progressDeadlineSeconds) > Number(minReadySeconds)) return []
  return [invalidValue('spec.progressDeadlineSeconds', progressDeadlineSeconds, 'must be greater than minReadySeconds')]
}

/** A StatefulSet's pod template is only looked into when its pods are made: its mounts may name claims. */
function setProblems(spec: Fields, kind: string): Problem[] {
  return [
    ...notNegative(spec, 'spec', 'replicas'),
    ...selectorProblems(spec, kind),
    ...notNegative(spec, 'spec', 'minReadySeconds'),
    ...notNegative(spec, 'spec', 'revisionHistoryLimit'),
    ...(kind === 'statefulset' && !ORDERS.has(spec['podManagementPolicy'] ?? 'OrderedReady')
      ? [invalidValue('spec.podManagementPolicy', spec['podManagementPolicy'], "must be 'OrderedReady' or 'Parallel'")]
      : []),
  ]
}

function strategyProblems(strategy: Fields): Problem[] {
  const rolling = strategy['rollingUpdate']
  if (strategy['type'] === 'Recreate' && rolling !== undefined)
    return [forbiddenField('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")]
  const { maxSurge, maxUnavailable } = mapAt(strategy, 'rollingUpdate')
  const wrong = [
    ...shareProblems(maxUnavailable, 'spec.strategy.rollingUpdate.maxUnavailable'),
    ...shareProblems(maxSurge, 'spec.strategy.rollingUpdate.maxSurge'),
  ]
  if (wrong.length > 0) return wrong
  const none = (value: unknown): boolean => value === 0 || value === '0%'
  if (!none(maxSurge) || !none(maxUnavailable)) return []
  return [
    invalidValue('spec.strategy.rollingUpdate.maxUnavailable', maxUnavailable, 'may not be 0 when `maxSurge` is 0'),
  ]
}

function jobProblems(spec: Fields): Problem[] {
  const pod = mapAt(mapAt(spec, 'template'), 'spec')
  const restarts = pod['restartPolicy'] === 'Always'
  return [
    ...notNegative(spec, 'spec', 'backoffLimit'),
    ...notNegative(spec, 'spec', 'completions'),
    ...notNegative(spec, 'spec', 'activeDeadlineSeconds'),
    ...podProblems(pod, 'spec.template.spec'),
    ...(restarts ? [requiredField('spec.template.spec.restartPolicy', 'valid values: "OnFailure", "Never"')] : []),
  ]
}

function serviceProblems(spec: Fields): Problem[] {
  const ports = mapsAt(spec, 'ports')
  const headless = spec['clusterIP'] === 'None' || spec['type'] === 'ExternalName'
  return [
    ...(ports.length === 0 && !headless ? [requiredField('spec.ports')] : []),
    ...externalProblems(spec),
    ...ports.flatMap((port, place) => servicePortProblems(port, `spec.ports[${place}]`, ports.length > 1)),
  ]
}

function servicePortProblems(port: Fields, field: string, several: boolean): Problem[] {
  const { port: number, targetPort, name } = port
  const range = 'must be between 1 and 65535, inclusive'
  return [
    ...(several && name === undefined ? [requiredField(`${field}.name`)] : []),
    ...(isPort(number) ? [] : [invalidValue(`${field}.port`, number, range)]),
    ...(typeof targetPort === 'string' ? portName(targetPort, `${field}.targetPort`) : []),
    ...(typeof targetPort === 'number' && !isPort(targetPort)
      ? [invalidValue(`${field}.targetPort`, targetPort, range)]
      : []),
  ]
}

function ingressProblems(spec: Fields): Problem[] {
  if (mapsAt(spec, 'rules').length === 0 && spec['defaultBackend'] === undefined)
    return [invalidValue('spec', null, 'either `defaultBackend` or `rules` must be specified')]
  const hosts = mapsAt(spec, 'rules').flatMap(({ host }, place) =>
    host === undefined ? [] : subdomainProblems(wordOf(host), `spec.rules[${place}].host`),
  )
  return [...hosts, ...pathProblems(spec)]
}

function pathProblems(spec: Fields): Problem[] {
  return mapsAt(spec, 'rules').flatMap((rule, place) =>
    mapsAt(mapAt(rule, 'http'), 'paths').flatMap(({ path, pathType }, at) => {
      const field = `spec.rules[${place}].http.paths[${at}].path`
      if (pathType === undefined) return [requiredField(`${field}Type`, 'pathType must be specified')]
      return typeof path === 'string' && !path.startsWith('/')
        ? [invalidValue(field, path, 'must be an absolute path')]
        : []
    }),
  )
}

function autoscalerProblems(spec: Fields): Problem[] {
  const { minReplicas, maxReplicas } = spec
  const target = mapAt(spec, 'scaleTargetRef')
  const [least, most] = [Number(minReplicas ?? 1), Number(maxReplicas ?? 0)]
  return [
    ...['kind', 'name'].flatMap((key) =>
      target[key] === undefined ? [requiredField(`spec.scaleTargetRef.${key}`)] : [],
    ),
    ...(target['apiVersion'] === undefined
      ? [invalidValue('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group')]
      : []),
    ...(least < 1 ? [invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')] : []),
    ...(most < 1 ? [invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0')] : []),
    ...(most < least
      ? [invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')]
      : []),
  ]
}

function notNegative(fields: Fields, path: string, key: string): Problem[] {
  const value = fields[key]
  return typeof value === 'number' && value < 0
    ? [invalidValue(`${path}.${key}`, value, 'must be greater than or equal to 0')]
    : []
}

function positive(fields: Fields, path: string, key: string): Problem[] {
  const value = fields[key]
  return typeof value === 'number' && value <= 0
    ? [invalidValue(`${path}.${key}`, value, 'must be greater than 0')]
    : []
}
