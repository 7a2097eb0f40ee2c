import type { Live } from '../../kube/object.mts'
import type { Deployment, PodTemplateSpec, ReplicaSet } from '../../kube/schema/types.mts'
import { canonical, hashOf } from './naming.mts'
import { ownerOf } from './owning.mts'
import { newSetSize, type Sets } from './rolling.mts'
import { surgeOf } from './surge.mts'

export const REVISION = 'deployment.kubernetes.io/revision'
export const TEMPLATE_HASH = 'pod-template-hash'

/** Whether a ReplicaSet was made of the template that the Deployment has now. */
export function sameTemplate(set: ReplicaSet, deployment: Deployment): boolean {
  return textOf(set.spec?.template) === textOf(deployment.spec?.template)
}

/** By template: what is stored never changes, and every look at a Deployment compares it with all its sets. */
const texts = new WeakMap<PodTemplateSpec, string>()

function textOf(template: PodTemplateSpec | undefined): string {
  if (template === undefined) return ''
  const text = texts.get(template) ?? canonical(withoutHash(template))
  if (Object.isFrozen(template)) texts.set(template, text)
  return text
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const { [TEMPLATE_HASH]: _, ...labels } = template?.metadata?.labels ?? {}
  return { ...template, metadata: { ...template?.metadata, labels } }
}

export function newestRevision(sets: readonly ReplicaSet[]): number {
  return Math.max(0, ...sets.map(({ metadata }) => Number(metadata.annotations?.[REVISION] ?? 0)))
}

/** The set with this revision, or itself where it bears it: a template that comes back gets a new number. */
export function withRevision(set: Live<ReplicaSet>, least: number): Live<ReplicaSet> {
  const known = Number(set.metadata.annotations?.[REVISION] ?? 0)
  if (known >= least) return set
  const annotations = { ...set.metadata.annotations, [REVISION]: String(least) }
  return { ...set, metadata: { ...set.metadata, annotations } }
}

/** The ReplicaSet of a template that had none. */
export function newSet(live: Live<Deployment>, sets: Sets): ReplicaSet {
  const hash = hashOf(withoutHash(live.spec?.template))
  const template = live.spec?.template ?? { spec: { containers: [] } }
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash }
  const { namespace = '', name } = live.metadata
  const replicas = live.spec?.replicas ?? 1
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      generation: 1,
      labels,
      annotations: {
        'deployment.kubernetes.io/desired-replicas': String(replicas),
        'deployment.kubernetes.io/max-replicas': String(replicas + surgeOf(live).maxSurge),
        [REVISION]: String(newestRevision(sets.old) + 1),
      },
      ownerReferences: [ownerOf(live)],
    },
    spec: {
      replicas: newSetSize(live, sets),
      ...(live.spec?.minReadySeconds === undefined ? {} : { minReadySeconds: live.spec.minReadySeconds }),
      selector: { matchLabels: { ...live.spec?.selector.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status: { replicas: 0 },
  }
}
