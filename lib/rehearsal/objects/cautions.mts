import type { KubeObject } from '../../kube/object.mts'
import { mapAt, mapsAt } from './setting.mts'
import type { Fields } from './setting.mts'

/** What the server takes and warns about, in its words (pkg/api/pod/warnings.go). */
export function cautions(object: KubeObject): string[] {
  const fields = object as unknown as Fields
  const at = PLACE[object.kind]
  if (at === undefined) return []
  const spec = at.reduce(mapAt, fields)
  const path = at.join('.')
  return [
    ...nodeLabels(spec, path),
    ...annotationsOf(fields, object.kind),
    ...graceOf(spec, path),
    ...['initContainers', 'containers'].flatMap((list) =>
      mapsAt(spec, list).flatMap((container, place) => hidden(container, `${path}.${list}[${place}]`)),
    ),
  ]
}

const TEMPLATE = ['spec', 'template', 'spec']
const PLACE: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: TEMPLATE,
  StatefulSet: TEMPLATE,
  DaemonSet: TEMPLATE,
  ReplicaSet: TEMPLATE,
  Job: TEMPLATE,
  CronJob: ['spec', 'jobTemplate', ...TEMPLATE],
}

function nodeLabels(spec: Fields, path: string): string[] {
  return ['os', 'arch'].flatMap((label) => {
    const old = `beta.kubernetes.io/${label}`
    if (mapAt(spec, 'nodeSelector')[old] === undefined) return []
    return [`${path}.nodeSelector[${old}]: deprecated since v1.14; use "kubernetes.io/${label}" instead`]
  })
}

const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/'

function annotationsOf(fields: Fields, kind: string): string[] {
  if (kind !== 'Pod') return []
  const keys = Object.keys(mapAt(mapAt(fields, 'metadata'), 'annotations')).filter((key) => key.startsWith(APPARMOR))
  return keys.map(
    (key) => `metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`,
  )
}

function graceOf(spec: Fields, path: string): string[] {
  if (Number(spec['terminationGracePeriodSeconds'] ?? 0) >= 0) return []
  return [`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
}

/** Of two variables of one name the second wins, and an apply may drop the first. */
function hidden(container: Fields, path: string): string[] {
  const seen = new Set<unknown>()
  return mapsAt(container, 'env').flatMap(({ name }, place) => {
    const again = seen.has(name)
    seen.add(name)
    const why = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`
    return again ? [`${path}.env[${place}]: ${why}`] : []
  })
}
