import { DeployError } from '../error.mts'
import { formatRef } from './object.mts'
import type { Kind, Ref } from './object.mts'
import type { Resource } from './discovery.mts'

/** `deployments.apps` style words for a kind: "Deployment of apps/v1". */
export function formatKind({ apiVersion, kind }: Kind): string {
  return `${kind} (${apiVersion})`
}

/** The path of all objects of a resource, in one namespace or in all. */
export function collectionPath({ group, version, resource, scope }: Resource, namespace: string | undefined): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const inside = scope === 'namespaced' && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${inside}/${resource}`
}

/** The path of one object. Throws `bad-manifest` where a namespaced one names no namespace. */
export function objectPath(resource: Resource, ref: Ref): string {
  return `${holdingPath(resource, ref)}/${encodeURIComponent(ref.name)}`
}

/** The path that an object is created in. Throws `bad-manifest` where a namespaced one names no namespace. */
export function holdingPath(resource: Resource, ref: Ref): string {
  if (resource.scope === 'namespaced' && ref.namespace === undefined) {
    throw new DeployError({
      code: 'bad-manifest',
      says: `Cannot address ${formatRef(ref)}: a ${ref.kind} lives in a namespace and this one names none`,
      next: 'set metadata.namespace',
    })
  }
  return collectionPath(resource, ref.namespace)
}

/** A query string of what is there. */
export function query(fields: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== false && value !== '')
  const text = given.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join('&')
  return text === '' ? '' : `?${text}`
}
