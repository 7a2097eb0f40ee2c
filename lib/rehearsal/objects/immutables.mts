import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../kube/object.mts'
import { forbiddenField, invalidValue } from './problems.mts'
import type { Problem } from './problems.mts'
import { mapAt } from './setting.mts'
import type { Fields } from './setting.mts'

/** What the server says of a change to what never changes, in the words that each kind has for it. */
export function immutableProblems(before: KubeObject, after: KubeObject): Problem[] {
  const rule = BY_KIND[`${after.apiVersion}/${after.kind}`]
  return rule?.(before as unknown as Fields, after as unknown as Fields) ?? []
}

type Rule = (before: Fields, after: Fields) => Problem[]

const IMMUTABLE = 'field is immutable'
const IS_SET = 'field is immutable when `immutable` is set'
const STATEFUL =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
const CLAIM =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
const POD =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

const BY_KIND: Readonly<Record<string, Rule>> = {
  'v1/ConfigMap': (before, after) => frozen(before, after, ['data', 'binaryData']),
  'v1/Secret': (before, after) => [...kept(before, after, '', ['type']), ...frozen(before, after, ['data'])],
  'v1/Service': (before, after) => address(mapAt(before, 'spec'), mapAt(after, 'spec')),
  'v1/Pod': (before, after) => pod(mapAt(before, 'spec'), mapAt(after, 'spec')),
  'v1/PersistentVolumeClaim': claim,
  'apps/v1/Deployment': (before, after) => inSpec(before, after, ['selector']),
  'apps/v1/ReplicaSet': (before, after) => inSpec(before, after, ['selector']),
  'apps/v1/DaemonSet': (before, after) => inSpec(before, after, ['selector']),
  'apps/v1/StatefulSet': (before, after) => statefulSet(mapAt(before, 'spec'), mapAt(after, 'spec')),
  'batch/v1/Job': (before, after) => inSpec(before, after, ['completions', 'selector', 'template', 'completionMode']),
  'rbac.authorization.k8s.io/v1/RoleBinding': roleRef,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': roleRef,
  'storage.k8s.io/v1/StorageClass': storageClass,
}

function inSpec(before: Fields, after: Fields, keys: readonly string[]): Problem[] {
  return kept(mapAt(before, 'spec'), mapAt(after, 'spec'), 'spec.', keys)
}

function kept(before: Fields, after: Fields, path: string, keys: readonly string[]): Problem[] {
  return keys
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => invalidValue(`${path}${key}`, after[key], IMMUTABLE))
}

function frozen(before: Fields, after: Fields, keys: readonly string[]): Problem[] {
  if (before['immutable'] !== true) return []
  const thawed = after['immutable'] === true ? [] : [forbiddenField('immutable', IS_SET)]
  const changed = keys.filter((key) => !isDeepStrictEqual(before[key], after[key]))
  return [...thawed, ...changed.map((key) => forbiddenField(key, IS_SET))]
}

function address(before: Fields, after: Fields): Problem[] {
  const [from, to] = [before['clusterIP'], after['clusterIP']]
  if (from === undefined || from === to || after['type'] === 'ExternalName') return []
  return [invalidValue('spec.clusterIPs[0]', [to], 'may not change once set')]
}

function without(fields: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)))
}

const MOVING = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]

function statefulSet(before: Fields, after: Fields): Problem[] {
  return isDeepStrictEqual(without(before, MOVING), without(after, MOVING)) ? [] : [forbiddenField('spec', STATEFUL)]
}

/** A bound claim may ask for more. */
function claim(before: Fields, after: Fields): Problem[] {
  const bound = mapAt(before, 'status')['phase'] === 'Bound'
  const moving = bound ? ['resources', 'volumeName'] : ['volumeName']
  const same = isDeepStrictEqual(without(mapAt(before, 'spec'), moving), without(mapAt(after, 'spec'), moving))
  return same ? [] : [forbiddenField('spec', CLAIM)]
}

function pod(before: Fields, after: Fields): Problem[] {
  return isDeepStrictEqual(imageless(before), imageless(after)) ? [] : [forbiddenField('spec', POD)]
}

function imageless(spec: Fields): unknown {
  const rest = without(spec, ['activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds'])
  return JSON.parse(JSON.stringify(rest, (key, value: unknown) => (key === 'image' ? '' : value))) as unknown
}

function roleRef(before: Fields, after: Fields): Problem[] {
  const [from, to] = [mapAt(before, 'roleRef'), mapAt(after, 'roleRef')]
  if (isDeepStrictEqual(from, to)) return []
  const said = { APIGroup: to['apiGroup'], Kind: to['kind'], Name: to['name'] }
  return [invalidValue('roleRef', said, 'cannot change roleRef')]
}

function storageClass(before: Fields, after: Fields): Problem[] {
  const changed = (key: string): boolean => !isDeepStrictEqual(before[key], after[key])
  return [
    ...(changed('parameters') ? [forbiddenField('parameters', 'updates to parameters are forbidden.')] : []),
    ...(changed('provisioner') ? [forbiddenField('provisioner', 'updates to provisioner are forbidden.')] : []),
    ...kept(before, after, '', ['reclaimPolicy', 'volumeBindingMode']),
  ]
}
