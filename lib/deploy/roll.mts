import { changedAfter } from '../health/fresh.mts'
import { readsOf, templateOf } from '../kube/containers.mts'
import { keyOf } from '../kube/object.mts'
import type { KubeObject, Live } from '../kube/object.mts'
import type { Pod, PodTemplateSpec } from '../kube/schema/types.mts'
import { CONFIG_ANNOTATION } from '../marks.mts'
import { configRef } from './survey.mts'
import type { Survey } from './survey.mts'

/** An object whose pods must be replaced because what they read has changed, and why. */
export interface Rolled {
  object: KubeObject
  because?: string
}

/**
 * Adds the pod-template annotation that rolls pods whose Secrets or ConfigMaps got new data after they had read them
 * (LF-08). It follows from the time of that change and stays as it is afterwards, so that twice is still once.
 */
export function rollIfStale(object: KubeObject, live: Live | undefined, survey: Survey): Rolled {
  const template = templateOf(object)
  if (template === undefined || live === undefined || !isLongRunning(object)) return { object }
  const changed = changedAfter(configsOf(object, survey), podsOf(live, survey))
  const [newest] = changed.sort((a, b) => b.at.localeCompare(a.at))
  const before = templateOf(live)?.metadata?.annotations?.[CONFIG_ANNOTATION]
  if (newest !== undefined && newest.at !== before) {
    const because = `${newest.ref.kind} ${newest.ref.name} got new data at ${newest.at}, after its pods started`
    return { object: marked(object, newest.at), because }
  }
  return { object: before === undefined ? object : marked(object, before) }
}

/** Kinds whose pods are replaced when their template changes. */
export function isLongRunning({ kind }: KubeObject): boolean {
  return kind === 'Deployment' || kind === 'StatefulSet' || kind === 'DaemonSet'
}

function configsOf(object: KubeObject, survey: Survey): Live[] {
  const namespace = object.metadata.namespace ?? ''
  return readsOf(templateOf(object)?.spec).flatMap(({ kind, name }) => {
    const found = survey.configs.get(keyOf(configRef(kind, namespace, name)))
    return found?.state === 'there' ? [found.object] : []
  })
}

function podsOf(live: Live, survey: Survey): Live<Pod>[] {
  const { selector } = (live as Live & { spec?: { selector?: { matchLabels?: Record<string, string> } } }).spec ?? {}
  const wanted = Object.entries(selector?.matchLabels ?? {})
  return survey.pods.filter(
    ({ metadata }) =>
      metadata.namespace === live.metadata.namespace &&
      wanted.every(([key, value]) => metadata.labels?.[key] === value),
  )
}

/** The object with the mark that rolls its pods. */
export function marked(object: KubeObject, at: string): KubeObject {
  const copy = structuredClone(object) as KubeObject & { spec: { template: PodTemplateSpec } }
  const { template } = copy.spec
  template.metadata = {
    ...template.metadata,
    annotations: { ...template.metadata?.annotations, [CONFIG_ANNOTATION]: at },
  }
  return copy
}
