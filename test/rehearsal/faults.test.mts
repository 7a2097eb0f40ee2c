import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inOwnFolder } from '../deploy/folder.mts'
import { whereMatches } from '../../lib/rehearsal/faults.mts'
import type { Fault } from '../../lib/rehearsal/faults.mts'
import { recordsIn, servingIn } from './killing.mts'
import { shopStage } from './shop.mts'
import { stall } from './stall.mts'
import { openTrial } from './trial.mts'

suite('watches that lie', () => {
  inOwnFolder()

  test('all of them fall silent: the time runs out on what was waited for, nothing is called proven, and the next run is', async () => {
    await using trial = await openTrial({ stack: stall, stage: shopStage() })
    trial.server.setFaults(whereMatches(/watch=true/, { do: 'silent', after: 1 }))
    const { error, output } = await trial.run('deploy', ['--tag', 'api=one', '--within', '2'])
    assert.equal(error?.code, 'out-of-time', output)
    assert.match(error.message, /waiting for api/)
    assert.deepEqual(recordsIn(trial), [])
    trial.server.setFaults(() => ({ do: 'pass' }))
    const again = await trial.run('deploy', ['--tag', 'api=one'])
    assert.equal(again.error, undefined, again.output)
    assert.deepEqual([recordsIn(trial), servingIn(trial)], [[1], ['reactbin-api:one']])
  })

  const HEALED: readonly Fault[] = [
    { do: 'drop', after: 0 },
    { do: 'drop', after: 2 },
    { do: 'repeat', after: 0 },
    { do: 'expire' },
    { do: 'refuse', status: 500, reason: 'InternalError' },
    { do: 'refuse', status: 429, reason: 'TooManyRequests', retryAfterSeconds: 0 },
  ]
  for (const fault of HEALED)
    test(`each of them meets ${JSON.stringify(fault)} once: the deploy is proven all the same`, async () => {
      await using trial = await openTrial({ stack: stall, stage: shopStage() })
      trial.server.setFaults(whereMatches(/watch=true/, fault, 5))
      const { error, output } = await trial.run('deploy', ['--tag', 'api=one', '--within', '30'])
      assert.equal(error, undefined, output)
      assert.deepEqual([recordsIn(trial), servingIn(trial)], [[1], ['reactbin-api:one']])
    })
})

suite('logs that cannot be had', () => {
  inOwnFolder()

  const BROKEN: readonly Fault[] = [
    { do: 'refuse', status: 403, reason: 'Forbidden' },
    { do: 'refuse', status: 500, reason: 'InternalError' },
    { do: 'cut-after' },
    { do: 'garbage' },
    { do: 'delay', milliseconds: 500 },
  ]
  const { parts = [] } = shopStage()
  const fails = {
    container: /^alembic-migrate$/,
    image: /:bad$/,
    plays: {
      log: [{ after: 200, line: 'sqlalchemy.exc.ProgrammingError: no such column' }],
      exit: { after: 300, code: 1 },
    },
  }
  for (const fault of BROKEN)
    test(`${JSON.stringify(fault)}: a verdict never waits for them`, async () => {
      await using trial = await openTrial({ stack: stall, stage: { parts: [fails, ...parts] } })
      trial.server.setFaults(whereMatches(/\/log\?/, fault))
      const bad = await trial.run('deploy', ['--tag', 'api=bad', '--within', '30'])
      assert.equal(bad.error?.code, 'migration-failed', bad.output)
      const good = await trial.run('deploy', ['--tag', 'api=one', '--within', '30'])
      assert.equal(good.error, undefined, good.output)
    })
})
