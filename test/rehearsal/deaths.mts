import assert from 'node:assert/strict'
import type { ActingScript } from './bodies.mts'
import { dataIn, declaredIn, holderIn, isWrite, killedRun, recordsIn, schemaIn, servingIn } from './killing.mts'
import type { Death } from './killing.mts'
import type { Trial } from './trial.mts'

/** A run that is killed, and what it leads to when it is left alone. */
export interface Story {
  name: string
  script: ActingScript
  args: readonly string[]
  /** The image that serves in the end. */
  image: string
  /** The revision that its record tells, whichever run migrated the database. */
  schema: string
}

/** One line of the table. */
export interface Tally {
  story: string
  requests: number
  kills: number
  /** Kills after which something was written: only then is there anything to take over. */
  ranAgain: number
  converged: number
}

/** Every request is a moment to die at, with this in the environment; otherwise reads that follow the same write count as one. */
const ALL = process.env['LANDFALL_TEST_KILLS'] === 'all'

/** The requests of a whole run, as a killed one will make them. */
export async function requestsOf(trial: Trial, { script, args }: Story): Promise<{ method: string; path: string }[]> {
  const before = trial.server.requests.length
  const { error } = await trial.run(script, args)
  assert.equal(error, undefined)
  return trial.server.requests.slice(before)
}

/**
 * Where to die: at each write before and after it is done, at each read before the first write, and in the midst of each
 * stretch of reads that follows. What a read changes nobody can see, done or not.
 */
export function deathsIn(requests: readonly { method: string; path: string }[]): Death[] {
  const deaths: Death[] = []
  let [writes, reads] = [0, 0]
  const endStretch = (): void => {
    const each = ALL || writes === 0
    const all = Array.from({ length: reads }, (_, at): Death => ({ writes, reads: at + 1, when: 'after' }))
    deaths.push(...(each ? all : all.slice(reads >> 1, (reads >> 1) + 1)))
    reads = 0
  }
  for (const request of requests)
    if (isWrite(request)) {
      endStretch()
      writes += 1
      deaths.push({ writes, reads: 0, when: 'before' }, { writes, reads: 0, when: 'after' })
    } else reads += 1
  endStretch()
  return deaths
}

/**
 * Dies there and runs again; asserts that the second run converged: the version serves, one record more than before, no lock,
 * nothing twice, and everything that held data is the very object that it was.
 */
export async function dieAndRunAgain(trial: Trial, story: Story, death: Death, tally: Tally, whole: readonly string[]) {
  const at = death.reads === 0 ? '' : `read ${death.reads} behind `
  const what = `${story.name}, killed ${death.when} ${at}write ${death.writes}`
  const [records, data, declared] = [recordsIn(trial), dataIn(trial), declaredIn(trial)]
  const user = trial.nextUser()
  if ((await killedRun(trial, { ...story, death })) === 'died') tally.kills += 1
  const { requests } = trial.server
  const wrote = requests.some((asked) => asked.user === user && isWrite(asked))
  if (!wrote) {
    assert.deepEqual(declaredIn(trial), declared, `${what}: nothing was written, and something changed`)
    return 'untouched'
  }
  // The lock was given back: that run had ended, and whether it could still say so nobody can tell from the cluster.
  if (isOver(trial, records)) {
    assert.deepEqual([declaredIn(trial), servingIn(trial)], [whole, [story.image]], what)
    return 'converged'
  }
  tally.ranAgain += 1
  const left = dataIn(trial)
  assert.deepEqual(missing(data, left), [], `${what}: data was touched`)
  const { error, output } = await trial.run(story.script, story.args)
  assert.equal(error, undefined, `${what}: ${output}`)
  assert.deepEqual(missing(left, dataIn(trial)), [], `${what}: data was touched by the second run`)
  // One that died before it had taken the eleventh away leaves that to the next release.
  assert.deepEqual(
    recordsIn(trial).slice(-10),
    [...records, (records.at(-1) ?? 0) + 1].slice(-10),
    `${what}: ${output}`,
  )
  // A no-op takes no lock: a dead holder's name stays in it, and is nobody's.
  if (!output.includes('nothing to change')) assert.equal(holderIn(trial), '', what)
  assert.deepEqual(servingIn(trial), [story.image], what)
  assert.equal(schemaIn(trial), story.schema, what)
  assert.deepEqual(declaredIn(trial), whole, what)
  tally.converged += 1
  return 'converged'
}

/** Its release is recorded and its lock given back. */
function isOver(trial: Trial, records: readonly number[]): boolean {
  return recordsIn(trial).at(-1) !== records.at(-1) && holderIn(trial) === ''
}

function missing(before: readonly string[], after: readonly string[]): string[] {
  return before.filter((one) => !after.includes(one))
}

/** The table as it is printed. */
export function tableOf(tallies: readonly Tally[]): string[] {
  const rows = [
    ['story', 'requests', 'kills', 'run again', 'converged'],
    ...tallies.map(({ story, requests, kills, ranAgain, converged }) =>
      [story, requests, kills, ranAgain, converged].map(String),
    ),
  ]
  return rows.map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(14) : cell.padStart(10))).join(''))
}
