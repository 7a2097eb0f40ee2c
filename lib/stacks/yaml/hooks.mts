import { formatRef, refOf } from '../../kube/object.mts'
import type { KubeObject } from '../../kube/object.mts'
import type { Manifest } from './manifest.mts'

/** When Helm would apply an object; `never` is outside of installing and upgrading. */
export type Moment = 'before' | 'with' | 'after' | 'never'

const HOOK = 'helm.sh/hook'
const WEIGHT = 'helm.sh/hook-weight'
const BEFORE = new Set(['pre-install', 'pre-upgrade'])
const AFTER = new Set(['post-install', 'post-upgrade'])

/** The moment that a Helm hook's annotation names; `with` where there is none. */
export function momentOf({ metadata }: KubeObject): Moment {
  const hook = metadata.annotations?.[HOOK]
  if (hook === undefined) return 'with'
  const events = hook.split(',').map((event) => event.trim())
  if (events.some((event) => BEFORE.has(event))) return 'before'
  if (events.some((event) => AFTER.has(event))) return 'after'
  return events.includes('crd-install') ? 'with' : 'never'
}

/** Objects in the order in which Helm runs hooks: by weight, otherwise as they stand. */
export function byWeight<T extends KubeObject>(objects: readonly T[]): T[] {
  return objects.toSorted((a, b) => weightOf(a) - weightOf(b))
}

function weightOf({ metadata }: KubeObject): number {
  const weight = Number(metadata.annotations?.[WEIGHT] ?? 0)
  return Number.isFinite(weight) ? weight : 0
}

/** What a reader of the report has to know about the hooks among the manifests. */
export function notesOnHooks(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap(({ at, object }) =>
    momentOf(object) === 'never'
      ? [`left out ${formatRef(refOf(object))} (${at}): Helm's hook ${object.metadata.annotations?.[HOOK] ?? ''}`]
      : [],
  )
}
