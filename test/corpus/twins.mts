import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { differences, digestOf } from './compared.mts'
import { converse } from './converse.mts'
import { EXCEPTIONS } from './exceptions.mts'
import type { Said } from './said.mts'
import type { Talk } from './talk.mts'
import { TALKS } from './talks.mts'
import type { Wire } from './wire.mts'

/** For each talk the digests of a real server's answers, in their order. */
export type Recording = Readonly<Record<string, readonly string[]>>

/** Every talk as a test of its own, on both servers at once: the same answers, or a listed exception. Records them. */
export function twinSuite(real: () => Promise<Wire>, ours: () => Promise<Wire>): { recorded: () => Recording } {
  const recording: Record<string, readonly string[]> = {}
  suite('the same on the rehearsal and on the real server', async (talk, namespace) => {
    const [theirs, own] = await Promise.all([
      converse(await real(), namespace, talk),
      converse(await ours(), namespace, talk),
    ])
    recording[talk.name] = theirs.map(digestOf)
    judge(talk, differences(theirs, own))
  })
  return { recorded: () => Object.fromEntries(TALKS.map(({ name }) => [name, recording[name] ?? []])) }
}

/** Every talk on the rehearsal alone, against what a real server was recorded to answer. */
export function recordedSuite(recording: Recording, ours: () => Promise<Wire>): void {
  suite('the rehearsal answers as a real server was recorded', async (talk, namespace) => {
    const said = await converse(await ours(), namespace, talk)
    judge(talk, unrecorded(said, recording[talk.name]))
  })
}

function unrecorded(said: readonly Said[], wanted: readonly string[] | undefined): string[] {
  if (wanted === undefined) return ['not recorded: run the cluster tests with RECORD=1']
  return said.flatMap((one, place) =>
    digestOf(one) === wanted[place] ? [] : [`answer ${place} is another one now: ${JSON.stringify(one).slice(0, 600)}`],
  )
}

function suite(title: string, have: (talk: Talk, namespace: string) => Promise<void>): void {
  describe(title, { concurrency: 4 }, () => {
    const run = Date.now().toString(36)
    for (const [index, talk] of TALKS.entries())
      test(`${talk.name}${exception(talk)}`, () => have(talk, `talk-${run}-${index}`))
    after(printExceptions)
  })
}

function exception({ name }: Talk): string {
  const reason = EXCEPTIONS[name]
  return reason === undefined ? '' : ` (exception: ${reason})`
}

function judge({ name }: Talk, found: readonly string[]): void {
  if (EXCEPTIONS[name] === undefined) return assert.deepEqual(found, [])
  assert.notDeepEqual(found, [], 'the answers are the same: the exception is not needed')
}

function printExceptions(): void {
  const rows = Object.entries(EXCEPTIONS)
  const asked = TALKS.reduce((sum, { asks }) => sum + asks.length, 0)
  const lines = rows.map(([name, reason]) => `  ${name}: ${reason}`)
  process.stdout.write(
    `${[`${TALKS.length} talks, ${asked} requests; ${rows.length} exceptions:`, ...lines].join('\n')}\n`,
  )
}
