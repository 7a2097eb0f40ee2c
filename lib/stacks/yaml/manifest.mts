import type { KubeObject } from '../../kube/object.mts'
import { validate } from '../../kube/validate.mts'
import { badManifest, documentsOf, type Read, type Source } from './documents.mts'

/** One object as it was written, and where. */
export interface Manifest {
  at: string
  object: KubeObject
}

/**
 * Every object of the sources in the order in which they stand, lists taken apart, without what only a server writes.
 * Throws `bad-manifest` for what is no object, has no name of its own, or has a wrong type where this project looks.
 */
export function manifestsOf(sources: readonly Source[]): Manifest[] {
  return sources.flatMap(documentsOf).flatMap(unlisted).map(manifestOf)
}

/** The items of a `List`, or of a list of one kind, such as `kubectl get -o yaml` writes. */
function unlisted({ at, value }: Read): Read[] {
  if (!isMap(value)) throw badManifest(at, 'it is not an object of Kubernetes, which is a map')
  const { kind, items } = value
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [{ at, value }]
  return items.flatMap((item: unknown, place) => unlisted({ at: `${at} items[${place}]`, value: item }))
}

function manifestOf({ at, value }: Read): Manifest {
  const { apiVersion, kind } = value as Record<string, unknown>
  if (typeof apiVersion !== 'string' || !/^([a-z0-9.-]+\/)?[a-z0-9]+$/.test(apiVersion))
    throw badManifest(at, 'it has no apiVersion', hintFor(value))
  if (typeof kind !== 'string' || !/^[A-Za-z0-9]+$/.test(kind)) throw badManifest(at, 'it has no kind', hintFor(value))
  if (apiVersion.startsWith('kustomize.config.k8s.io/')) throw badManifest(at, 'it is a kustomization', KUSTOMIZE)
  const object: KubeObject = { ...(value as object), apiVersion, kind, metadata: metadataOf(value, at, kind) }
  // Only what would make nonsense of all that follows: the server, which may be newer, judges the rest by its dry run.
  const [wrong] = validate(object).filter(({ says }) => /^(must be an? |is required)/.test(says))
  if (wrong !== undefined) throw badManifest(at, `${kind} ${object.metadata.name}: ${wrong.path} ${wrong.says}`)
  return { at, object: withoutStatus(object) }
}

const KUSTOMIZE = 'kubectl kustomize DIR | npx zx deploy.mts --stack NAME=-'

/** What else the file may be. */
function hintFor(value: unknown): string | undefined {
  if (!isMap(value)) return undefined
  if ('resources' in value || 'patches' in value) return KUSTOMIZE
  if ('appVersion' in value || value['apiVersion'] === 'v2')
    return 'render the chart: helm template NAME DIR | npx zx deploy.mts --stack -'
  return undefined
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

function metadataOf(value: unknown, at: string, kind: string): KubeObject['metadata'] {
  const { metadata } = value as { metadata?: unknown }
  if (!isMap(metadata)) throw badManifest(at, `${kind} has no metadata.name`)
  const { name, generateName, namespace, labels, annotations } = metadata
  if (generateName !== undefined && name === undefined)
    throw badManifest(at, `${kind} has generateName, so each deploy would make another one`, `name it in ${at}`)
  if (typeof name !== 'string' || name === '') throw badManifest(at, `${kind} has no metadata.name that is a text`)
  if (namespace !== undefined && typeof namespace !== 'string')
    throw badManifest(at, `${kind} ${name}: metadata.namespace is no text`)
  for (const [field, map] of Object.entries({ labels, annotations })) refuseUntidy(map, `${kind} ${name}`, field, at)
  const { [LAST_APPLIED]: _applied, ...kept } = (annotations ?? {}) as Record<string, string>
  return {
    ...withoutServerFields(metadata),
    name,
    ...(annotations === undefined ? {} : { annotations: kept }),
  }
}

function refuseUntidy(map: unknown, whose: string, field: string, at: string): void {
  if (map === undefined) return
  if (!isMap(map)) throw badManifest(at, `${whose}: metadata.${field} is no map`)
  const wrong = Object.entries(map).find(([, value]) => typeof value !== 'string')
  if (wrong === undefined) return
  const next = `write it in quotation marks in ${at}`
  throw badManifest(at, `${whose}: metadata.${field}.${wrong[0]} is ${typeof wrong[1]}, not a text`, next)
}

// What `kubectl get -o yaml` adds: an apply of it is refused, or means another object.
const SERVERS = ['managedFields', 'resourceVersion', 'uid', 'creationTimestamp', 'generation', 'selfLink']

function withoutServerFields(metadata: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([field]) => !SERVERS.includes(field)))
}

function withoutStatus(object: KubeObject): KubeObject {
  const { status: _status, ...kept } = object as KubeObject & { status?: unknown }
  return kept
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
