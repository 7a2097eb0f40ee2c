import { labelProblems } from './naming.mts'
import { duplicateValue, forbiddenField, invalidValue, notListed, requiredField } from './problems.mts'
import type { Problem } from './problems.mts'
import { amountOf, canonical } from '../../kube/quantity.mts'
import { mapAt, mapsAt, wordOf } from './setting.mts'
import type { Fields } from './setting.mts'

// What validation says of kinds that hold no pods, beyond what the schema says.

const NOT_NEGATIVE = 'must be greater than or equal to 0'

export function cronJobProblems(spec: Fields): Problem[] {
  const schedule = wordOf(spec['schedule'] ?? '')
  if (schedule === '') return []
  const fields = schedule.trim().split(/\s+/)
  if (schedule.startsWith('@') || fields.length === 5) return []
  const why = `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`
  return [invalidValue('spec.schedule', schedule, why)]
}

export function budgetProblems(spec: Fields): Problem[] {
  const { minAvailable, maxUnavailable, selector } = spec
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const policy = spec['unhealthyPodEvictionPolicy'] ?? null
    const go = { MinAvailable: minAvailable, Selector: selector, MaxUnavailable: maxUnavailable }
    const said = { ...go, UnhealthyPodEvictionPolicy: policy }
    return [invalidValue('spec', said, 'minAvailable and maxUnavailable cannot be both set')]
  }
  return [...shareProblems(minAvailable, 'spec.minAvailable'), ...shareProblems(maxUnavailable, 'spec.maxUnavailable')]
}

const PERCENT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

/** A count or a share. */
export function shareProblems(value: unknown, field: string): Problem[] {
  if (typeof value === 'number' && value < 0) return [invalidValue(field, value, NOT_NEGATIVE)]
  return typeof value === 'string' && !/^\d+%$/.test(value) ? [invalidValue(field, value, PERCENT)] : []
}

const CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

