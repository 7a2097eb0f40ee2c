import { invalidValue, requiredField, unknownName } from './problems.mts'
import type { Problem } from './problems.mts'
import { amountOf } from './quantity.mts'
import { mapAt, mapsAt, wordOf } from './setting.mts'
import type { Fields } from './setting.mts'

/** What validation finds in a pod's spec, beyond what the schema says. */
export function podProblems(spec: Fields, field: string): Problem[] {
  const volumes = mapsAt(spec, 'volumes').map((volume) => volume['name'])
  return ['initContainers', 'containers'].flatMap((list) =>
    mapsAt(spec, list).flatMap((container, place) =>
      containerProblems(container, `${field}.${list}[${place}]`, volumes),
    ),
  )
}

function containerProblems(container: Fields, field: string, volumes: readonly unknown[]): Problem[] {
  return [
    ...(container['image'] === undefined ? [requiredField(`${field}.image`)] : []),
    ...mapsAt(container, 'ports').flatMap((port, place) => portProblems(port, `${field}.ports[${place}]`)),
    ...resourceProblems(mapAt(container, 'resources'), `${field}.resources`),
    ...mapsAt(container, 'volumeMounts').flatMap((mount, place) =>
      volumes.includes(mount['name']) ? [] : [unknownName(`${field}.volumeMounts[${place}].name`, mount['name'])],
    ),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) =>
      probeProblems(mapAt(container, probe), `${field}.${probe}`),
    ),
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

function probeProblems(probe: Fields, field: string): Problem[] {
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
  return Object.entries(mapAt(resources, 'requests')).flatMap(([name, request]) => {
    const limit = limits[name]
    if (limit === undefined || (amountOf(request) ?? 0) <= (amountOf(limit) ?? Infinity)) return []
    const why = `must be less than or equal to ${name} limit of ${wordOf(limit)}`
    return [invalidValue(`${field}.requests`, request, why)]
  })
}

function envProblems(variable: Fields, field: string): Problem[] {
  const from = variable['valueFrom']
  if (from === undefined || (variable['value'] ?? '') === '') return []
  return [invalidValue(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty')]
}
