import { copied } from '../copy.mts'
import type { Live } from '../../kube/object.mts'
import type { PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet } from '../../kube/schema/types.mts'
import { defaulted } from '../objects/defaults.mts'
import { ownerOf } from './owning.mts'
import { podFrom } from './template.mts'

export const SET_REVISION = 'controller-revision-hash'

/** A pod of a StatefulSet that is to be made. */
export interface Ordinal {
  ordinal: number
  revision: string
}

export function ordinalOf({ metadata }: Pod): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1)
}

export function revisionIn({ metadata }: Pod): string | undefined {
  return metadata.labels?.[SET_REVISION]
}

/** The pod of this number, its claims as its volumes. */
export function newPod(live: Live<StatefulSet>, { ordinal, revision }: Ordinal, template: PodTemplateSpec): Pod {
  const { name: set, namespace = '' } = live.metadata
  const name = `${set}-${ordinal}`
  const pod = podFrom(template, {
    name,
    namespace,
    labels: {
      'apps.kubernetes.io/pod-index': String(ordinal),
      [SET_REVISION]: revision,
      'statefulset.kubernetes.io/pod-name': name,
    },
    ownerReferences: [ownerOf(live)],
  })
  const claims = live.spec?.volumeClaimTemplates ?? []
  const own = new Set(claims.map(({ metadata }) => metadata?.name))
  const volumes = [
    ...claims.map(({ metadata }) => ({
      name: metadata?.name ?? '',
      persistentVolumeClaim: { claimName: `${metadata?.name ?? ''}-${name}` },
    })),
    ...(pod.spec?.volumes ?? []).filter((volume) => !own.has(volume.name)),
  ]
  const { serviceName } = live.spec ?? {}
  const spec = pod.spec ?? { containers: [] }
  return {
    ...pod,
    spec: {
      ...spec,
      hostname: name,
      ...(serviceName === undefined ? {} : { subdomain: serviceName }),
      ...(volumes.length === 0 ? {} : { volumes }),
    },
  }
}

/** The claims of a pod, as its set's templates ask for them. */
export function claimsFor(live: Live<StatefulSet>, pod: Pod): PersistentVolumeClaim[] {
  const claims = (live.spec?.volumeClaimTemplates ?? []).map(({ metadata, spec }): PersistentVolumeClaim => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: `${metadata?.name ?? ''}-${pod.metadata.name}`,
      namespace: live.metadata.namespace ?? '',
      labels: { ...live.spec?.selector.matchLabels, ...metadata?.labels },
    },
    ...(spec === undefined ? {} : { spec }),
    status: { phase: 'Pending' },
  }))
  return claims.map((claim) => defaulted(copied(claim)))
}