export function networkPolicyProblems(spec: Fields): Problem[] {
  const types = Array.isArray(spec['policyTypes']) ? (spec['policyTypes'] as unknown[]) : []
  const ways = [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const
  return [
    ...types.flatMap((type, place) =>
      type === 'Ingress' || type === 'Egress'
        ? []
        : [notListed(`spec.policyTypes[${place}]`, type, ['Ingress', 'Egress'])],
    ),
    ...ways.flatMap(([way, peers]) =>
      mapsAt(spec, way).flatMap((rule, at) =>
        mapsAt(rule, peers).flatMap((peer, place) => {
          const { cidr } = mapAt(peer, 'ipBlock')
          const field = `spec.${way}[${at}].${peers}[${place}].ipBlock.cidr`
          return cidr === undefined || /\/\d+$/.test(wordOf(cidr)) ? [] : [invalidValue(field, cidr, CIDR)]
        }),
      ),
    ),
  ]
}

/** What is counted comes in whole numbers. */
export function quotaProblems(spec: Fields): Problem[] {
  return Object.entries(mapAt(spec, 'hard')).flatMap(([name, value]) => {
    const counts = !/cpu|memory|storage/.test(name)
    const whole = Number.isInteger(amountOf(value))
    return counts && !whole ? [invalidValue(`spec.hard[${name}]`, canonical(value), 'must be an integer')] : []
  })
}

export function claimProblems(spec: Fields): Problem[] {
  const modes = Array.isArray(spec['accessModes']) ? spec['accessModes'] : []
  const storage = mapAt(mapAt(spec, 'resources'), 'requests')['storage']
  return [
    ...(modes.length === 0 ? [requiredField('spec.accessModes', 'at least 1 access mode is required')] : []),
    ...(storage === undefined ? [requiredField('spec.resources[storage]')] : []),
  ]
}

export function limitRangeProblems(spec: Fields): Problem[] {
  return mapsAt(spec, 'limits').flatMap((item, place) => {
    const max = mapAt(item, 'max')
    const above = (key: string, words: string, said: (value: unknown, most: unknown) => unknown): Problem[] =>
      Object.entries(mapAt(item, key)).flatMap(([name, value]) => {
        const most = max[name]
        if (most === undefined || amountOf(value) <= amountOf(most)) return []
        const why = `${words} value ${wordOf(value)} is greater than max value ${wordOf(most)}`
        return [invalidValue(`spec.limits[${place}].${key}[${name}]`, said(value, most), why)]
      })
    return [
      ...above('defaultRequest', 'default request', (value) => value),
      ...above('default', 'default', (_value, most) => most),
    ]
  })
}

const KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

export function keyProblems(object: Fields, ...lists: readonly string[]): Problem[] {
  return lists.flatMap((list) =>
    Object.keys(mapAt(object, list)).flatMap((key) =>
      /^[-._a-zA-Z0-9]+$/.test(key) ? [] : [invalidValue(`${list}[${key}]`, key, KEY)],
    ),
  )
}

export function sharedKeyProblems(object: Fields): Problem[] {
  const binary = mapAt(object, 'binaryData')
  return Object.keys(mapAt(object, 'data')).flatMap((key) =>
    key in binary ? [invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData')] : [],
  )
}

/** Secrets of a type have the keys of that type. */
export function secretTypeProblems(secret: Fields): Problem[] {
  const data = mapAt(secret, 'data')
  const needed = NEEDED[wordOf(secret['type'] ?? '')] ?? []
  const missing = needed.filter((key) => data[key] === undefined)
  if (missing.length > 0) return missing.map((key) => requiredField(`data[${key}]`))
  const config = data['.dockerconfigjson']
  if (secret['type'] !== 'kubernetes.io/dockerconfigjson' || config === undefined) return []
  const text = Buffer.from(wordOf(config), 'base64').toString()
  const wrong = notJson(text)
  return wrong === undefined ? [] : [invalidValue('data[.dockerconfigjson]', '<secret contents redacted>', wrong)]
}

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
}

function notJson(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch {
    return `invalid character '${text[0] ?? ''}' looking for beginning of value`
  }
}

/** A workload's selector: there, not empty, and of labels that can be. */
export function selectorProblems(spec: Fields, kind: string): Problem[] {
  const selector = spec['selector']
  const labels = mapAt(mapAt(mapAt(spec, 'template'), 'metadata'), 'labels')
  const said = Object.keys(labels).length === 0 ? null : labels
  const unmatched = invalidValue('spec.template.metadata.labels', said, '`selector` does not match template `labels`')
  if (selector === undefined) return [unmatched]
  const wanted = mapAt(mapAt(spec, 'selector'), 'matchLabels')
  const expressions = mapsAt(mapAt(spec, 'selector'), 'matchExpressions')
  if (Object.keys(wanted).length === 0 && expressions.length === 0)
    return [invalidValue('spec.selector', {}, `empty selector is invalid for ${kind}`)]
  const broken = labelProblems(wanted, 'spec.selector.matchLabels')
  if (broken.length > 0) return [...broken, invalidValue('spec.selector', selector, 'invalid label selector')]
  return Object.entries(wanted).every(([key, value]) => labels[key] === value) ? [] : [unmatched]
}

export function externalProblems(spec: Fields): Problem[] {
  const missing = spec['type'] === 'ExternalName' && (spec['externalName'] ?? '') === ''
  const names = new Set<unknown>()
  return [
    ...(missing ? [requiredField('spec.externalName')] : []),
    ...mapsAt(spec, 'ports').flatMap(({ name }, place) => {
      const again = name !== undefined && names.has(name)
      names.add(name)
      return again ? [duplicateValue(`spec.ports[${place}].name`, name)] : []
    }),
  ]
}

export function volumeProblems(spec: Fields, field: string): Problem[] {
  const names = new Set<unknown>()
  return mapsAt(spec, 'volumes').flatMap((volume, place) => {
    const again = names.has(volume['name'])
    names.add(volume['name'])
    const [, second] = Object.keys(volume).filter((key) => key !== 'name')
    return [
      ...(again ? [duplicateValue(`${field}.volumes[${place}].name`, volume['name'])] : []),
      ...(second === undefined
        ? []
        : [forbiddenField(`${field}.volumes[${place}].${second}`, 'may not specify more than 1 volume type')]),
    ]
  })
}
