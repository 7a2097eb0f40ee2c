import type { Selection } from '../../lib/kube/cluster.mts'
import { kindKey } from '../../lib/kube/object.mts'
import type { Kind, KubeObject, Ref } from '../../lib/kube/object.mts'

/** What a list or a watch was asked of. */
export function placeOf(kind: Kind, { namespace }: Selection): Ref {
  const at = namespace === undefined ? {} : { namespace }
  return { apiVersion: kind.apiVersion, kind: kind.kind, name: '', ...at }
}

/** Whether a list or a watch shows the object; labels only by equality, fields only by name. */
export function isSelected(object: KubeObject, kind: Kind, selection: Selection): boolean {
  const { namespace, labelSelector = '', fieldSelector = '' } = selection
  const terms = labelSelector === '' ? [] : labelSelector.split(',').map((term) => term.split('='))
  const name = /^metadata\.name=(.*)$/.exec(fieldSelector)?.[1]
  return (
    kindKey(object) === kindKey(kind) &&
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    terms.every(([key = '', value]) => object.metadata.labels?.[key] === value)
  )
}
