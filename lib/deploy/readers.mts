import { readsOf, templateOf } from '../kube/containers.mts'
import { keyOf } from '../kube/object.mts'
import { dryRunAll } from './dryrun.mts'
import type { DryRun, Wanted } from './dryrun.mts'
import { isLongRunning, marked } from './roll.mts'
import type { Step } from './types.mts'

const DATA = /^(data|binaryData|stringData)(\.|$)/

/**
 * Rolls the readers of a ConfigMap or Secret that this very plan changes: their pods would keep the old data until the
 * next deploy found them behind. What is rolled by its own change needs no mark.
 */
export async function rollReaders(steps: readonly Step[], run: DryRun): Promise<Step[]> {
  const changed = steps.filter(changesData)
  const at = `${new Date().toISOString().slice(0, 19)}Z`
  const marks = steps.flatMap((step) => markOf(step, changed, at))
  if (marks.length === 0) return [...steps]
  const rolled = new Map((await dryRunAll(marks, run)).map((step) => [keyOf(step.ref), step]))
  return steps.map((step) => rolled.get(keyOf(step.ref)) ?? step)
}

function changesData({ ref, action, changes }: Step): boolean {
  if (ref.apiVersion !== 'v1' || (ref.kind !== 'ConfigMap' && ref.kind !== 'Secret')) return false
  return action === 'create' || (action === 'update' && changes.some(({ path }) => DATA.test(path)))
}

function markOf({ component, ref, object, live, changes }: Step, changed: readonly Step[], at: string): Wanted[] {
  if (object === undefined || live === undefined || !isLongRunning(object)) return []
  if (changes.some(({ path }) => path.startsWith('spec.template'))) return []
  const reads = readsOf(templateOf(object)?.spec)
  const read = changed.find(
    (config) =>
      config.ref.namespace === ref.namespace &&
      reads.some(({ kind, name }) => kind === config.ref.kind && name === config.ref.name),
  )
  if (read === undefined) return []
  const because = `${read.ref.kind} ${read.ref.name} gets new data, which its pods read`
  return [{ component, object: marked(object, at), because }]
}
