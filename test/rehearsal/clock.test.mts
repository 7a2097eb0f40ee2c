import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inOwnFolder } from '../deploy/folder.mts'
import type { Faults } from '../../lib/rehearsal/faults.mts'
import { jumpingClock } from './jumping.mts'
import { bury, holderIn, servingIn } from './killing.mts'
import { shopStage } from './shop.mts'
import { stall } from './stall.mts'
import { openTrial } from './trial.mts'

const HOURS = 3 * 3_600_000

/** Acts when the first request that matches comes in. */
function upon(pattern: RegExp, act: () => void): Faults {
  let done = false
  return ({ method, path }) => {
    if (!done && pattern.test(`${method} ${path}`)) {
      done = true
      act()
    }
    return { do: 'pass' }
  }
}

const MOMENTS = {
  'while it plans': /dryRun=All/,
  'when the lock is taken': /^POST .*leases/,
  'while it rolls out': /^GET .*pods\?watch=true/,
} as const

suite("the laptop's clock jumps during a deploy", () => {
  inOwnFolder()

  for (const [when, pattern] of Object.entries(MOMENTS))
    test(`back by hours ${when}: it is proven all the same`, async () => {
      await using trial = await openTrial({ stack: stall, stage: shopStage() })
      using clock = jumpingClock()
      trial.server.setFaults(upon(pattern, () => clock.jump(-HOURS)))
      const { error, output } = await trial.run('deploy', ['--tag', 'api=one'])
      assert.equal(error, undefined, output)
      assert.deepEqual(servingIn(trial), ['reactbin-api:one'])
      assert.equal(holderIn(trial), '')
    })

  for (const [when, pattern] of Object.entries(MOMENTS))
    test(`forward by hours ${when}: proven, or stopped as one who overslept its lock; the next run converges`, async () => {
      await using trial = await openTrial({ stack: stall, stage: shopStage() })
      using clock = jumpingClock()
      trial.server.setFaults(upon(pattern, () => clock.jump(HOURS)))
      const { error, output } = await trial.run('deploy', ['--tag', 'api=one'])
      assert.ok(error === undefined || error.code === 'lock-lost', output)
      bury(trial)
      const again = await trial.run('deploy', ['--tag', 'api=one'])
      assert.equal(again.error, undefined, again.output)
      assert.deepEqual(servingIn(trial), ['reactbin-api:one'])
    })

  test('back by hours while it waits: the deadline is kept, which only the monotonic clock can tell', async () => {
    const { parts = [] } = shopStage()
    const never = { container: /^alembic-migrate$/, plays: { log: [{ after: 1, line: 'waiting for a lock' }] } }
    await using trial = await openTrial({ stack: stall, stage: { parts: [never, ...parts] } })
    using clock = jumpingClock()
    trial.server.setFaults(upon(MOMENTS['while it rolls out'], () => clock.jump(-HOURS)))
    const { error, output } = await trial.run('deploy', ['--tag', 'api=one', '--within', '1.5'])
    assert.equal(error?.code, 'out-of-time', output)
    assert.match(output, /within 2 s|within 1\.5 s/)
  })
})
