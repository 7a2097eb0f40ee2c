import type { KubeObject } from '../../kube/object.mts'
import type { Namespace } from '../../kube/schema/types.mts'

/** A namespace of a stack that has several. Put them all into the component `namespace`, which comes before everything. */
export function namespace(
  name: string,
  { labels = {}, annotations = {} }: Partial<Record<'labels' | 'annotations', Readonly<Record<string, string>>>> = {},
): Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { ...labels }, annotations: { ...annotations } },
  }
}

/** The objects in another namespace than the stack's home. */
export function inNamespace<T extends KubeObject>(name: string, objects: readonly T[]): T[] {
  return objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace: name } }))
}
