import assert from 'node:assert/strict'
import { changes, sameGround } from '../../lib/kube/compare.mts'
import type { Change } from '../../lib/kube/compare.mts'
import type { Cluster } from '../../lib/kube/cluster.mts'
import { DeployError } from '../../lib/error.mts'
import type { Live } from '../../lib/kube/object.mts'
import { isConflict } from '../../lib/kube/status.mts'
import { Place, targetOf } from './place.mts'
import type { Expectation, Row, Step } from './row.mts'
import { conflictRows } from './conflicts.mts'
import { customRows } from './customs.mts'
import { editRows } from './edits.mts'
import { errorRows } from './errors.mts'
import { immutableRows } from './immutables.mts'
import { lockRows } from './locks.mts'
import { namespaceRows } from './namespaces.mts'
import { planRows } from './plans.mts'
import { requestRows } from './verbs.mts'

export const ROWS: readonly Row[] = [
  ...planRows,
  ...editRows,
  ...conflictRows,
  ...immutableRows,
  ...errorRows,
  ...namespaceRows,
  ...requestRows,
  ...lockRows,
  ...customRows,
]

export interface Result {
  row: string
  state: 'holds' | 'wrong' | 'skipped'
  /** What is wrong, or why it was skipped. */
  says?: string
}

export interface CorpusOptions {
  cluster: Cluster
  /** Namespaces are made below this name, `<prefix>-<n>`, and removed. */
  prefix: string
  rows?: readonly Row[]
}

/** Runs every row against a server, each in a namespace of its own, a few at a time. */
export async function runCorpus({ cluster, prefix, rows = ROWS }: CorpusOptions): Promise<Result[]> {
  const results: Result[] = []
  const queue = [...rows.entries()]
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, row] = next
      results[index] = await resultOf(row, new Place(cluster, `${prefix}-${index}`))
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  return results
}

/** Runs one row. Throws where it does not hold. */
export async function runRow(cluster: Cluster, namespace: string, row: Row): Promise<void> {
  const place = new Place(cluster, namespace)
  await place.open()
  try {
    for (const step of row.before ?? []) await place.take(step)
    await judge(place, row.act, row.expect)
  } finally {
    for (const step of row.after ?? []) await place.take(step)
    await place.close()
  }
}

/** Why this server cannot answer the row. */
export async function whyNot(cluster: Cluster, { act, needs }: Row): Promise<string | undefined> {
  const target = targetOf(act)
  if (needs !== 'crd' || (await cluster.scopeOf(target)) !== 'unknown') return undefined
  return `the server does not serve ${target.kind}`
}

async function resultOf(row: Row, place: Place): Promise<Result> {
  const skipped = await whyNot(place.cluster, row)
  if (skipped !== undefined) return { row: row.name, state: 'skipped', says: skipped }
  try {
    await runRow(place.cluster, place.namespace, row)
    return { row: row.name, state: 'holds' }
  } catch (error) {
    return { row: row.name, state: 'wrong', says: error instanceof Error ? error.message : String(error) }
  }
}

async function judge(place: Place, act: Step, expect: Expectation): Promise<void> {
  if ('plan' in expect) return judgePlan(place, act, expect)
  if ('refused' in expect) return judgeRefusal(place, act, expect)
  const outcome = await place.take(act)
  if (expect.gives === 'absent') return assert.equal(await place.live(targetOf(act)), undefined)
  if (expect.outcome !== undefined) assert.equal(outcome, expect.outcome)
  const live = await place.live(targetOf(act))
  for (const [path, value] of Object.entries(expect.gives)) assert.deepEqual(at(live, path), value, path)
}

/** Controllers write too: a plan whose ground moved before the apply says nothing, and is made again. */
async function judgePlan(place: Place, act: Step, expect: Extract<Expectation, { plan: unknown }>): Promise<void> {
  assert.ok(act.verb === 'apply')
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const before = await place.live(targetOf(act))
    const foretold = await place.apply({ ...act, dryRun: true })
    if (before !== undefined && !sameGround(before, foretold.object)) continue
    const planned = changes(before, foretold.object)
    assert.deepEqual(pathsOf(planned), expect.plan === 'unchanged' ? [] : [...expect.plan].sort())
    if (expect.warns !== undefined) assert.match(foretold.warnings.join('\n'), expect.warns)
    const done = await heldDown(place, act, before)
    if (done === 'moved') continue
    if (before === undefined) return assert.equal(done.outcome, 'created')
    assert.deepEqual(changes(before, done.object), planned, 'the apply did other than foretold')
    const kept = before.metadata.resourceVersion === done.object.metadata.resourceVersion
    if (planned.length > 0) return assert.ok(!kept, 'the apply changed nothing although its dry run did')
    // A claim's or a Job's first no-op is stored anew with no visible difference; the second one never.
    return assert.ok(kept || (await isStill(place, act)), 'every apply of the same is stored again')
  }
  assert.fail('the object never stood still')
}

async function isStill(place: Place, act: Extract<Step, { verb: 'apply' }>): Promise<boolean> {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const before = await place.live(targetOf(act))
    const { object } = await place.apply(act)
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) return true
  }
  return false
}

/** The apply, refused where the object is no longer the one that was planned on. */
async function heldDown(
  place: Place,
  act: Extract<Step, { verb: 'apply' }>,
  before: Live | undefined,
): Promise<Awaited<ReturnType<Cluster['apply']>> | 'moved'> {
  if (before === undefined) return place.apply(act)
  try {
    return await place.apply({ ...act, resourceVersion: before.metadata.resourceVersion })
  } catch (error) {
    if (isConflict(error)) return 'moved'
    throw error
  }
}

async function judgeRefusal(
  place: Place,
  act: Step,
  expect: Extract<Expectation, { refused: unknown }>,
): Promise<void> {
  const error = await refusalOf(place, act, expect.soon === true ? 50 : 1)
  if (!(error instanceof DeployError)) throw error
  assert.equal(error.code, expect.refused, error.message)
  if (expect.says !== undefined) assert.match(error.message, expect.says)
  if (expect.next !== undefined) assert.match(error.next, expect.next)
  if (expect.hides !== undefined)
    assert.ok(!JSON.stringify([error.message, error]).includes(expect.hides), error.message)
  if (expect.is !== undefined) assert.ok(expect.is(error), `the classifier does not know it: ${error.message}`)
}

async function refusalOf(place: Place, act: Step, tries: number): Promise<unknown> {
  for (let left = tries; left > 0; left -= 1) {
    try {
      await place.take(act)
    } catch (error) {
      return error
    }
    await place.take({ verb: 'remove', ref: targetOf(act) })
  }
  return assert.fail('the server did it')
}

function pathsOf(found: readonly Change[]): string[] {
  const paths = found.map(({ path }) => (path.startsWith('metadata.managedFields[') ? 'owner' : path))
  return [...new Set(paths)].sort()
}

/** `spec.template.spec.containers.0.image`; a name with dots is reached by the whole rest of the path. */
function at(value: unknown, path: string): unknown {
  if (path === '' || typeof value !== 'object' || value === null) return path === '' ? value : undefined
  const fields = value as Record<string, unknown>
  if (path in fields) return fields[path]
  const [first = '', ...rest] = path.split('.')
  return at(fields[first], rest.join('.'))
}
