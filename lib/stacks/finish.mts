import { createHash } from 'node:crypto'
import { templateOf } from '../kube/containers.mts'
import { normal } from '../kube/normal.mts'
import { keyOf, refOf, type KubeObject, type Ref } from '../kube/object.mts'
import { STACK_LABEL } from '../marks.mts'
import type { CommonSettings } from './common.mts'
import { dressPods } from './pods.mts'
import type { Component } from './stack.mts'

const CLUSTER_SCOPED = new Set([
  'Namespace',
  'PersistentVolume',
  'StorageClass',
  'IngressClass',
  'PriorityClass',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterIssuer',
  'CustomResourceDefinition',
  'APIService',
  'CSIDriver',
  'CSINode',
  'CertificateSigningRequest',
  'DeviceClass',
  'FlowSchema',
  'GatewayClass',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Node',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
  'VolumeSnapshotClass',
])

/** Whether objects of the kind live outside of namespaces, as far as that is known without asking a server. */
export function isClusterScoped({ kind }: Pick<KubeObject, 'kind'>): boolean {
  return CLUSTER_SCOPED.has(kind)
}

/** What every object of a stack gets. */
export interface Finish {
  stack: string
  /** The namespace of what names none. */
  home: string
  common: CommonSettings
  /** Milliseconds. */
  slo: number
}

/** The components with finished objects, and the names that Jobs got by the key of their declared reference. */
export function finish(components: readonly Component[], how: Finish) {
  const renamed = new Map<string, string>()
  const inhabited = namespacesOf(components, how.home)
  const finished = components.map((component) => ({
    ...component,
    objects: component.objects.map((declared) => {
      const object = finishObject(declared, how, inhabited)
      renamed.set(keyOf(placed(refOf(declared), how.home)), object.metadata.name)
      return object
    }),
  }))
  return { components: finished, renamed: renamed as ReadonlyMap<string, string> }
}

/** The value with every reference in it completed: the home namespace where it names none, a Job's name as it was given. */
export function pointed<T>(value: T, home: string, renamed: ReadonlyMap<string, string>): T {
  if (typeof value !== 'object' || value === null) return value
  if (isRef(value)) {
    const ref = placed(value, home)
    return { ...ref, name: renamed.get(keyOf(ref)) ?? ref.name }
  }
  if (Array.isArray(value)) return value.map((item: unknown) => pointed(item, home, renamed)) as T
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pointed(item, home, renamed)])) as T
}

/** The sha256 of a value, in hexadecimal; the order of keys does not count. */
export function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
}

/** The home namespace, and those in which the stack runs pods. */
function namespacesOf(components: readonly Component[], home: string): ReadonlySet<string> {
  const running = components.flatMap(({ objects }) => objects.filter((object) => templateOf(object) !== undefined))
  return new Set([home, ...running.map(({ metadata }) => metadata.namespace ?? home)])
}

function finishObject(
  declared: KubeObject,
  { stack, home, common, slo }: Finish,
  inhabited: ReadonlySet<string>,
): KubeObject {
  const object = dressPods(declared, common, slo)
  const level = object.kind === 'Namespace' && inhabited.has(object.metadata.name) ? common.podSecurity : 'off'
  object.metadata = metaOf(object, placed(refOf(declared), home), stack, level)
  label(templateOf(object), stack)
  const clean = normal(object)
  return clean.kind === 'Job' ? named(clean) : clean
}

function metaOf(
  { metadata }: KubeObject,
  { namespace }: Ref,
  stack: string,
  level: CommonSettings['podSecurity'],
): KubeObject['metadata'] {
  const labels = { ...metadata.labels, ...securityLabels(level), [STACK_LABEL]: stack }
  return { ...metadata, ...(namespace === undefined ? {} : { namespace }), labels }
}

function label(template: { metadata?: Partial<KubeObject['metadata']> } | undefined, stack: string): void {
  if (template === undefined) return
  template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [STACK_LABEL]: stack } }
}

function securityLabels(level: CommonSettings['podSecurity']): Record<string, string> {
  if (level === 'off') return {}
  return { 'pod-security.kubernetes.io/enforce': level, 'pod-security.kubernetes.io/warn': level }
}

// A Job's pod template is immutable: another content is another Job.
function named(job: KubeObject): KubeObject {
  const name = `${job.metadata.name}-${hashOf((job as { spec?: unknown }).spec).slice(0, 8)}`
  return { ...job, metadata: { ...job.metadata, name } }
}

function placed<T extends Ref>(ref: T, home: string): T {
  return CLUSTER_SCOPED.has(ref.kind) || ref.namespace !== undefined ? ref : { ...ref, namespace: home }
}

function isRef(value: object): value is Ref {
  return 'apiVersion' in value && 'kind' in value && 'name' in value
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}
