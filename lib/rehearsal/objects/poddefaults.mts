import { defaultsTo, eachMap, mapAt, setDefaults } from './setting.mts'
import type { Fields } from './setting.mts'

/** Fills in the pod template of a workload's spec. */
export function templateDefaults(spec: Fields): void {
  if (spec['template'] === undefined) return
  defaultsTo(mapAt(spec, 'template'), 'metadata', {})
  podDefaults(mapAt(mapAt(spec, 'template'), 'spec'), 'template')
}

/** Fills in a pod's spec; some of it only comes with the pod itself, not with a template. */
export function podDefaults(spec: Fields, of: 'pod' | 'template'): void {
  if (Object.keys(spec).length === 0) return
  setDefaults(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
  })
  if (of === 'pod') setDefaults(spec, { enableServiceLinks: true })
  if (spec['serviceAccountName'] !== undefined) spec['serviceAccount'] = spec['serviceAccountName']
  for (const list of ['initContainers', 'containers'])
    eachMap(spec, list, (container) =>
      containerDefaults(container, { of, host: of === 'pod' && spec['hostNetwork'] === true }),
    )
  eachMap(spec, 'volumes', volumeDefaults)
}

function containerDefaults(container: Fields, { of, host }: { of: 'pod' | 'template'; host: boolean }): void {
  setDefaults(container, {
    imagePullPolicy: pullPolicy(container['image']),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    resources: {},
  })
  eachMap(container, 'ports', (port) => {
    setDefaults(port, { protocol: 'TCP' })
    if (host) setDefaults(port, { hostPort: port['containerPort'] })
  })
  eachMap(container, 'env', (variable) => {
    const field = mapAt(mapAt(variable, 'valueFrom'), 'fieldRef')
    if (field['fieldPath'] !== undefined) setDefaults(field, { apiVersion: 'v1' })
    const resource = mapAt(mapAt(variable, 'valueFrom'), 'resourceFieldRef')
    if (resource['resource'] !== undefined) setDefaults(resource, { divisor: '0' })
  })
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    if (container[probe] !== undefined) probeDefaults(mapAt(container, probe))
  for (const moment of ['postStart', 'preStop']) httpDefaults(mapAt(mapAt(container, 'lifecycle'), moment))
  if (of === 'pod') requestsFromLimits(mapAt(container, 'resources'))
}

/** The latest image is always pulled, any other only where the node lacks it. */
function pullPolicy(image: unknown): string | undefined {
  if (typeof image !== 'string') return undefined
  if (image.includes('@') || /\s/.test(image)) return 'IfNotPresent'
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest'
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function probeDefaults(probe: Fields): void {
  setDefaults(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })
  httpDefaults(probe)
  if (probe['grpc'] !== undefined) setDefaults(mapAt(probe, 'grpc'), { service: '' })
}

function httpDefaults(handler: Fields): void {
  if (handler['httpGet'] !== undefined) setDefaults(mapAt(handler, 'httpGet'), { path: '/', scheme: 'HTTP' })
}

function requestsFromLimits(resources: Fields): void {
  const limits = mapAt(resources, 'limits')
  if (Object.keys(limits).length > 0) setDefaults(defaultsTo(resources, 'requests', {}), limits)
}

const SOURCES = ['secret', 'configMap', 'downwardAPI', 'projected']

function volumeDefaults(volume: Fields): void {
  if (Object.keys(volume).length === 1) volume['emptyDir'] = {}
  for (const source of SOURCES)
    if (volume[source] !== undefined) setDefaults(mapAt(volume, source), { defaultMode: 0o644 })
  const claim = mapAt(mapAt(volume, 'ephemeral'), 'volumeClaimTemplate')
  if (claim['spec'] !== undefined) {
    defaultsTo(claim, 'metadata', {})
    claimDefaults(mapAt(claim, 'spec'))
  }
  if (volume['hostPath'] !== undefined) setDefaults(mapAt(volume, 'hostPath'), { type: '' })
  eachMap(mapAt(volume, 'projected'), 'sources', (source) => {
    if (source['serviceAccountToken'] !== undefined)
      setDefaults(mapAt(source, 'serviceAccountToken'), { expirationSeconds: 3_600 })
    eachMap(mapAt(source, 'downwardAPI'), 'items', fieldDefaults)
  })
  eachMap(mapAt(volume, 'downwardAPI'), 'items', fieldDefaults)
}

function fieldDefaults(item: Fields): void {
  const field = mapAt(item, 'fieldRef')
  if (field['fieldPath'] !== undefined) setDefaults(field, { apiVersion: 'v1' })
}

/** Fills in a claim's spec. */
export function claimDefaults(spec: Fields): void {
  setDefaults(spec, { volumeMode: 'Filesystem' })
}
