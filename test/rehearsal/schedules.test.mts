import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Code } from '../../lib/error.mts'
import { refOf } from '../../lib/kube/object.mts'
import type { Fault, Faults } from '../../lib/rehearsal/faults.mts'
import { inLanes } from './lanes.mts'
import { bury, holderIn, recordsIn, servingIn } from './killing.mts'
import { shopStage } from './shop.mts'
import { stall } from './stall.mts'
import { openTrial } from './trial.mts'
import type { Trial } from './trial.mts'

const RUNS = Number(process.env['LANDFALL_TEST_SCHEDULES'] ?? 300)
const SEED = Number(process.env['LANDFALL_TEST_SEED'] ?? 20_261_121)
/** Runs under faults, one after another on what the one before has left, and then one without. */
const CHAIN = 10

const refused = (status: number, reason: string): fc.Arbitrary<Fault> =>
  fc.constant({ do: 'refuse', status, reason, message: `${reason}, for the sake of it` })

const fault: fc.Arbitrary<Fault> = fc.oneof(
  refused(401, 'Unauthorized'),
  refused(403, 'Forbidden'),
  refused(409, 'Conflict'),
  refused(422, 'Invalid'),
  fc.constant<Fault>({ do: 'refuse', status: 429, reason: 'TooManyRequests', retryAfterSeconds: 0 }),
  refused(500, 'InternalError'),
  refused(503, 'ServiceUnavailable'),
  refused(504, 'Timeout'),
  fc.constant<Fault>({ do: 'stop-before' }),
  fc.constant<Fault>({ do: 'cut-after' }),
  fc.constant<Fault>({ do: 'garbage' }),
  fc.integer({ min: 1, max: 40 }).map((milliseconds): Fault => ({ do: 'delay', milliseconds })),
)

const watchFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.nat(3).map((after): Fault => ({ do: 'drop', after })),
  fc.nat(3).map((after): Fault => ({ do: 'repeat', after })),
  fc.constant<Fault>({ do: 'expire' }),
  refused(500, 'InternalError'),
)

/** What one run deploys, and what befalls it: at its so-manieth request, and at its so-manieth watch. */
interface Schedule {
  /** The one that is live half of the time: then there may be nothing to change. */
  tag: 'one' | 'two'
  requests: ReadonlyMap<number, Fault>
  watches: ReadonlyMap<number, Fault>
}

const schedule: fc.Arbitrary<Schedule> = fc.record({
  tag: fc.constantFrom('one', 'two'),
  requests: fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fault), { maxLength: 4 }).map((all) => new Map(all)),
  watches: fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), watchFault), { maxLength: 2 }).map((all) => new Map(all)),
})

function faultsOf({ requests, watches }: Pick<Schedule, 'requests' | 'watches'>, user: string): Faults {
  const count = { request: 0, watch: 0 }
  return (faced) => {
    if (faced.user !== user) return { do: 'pass' }
    const kind = faced.path.includes('watch=true') ? 'watch' : 'request'
    count[kind] += 1
    return (kind === 'watch' ? watches : requests).get(count[kind]) ?? { do: 'pass' }
  }
}

/** What a run may say when only the way to the cluster was bad: nothing about the app, and never that it is a bug. */
const TROUBLE: ReadonlySet<Code> = new Set<Code>([
  ...(['unreachable', 'unauthorized', 'forbidden', 'server-error', 'conflict', 'invalid', 'admission'] as const),
  ...(['locked', 'lock-lost', 'ground-moved', 'unproven', 'out-of-time'] as const),
])

const IMAGES = { one: 'reactbin-api:one', two: 'reactbin-api:two' } as const

/** A proven release is in the cluster: its pods serve, its record is there. */
function assertProven(trial: Trial, tag: 'one' | 'two', records: readonly number[], said: string): void {
  assert.deepEqual(servingIn(trial), [IMAGES[tag]], said)
  assert.ok((recordsIn(trial).at(-1) ?? 0) >= (records.at(-1) ?? 1), said)
}

/** What the chains before have left in the cluster's memory; a real one forgets its events after an hour. */
function tidy({ store, server }: Trial): void {
  for (const event of store.list({ apiVersion: 'v1', kind: 'Event' })) store.drop(refOf(event))
  server.forget()
}

async function sail(trial: Trial, chain: readonly Schedule[], tally: Map<string, number>): Promise<void> {
  tidy(trial)
  for (const { tag, ...one } of chain) {
    const records = recordsIn(trial)
    trial.server.setFaults(faultsOf(one, trial.nextUser()))
    const { error, output } = await trial.run('deploy', ['--tag', `api=${tag}`, '--within', '8'])
    const said = `${JSON.stringify({ tag, requests: [...one.requests], watches: [...one.watches] })}\n${output}`
    if (error === undefined) assertProven(trial, tag, records, said)
    else assert.ok(TROUBLE.has(error.code), said)
    const end = error?.code ?? 'proven'
    tally.set(end, (tally.get(end) ?? 0) + 1)
    trial.server.setFaults(() => ({ do: 'pass' }))
    bury(trial)
  }
  const { error, output } = await trial.run('deploy', ['--tag', 'api=one'])
  assert.equal(error, undefined, output)
  assertProven(trial, 'one', [], output)
  if (!output.includes('nothing to change')) assert.equal(holderIn(trial), '', output)
}

test('a deploy under random faults says proven only where it is, blames only the way there, and converges afterwards', async (t) => {
  const chains = fc.sample(fc.array(schedule, { minLength: CHAIN, maxLength: CHAIN }), {
    seed: SEED,
    numRuns: Math.ceil(RUNS / CHAIN),
  })
  const tally = new Map<string, number>()
  await inLanes(4, async (next) => {
    await using trial = await openTrial({ stack: stall, stage: shopStage() })
    for (let chain = next(chains); chain !== undefined; chain = next(chains)) await sail(trial, chain, tally)
  })
  const ends = [...tally].sort(([, a], [, b]) => b - a).map(([end, count]) => `${end} ${count}`)
  t.diagnostic(`seed ${SEED}, ${chains.length * CHAIN} schedules: ${ends.join(', ')}`)
  assert.ok((tally.get('proven') ?? 0) > 0)
})
