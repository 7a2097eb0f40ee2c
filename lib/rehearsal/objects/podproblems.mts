import { amountOf } from '../../kube/quantity.mts'
import { labelNameProblems } from './naming.mts'
import { volumeProblems } from './kindproblems.mts'
import { duplicateValue, forbiddenField, invalidValue, requiredField, unknownName } from './problems.mts'
import type { Problem } from './problems.mts'
import { mapAt, mapsAt, wordOf } from './setting.mts'
import type { Fields } from './setting.mts'

/** What validation finds in a pod's spec, beyond what the schema says. */
export function podProblems(spec: Fields, field: string): Problem[] {
  const volumes = mapsAt(spec, 'volumes').map((volume) => volume['name'])
  const mains = mapsAt(spec, 'containers').map((container) => container['name'])
  return [
    ...volumeProblems(spec, field),
    ...['initContainers', 'containers'].flatMap((list) =>
      mapsAt(spec, list).flatMap((container, place) => [
        ...(list === 'initContainers' && mains.includes(container['name'])
          ? [duplicateValue(`${field}.${list}[${place}].name`, container['name'])]
          : []),
        ...containerProblems(container, `${field}.${list}[${place}]`, volumes),
      ]),
    ),
  ]
}

function containerProblems(container: Fields, field: string, volumes: readonly unknown[]): Problem[] {
  return [
    ...(typeof container['name'] === 'string' ? labelNameProblems(container['name'], `${field}.name`) : []),
    ...(container['image'] === undefined ? [requiredField(`${field}.image`)] : []),
    ...mapsAt(container, 'ports').flatMap((port, place) => portProblems(port, `${field}.ports[${place}]`)),
    ...sameProblems(container, 'ports', 'name', (at, value) => duplicateValue(`${field}.${at}`, value)),
    ...sameProblems(container, 'volumeMounts', 'mountPath', (at, value) =>
      invalidValue(`${field}.${at}`, value, 'must be unique'),
    ),
    ...resourceProblems(mapAt(container, 'resources'), `${field}.resources`),
    ...mapsAt(container, 'volumeMounts').flatMap((mount, place) =>
      volumes.includes(mount['name']) ? [] : [unknownName(`${field}.volumeMounts[${place}].name`, mount['name'])],
    ),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) =>
      container[probe] === undefined ? [] : probeProblems(mapAt(container, probe), `${field}.${probe}`, probe),
    ),
    ...privilegeProblems(mapAt(container, 'securityContext'), `${field}.securityContext`),
    ...mapsAt(container, 'env').flatMap((variable, place) => envProblems(variable, `${field}.env[${place}]`)),
  ]
}

function portProblems(port: Fields, field: string): Problem[] {
  const number = port['containerPort']
  const name = port['name']
  return [
    ...(typeof name === 'string' ? portName(name, `${field}.name`) : []),
    ...(isPort(number)
      ? []
      : [invalidValue(`${field}.containerPort`, number, 'must be between 1 and 65535, inclusive')]),
  ]
}

/** A value that two of a list share. */
function sameProblems(
  container: Fields,
  list: string,
  key: string,
  problem: (at: string, value: unknown) => Problem,
): Problem[] {
  const seen = new Set<unknown>()
  return mapsAt(container, list).flatMap((one, place) => {
    const value = one[key]
    const again = value !== undefined && seen.has(value)
    seen.add(value)
    return again ? [problem(`${list}[${place}].${key}`, value)] : []
  })
}

const CANNOT = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'

function privilegeProblems(context: Fields, field: string): Problem[] {
  if (context['privileged'] !== true || context['allowPrivilegeEscalation'] !== false) return []
  const go = {
    Capabilities: null,
    Privileged: true,
    SELinuxOptions: null,
    WindowsOptions: null,
    RunAsUser: context['runAsUser'] ?? null,
    RunAsGroup: context['runAsGroup'] ?? null,
    RunAsNonRoot: context['runAsNonRoot'] ?? null,
    ReadOnlyRootFilesystem: context['readOnlyRootFilesystem'] ?? null,
    AllowPrivilegeEscalation: false,
    ProcMount: null,
    SeccompProfile: null,
    AppArmorProfile: null,
  }
  return [invalidValue(field, go, CANNOT)]
}

const COUNTS = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']

function probeProblems(probe: Fields, field: string, name: string): Problem[] {
  const ways = ['exec', 'httpGet', 'tcpSocket', 'grpc'].filter((way) => probe[way] !== undefined)
  const [, second] = ways
  return [
    ...(ways.length === 0 ? [requiredField(field, 'must specify a handler type')] : []),
    ...(second === undefined ? [] : [forbiddenField(`${field}.${second}`, 'may not specify more than 1 handler type')]),
    ...handlerProblems(probe, field),
    ...COUNTS.flatMap((count) =>
      Number(probe[count] ?? 0) < 0
        ? [invalidValue(`${field}.${count}`, probe[count], 'must be greater than or equal to 0')]
        : [],
    ),
    ...(name !== 'readinessProbe' && Number(probe['successThreshold'] ?? 1) > 1
      ? [invalidValue(`${field}.successThreshold`, probe['successThreshold'], 'must be 1')]
      : []),
  ]
}

function handlerProblems(probe: Fields, field: string): Problem[] {
  return ['httpGet', 'tcpSocket'].flatMap((handler) => {
    const { port } = mapAt(probe, handler)
    if (port === undefined) return []
    if (typeof port === 'string') return portName(port, `${field}.${handler}.port`)
    return isPort(port)
      ? []
      : [invalidValue(`${field}.${handler}.port`, port, 'must be between 1 and 65535, inclusive')]
  })
}

/** IANA service names, as the server words what is wrong with one. */
export function portName(name: string, field: string): Problem[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [name.length > 15, 'must be no more than 15 characters'],
    [!/^[-a-z0-9]*$/.test(name), 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'],
    [!/[a-z]/.test(name), 'must contain at least one letter (a-z)'],
    [name.includes('--'), 'must not contain consecutive hyphens'],
    [/^-|-$/.test(name), 'must not begin or end with a hyphen'],
  ]
  return rules.filter(([broken]) => broken).map(([, words]) => invalidValue(field, name, words))
}

export function isPort(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535
}

function resourceProblems(resources: Fields, field: string): Problem[] {
  const limits = mapAt(resources, 'limits')
  const below = ['limits', 'requests'].flatMap((share) =>
    Object.entries(mapAt(resources, share)).flatMap(([name, value]) =>
      amountOf(value) < 0
        ? [invalidValue(`${field}.${share}[${name}]`, value, 'must be greater than or equal to 0')]
        : [],
    ),
  )
  if (below.length > 0) return below
  return Object.entries(mapAt(resources, 'requests')).flatMap(([name, request]) => {
    const limit = limits[name]
    if (limit === undefined || !(amountOf(request) > amountOf(limit))) return []
    const why = `must be less than or equal to ${name} limit of ${wordOf(limit)}`
    return [invalidValue(`${field}.requests`, request, why)]
  })
}

function envProblems(variable: Fields, field: string): Problem[] {
  const from = variable['valueFrom']
  if (from === undefined || (variable['value'] ?? '') === '') return []
  return [invalidValue(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty')]
}
