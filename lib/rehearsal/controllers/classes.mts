import type { Live } from '../../kube/object.mts'
import type { PersistentVolumeClaim, StorageClass } from '../../kube/schema/types.mts'

const DEFAULT = 'storageclass.kubernetes.io/is-default-class'

/** The class of a claim: the one it names, or the cluster's default. */
export function classOf(
  { spec }: PersistentVolumeClaim,
  classes: readonly Live<StorageClass>[],
): Live<StorageClass> | undefined {
  const name = spec?.storageClassName
  if (name !== undefined) return classes.find(({ metadata }) => metadata.name === name)
  return classes.find(({ metadata }) => metadata.annotations?.[DEFAULT] === 'true')
}
