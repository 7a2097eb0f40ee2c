import type { Cluster } from '../kube/cluster.mts'
import type { KubeObject } from '../kube/object.mts'
import type { Desired } from '../stacks/stack.mts'

/**
 * The desired state without the namespace of objects that live outside of namespaces: a rendering, which asks no server,
 * gives the home one to every custom resource. Otherwise what is there would seem to be another object than what is wanted.
 */
export async function inScope(cluster: Cluster, desired: Desired, signal: AbortSignal): Promise<Desired> {
  const components = desired.components.map(async (component) => ({
    ...component,
    objects: await Promise.all(component.objects.map((object) => placed(cluster, object, signal))),
  }))
  return { ...desired, components: await Promise.all(components) }
}

async function placed(cluster: Cluster, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
  const { namespace, ...metadata } = object.metadata
  if (namespace === undefined || (await cluster.scopeOf(object, { signal })) !== 'cluster') return object
  return { ...object, metadata }
}
