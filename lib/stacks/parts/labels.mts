import { templateOf } from '../../kube/containers.mts'
import type { KubeObject } from '../../kube/object.mts'

/** What dashboards and policies of a company know an object by; `version` follows the image. */
export interface Marks {
  name: string
  /** The system, and this installation of it. */
  partOf: string
  instance: string
  component: string
  version?: string
}

/**
 * The objects with the labels that Kubernetes recommends, on them and on their pods. Selectors stay as they are: they
 * are immutable, and a version in them would orphan every pod of the one before.
 */
export function labelled<T extends KubeObject>(objects: readonly T[], marks: Marks): T[] {
  const labels = labelsOf(marks)
  return objects.map((declared) => {
    const object = structuredClone(declared)
    object.metadata.labels = { ...object.metadata.labels, ...labels }
    const template = templateOf(object)
    if (template !== undefined)
      template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } }
    return object
  })
}

function labelsOf({ name, partOf, instance, component, version }: Marks): Record<string, string> {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/part-of': partOf,
    'app.kubernetes.io/instance': instance,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/managed-by': 'landfall',
    ...(version === undefined ? {} : { 'app.kubernetes.io/version': asLabel(version) }),
  }
}

// A tag may be 128 characters and a digest has a colon; a label's value takes neither.
function asLabel(version: string): string {
  return version
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 63)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
}
