import type { PersistentVolumeClaim } from '../../kube/schema/types.mts'

/** A volume: its size, and its storage class; the cluster's default unless given. */
export interface Storage {
  size: string
  className?: string | undefined
  /** `ReadWriteOnce` unless given: one node at a time, which every class can do. */
  accessMode?: 'ReadWriteOnce' | 'ReadWriteMany' | undefined
}

/** A claim of its own, or a template of a StatefulSet. */
export function volumeClaim(name: string, { size, className, accessMode }: Storage): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: {
      accessModes: [accessMode ?? 'ReadWriteOnce'],
      ...(className === undefined ? {} : { storageClassName: className }),
      resources: { requests: { storage: size } },
    },
  }
}
