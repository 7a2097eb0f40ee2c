import type { KubeObject } from '../../kube/object.mts'
import { schemaOf } from '../apply/node.mts'
import { declaredProblems } from './declared.mts'
import { nameProblems } from './naming.mts'
import { isPort, podProblems, portName } from './podproblems.mts'
import { forbiddenField, invalidValue, requiredField, tooLong } from './problems.mts'
import type { Problem } from './problems.mts'
import { mapAt, mapsAt } from './setting.mts'
import type { Fields } from './setting.mts'

/** What the server's validation says of an object, defaults filled in; nothing where it is taken. */
export function problemsIn(object: KubeObject): Problem[] {
  const fields = object as unknown as Fields
  const node = schemaOf(object)
  const declared = node === undefined ? [] : declaredProblems(fields, node)
  return [...nameProblems(object), ...declared, ...(BY_KIND[`${object.apiVersion}/${object.kind}`]?.(fields) ?? [])]
}

const BY_KIND: Readonly<Record<string, (object: Fields) => Problem[]>> = {
  'v1/ConfigMap': (object) => sizeProblems({ ...mapAt(object, 'data'), ...mapAt(object, 'binaryData') }, '[]'),
  'v1/Secret': (object) => sizeProblems(mapAt(object, 'data'), 'data'),
  'v1/Pod': (object) => podProblems(mapAt(object, 'spec'), 'spec'),
  'v1/Service': (object) => serviceProblems(mapAt(object, 'spec')),
  'apps/v1/Deployment': (object) => [
    ...workloadProblems(mapAt(object, 'spec')),
    ...strategyProblems(mapAt(mapAt(object, 'spec'), 'strategy')),
  ],
  'apps/v1/StatefulSet': (object) => setProblems(mapAt(object, 'spec')),
  'apps/v1/ReplicaSet': (object) => workloadProblems(mapAt(object, 'spec')),
  'apps/v1/DaemonSet': (object) => workloadProblems(mapAt(object, 'spec')),
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

function workloadProblems(spec: Fields): Problem[] {
  return [...setProblems(spec), ...podProblems(mapAt(mapAt(spec, 'template'), 'spec'), 'spec.template.spec')]
}

/** A StatefulSet's pod template is only looked into when its pods are made: its mounts may name claims. */
function setProblems(spec: Fields): Problem[] {
  return [
    ...notNegative(spec, 'spec', 'replicas'),
    ...selectorProblems(mapAt(spec, 'selector'), mapAt(mapAt(mapAt(spec, 'template'), 'metadata'), 'labels')),
    ...notNegative(spec, 'spec', 'minReadySeconds'),
    ...notNegative(spec, 'spec', 'revisionHistoryLimit'),
  ]
}

function selectorProblems(selector: Fields, labels: Fields): Problem[] {
  const wanted = Object.entries(mapAt(selector, 'matchLabels'))
  if (wanted.every(([key, value]) => labels[key] === value)) return []
  return [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]
}

function strategyProblems(strategy: Fields): Problem[] {
  const rolling = strategy['rollingUpdate']
  if (strategy['type'] === 'Recreate' && rolling !== undefined)
    return [forbiddenField('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")]
  const { maxSurge, maxUnavailable } = mapAt(strategy, 'rollingUpdate')
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
    ...podProblems(pod, 'spec.template.spec'),
    ...(restarts ? [requiredField('spec.template.spec.restartPolicy', 'valid values: "OnFailure", "Never"')] : []),
  ]
}

function serviceProblems(spec: Fields): Problem[] {
  const ports = mapsAt(spec, 'ports')
  const headless = spec['clusterIP'] === 'None' || spec['type'] === 'ExternalName'
  return [
    ...(ports.length === 0 && !headless ? [requiredField('spec.ports')] : []),
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
  return mapsAt(spec, 'rules').flatMap((rule, place) =>
    mapsAt(mapAt(rule, 'http'), 'paths').flatMap(({ path }, at) => {
      const field = `spec.rules[${place}].http.paths[${at}].path`
      return typeof path === 'string' && !path.startsWith('/')
        ? [invalidValue(field, path, 'must be an absolute path')]
        : []
    }),
  )
}

function autoscalerProblems(spec: Fields): Problem[] {
  const { minReplicas, maxReplicas } = spec
  const [least, most] = [Number(minReplicas ?? 1), Number(maxReplicas ?? 0)]
  return [
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
