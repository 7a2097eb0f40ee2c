import type { KubeObject } from '../../kube/object.mts'
import { forbiddenField, invalidValue, tooLong } from './problems.mts'
import type { Problem } from './problems.mts'

const ANNOTATIONS = 262_144
const STANDARD = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** What the server says of an object's annotations, owners and finalizers. */
export function metaProblems({ kind, metadata }: KubeObject): Problem[] {
  const { annotations = {}, ownerReferences = [], finalizers = [] } = metadata
  const bytes = Object.entries(annotations).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0)
  return [
    ...(bytes > ANNOTATIONS ? [tooLong('metadata.annotations', ANNOTATIONS)] : []),
    ...ownerReferences.flatMap(({ uid }) =>
      uid === undefined || uid === '' ? [invalidValue('metadata.ownerReferences.uid', '', 'must not be empty')] : [],
    ),
    ...controllerProblems(ownerReferences),
    ...finalizers.flatMap((name, place) =>
      name.includes('/') || STANDARD.has(name) || kind === 'Namespace'
        ? []
        : [invalidValue(`metadata.finalizers[${place}]`, name, UNQUALIFIED)],
    ),
  ]
}

const UNQUALIFIED = 'name is neither a standard finalizer name nor is it fully qualified'

function controllerProblems(owners: NonNullable<KubeObject['metadata']['ownerReferences']>): Problem[] {
  const [one, other] = owners.filter(({ controller }) => controller === true)
  if (one === undefined || other === undefined) return []
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${one.kind}/${one.name} and ${other.kind}/${other.name}`
  return [invalidValue('metadata.ownerReferences', owners, why)]
}

/** What is on its way out takes no new finalizer. */
export function finalizerProblems(before: KubeObject, after: KubeObject): Problem[] {
  if (before.metadata.deletionTimestamp === undefined) return []
  const fresh = (after.metadata.finalizers ?? []).filter((name) => !(before.metadata.finalizers ?? []).includes(name))
  if (fresh.length === 0) return []
  const list = `[]string{${fresh.map((name) => JSON.stringify(name)).join(', ')}}`
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`
  const problem = forbiddenField('metadata.finalizers', why)
  return [problem, problem]
}
