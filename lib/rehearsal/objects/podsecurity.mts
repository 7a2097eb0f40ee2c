import { mapAt, mapsAt } from './setting.mts'
import type { Fields } from './setting.mts'

export type Level = 'privileged' | 'baseline' | 'restricted'

/** What of a pod's spec a Pod Security level forbids, in the admission plugin's words; empty where it is taken. */
export function violations(spec: Fields, level: Level): string[] {
  if (level === 'privileged') return []
  const containers = ['initContainers', 'containers'].flatMap((list) => mapsAt(spec, list))
  const baseline = BASELINE.map((check) => check(spec, containers))
  const restricted = level === 'restricted' ? RESTRICTED.map((check) => check(spec, containers)) : []
  return [...baseline, ...restricted].filter((words) => words !== undefined)
}

type Check = (spec: Fields, containers: readonly Fields[]) => string | undefined

const BASELINE: readonly Check[] = [
  (spec) => {
    const found = ['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => spec[key] === true)
    return found.length === 0 ? undefined : `host namespaces (${found.map((key) => `${key}=true`).join(', ')})`
  },
  (spec) => {
    const found = mapsAt(spec, 'volumes').filter((volume) => volume['hostPath'] !== undefined)
    return found.length === 0 ? undefined : `hostPath volumes (${named('volume', found)})`
  },
  (_spec, containers) => {
    const found = containers.filter((one) => mapsAt(one, 'ports').some((port) => Number(port['hostPort'] ?? 0) > 0))
    return found.length === 0 ? undefined : `hostPort (${named('container', found)} uses hostPorts)`
  },
  (_spec, containers) => {
    const found = containers.filter((one) => contextOf(one)['privileged'] === true)
    return found.length === 0
      ? undefined
      : `privileged (${named('container', found)} must not set securityContext.privileged=true)`
  },
]

const RESTRICTED: readonly Check[] = [
  (_spec, containers) => {
    const found = containers.filter((one) => contextOf(one)['allowPrivilegeEscalation'] !== false)
    return must('allowPrivilegeEscalation != false', found, 'securityContext.allowPrivilegeEscalation=false')
  },
  (_spec, containers) => {
    const found = containers.filter((one) => !dropsAll(one))
    return must('unrestricted capabilities', found, 'securityContext.capabilities.drop=["ALL"]')
  },
  (spec, containers) => {
    const whole = mapAt(spec, 'securityContext')['runAsNonRoot']
    const found = containers.filter((one) => (contextOf(one)['runAsNonRoot'] ?? whole) !== true)
    return mustInPod('runAsNonRoot != true', found, 'securityContext.runAsNonRoot=true')
  },
  (spec) =>
    mapAt(spec, 'securityContext')['runAsUser'] === 0 ? 'runAsUser=0 (pod must not set runAsUser=0)' : undefined,
  (spec, containers) => {
    const whole = mapAt(mapAt(spec, 'securityContext'), 'seccompProfile')['type']
    const found = containers.filter((one) => !profiled(mapAt(contextOf(one), 'seccompProfile')['type'] ?? whole))
    return mustInPod('seccompProfile', found, 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"')
  },
]

function contextOf(container: Fields): Fields {
  return mapAt(container, 'securityContext')
}

function dropsAll(container: Fields): boolean {
  const { drop } = mapAt(contextOf(container), 'capabilities')
  return Array.isArray(drop) && drop.includes('ALL')
}

function profiled(type: unknown): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost'
}

function must(what: string, found: readonly Fields[], setting: string): string | undefined {
  return found.length === 0 ? undefined : `${what} (${named('container', found)} must set ${setting})`
}

function mustInPod(what: string, found: readonly Fields[], setting: string): string | undefined {
  return found.length === 0 ? undefined : `${what} (pod or ${named('container', found)} must set ${setting})`
}

function named(what: string, found: readonly Fields[]): string {
  const names = found.map((one) => `"${String(one['name'])}"`).join(', ')
  return `${what}${found.length === 1 ? '' : 's'} ${names}`
}
