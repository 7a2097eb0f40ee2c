import { formatRef, keyOf, refOf } from '../kube/object.mts'
import type { Kind, Live } from '../kube/object.mts'
import type { StatefulSet } from '../kube/schema/types.mts'
import { managerOf, STACK_LABEL } from '../marks.mts'
import type { Survey } from './survey.mts'
import type { Row, Step } from './types.mts'

/** Kinds that hold data or other people's things: never removed because a later release does not name them. */
const KEPT_KINDS = new Set([
  'Namespace',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Secret',
  'CustomResourceDefinition',
])

export function isKept({ kind }: Kind): boolean {
  return KEPT_KINDS.has(kind)
}

/** What the last release had and this one has not. */
export interface Orphans {
  /** Deleted after the proof; a superseded bucket Job is one of these. */
  steps: Step[]
  /** What stays although nothing names it any more, because data or a Secret would go with it. */
  rows: Row[]
}

export function orphansOf(stack: string, found: Survey, planned: readonly Step[]): Orphans {
  const wanted = new Set(planned.map(({ ref }) => keyOf(ref)))
  const left = [...found.live.values()].filter(
    (live) =>
      !wanted.has(keyOf(refOf(live))) &&
      !isKept(live) &&
      live.metadata.labels?.[STACK_LABEL] === stack &&
      live.metadata.ownerReferences === undefined &&
      live.metadata.deletionTimestamp === undefined,
  )
  const judged = left.map((live) => ({ live, why: isMadeBy(stack, live) ? whyKept(live, found) : STRANGE }))
  return {
    steps: judged.flatMap(({ live, why }) => (why === undefined ? [removal(live)] : [])),
    rows: judged.flatMap(({ live, why }) => (why === undefined ? [] : [keptRow(live, why)])),
  }
}

const STRANGE = 'it bears the label, but something else wrote it'

/** Labels are copied from Services to their slices and from templates to pods: the field manager tells who wrote an object. */
export function isMadeBy(stack: string, { metadata }: Live): boolean {
  const { labels, ownerReferences, managedFields = [] } = metadata
  if (labels?.[STACK_LABEL] !== stack || ownerReferences !== undefined) return false
  return managedFields.some(({ manager }) => manager === managerOf(stack))
}

function removal(live: Live): Step {
  return { component: 'prune', ref: refOf(live), action: 'delete', live, changes: [], warnings: [] }
}

/** What its deletion would take along: the Secret that an operator made for it, or the volumes of its claims. */
function whyKept(live: Live, { configs }: Survey): string | undefined {
  for (const config of configs.values()) {
    if (config.state !== 'there') continue
    const { kind, metadata } = config.object
    if (metadata.ownerReferences?.some(({ uid }) => uid === live.metadata.uid))
      return `${kind} ${metadata.name}, which is needed, belongs to it`
  }
  if (live.kind !== 'StatefulSet') return undefined
  const policy = (live as Live<StatefulSet>).spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted
  return policy === 'Delete' ? 'its volumes would be deleted with it' : undefined
}

function keptRow(live: Live, why: string): Row {
  const { kind, metadata } = live
  const at = metadata.namespace === undefined ? '' : ` -n ${metadata.namespace}`
  return {
    name: 'superseded',
    state: 'warning',
    says: `${formatRef(refOf(live))} is not part of the stack any more, and stays: ${why}`,
    next: `kubectl${at} delete ${kind.toLowerCase()} ${metadata.name}, once that is no loss`,
  }
}
