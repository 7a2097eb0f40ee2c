import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deathsIn, dieAndRunAgain, requestsOf, tableOf } from './deaths.mts'
import type { Story, Tally } from './deaths.mts'
import { declaredIn } from './killing.mts'
import type { Death } from './killing.mts'
import { inLanes } from './lanes.mts'
import { shop, shopStage } from './shop.mts'
import { openTrial } from './trial.mts'
import type { Trial } from './trial.mts'

const DEPLOY = ['--tag', 'api=two']
const UPGRADE: Story = { name: 'upgrade', script: 'deploy', args: DEPLOY, image: 'reactbin-api:two', schema: 'r2' }
const ROLLBACK: Story = {
  name: 'rollback',
  script: 'rollback',
  args: ['--schema-compatible'],
  image: 'reactbin-api:one',
  // Migrations are never run backwards.
  schema: 'r2',
}

/** One cluster that is upgraded and rolled back again and again; the database forgets the upgrade each time. */
async function opened(): Promise<Trial> {
  const trial = await openTrial({ stack: shop, stage: shopStage() })
  const { error } = await trial.run('deploy', ['--tag', 'api=one'])
  assert.equal(error, undefined)
  return trial
}

test('an upgrade with a migration, and a rollback, that are killed at any request converge when they run again', async (t) => {
  await using first = await opened()
  const before = declaredIn(first)
  const upgrade = await requestsOf(first, UPGRADE)
  const after = declaredIn(first)
  const rollback = await requestsOf(first, ROLLBACK)
  const deaths: Record<'upgrade' | 'rollback', Death[]> = { upgrade: deathsIn(upgrade), rollback: deathsIn(rollback) }
  const [planned, others] = [deaths.upgrade.length, deaths.rollback.length]
  const up: Tally = { story: 'upgrade', requests: upgrade.length, kills: 0, ranAgain: 0, converged: 0 }
  const down: Tally = { story: 'rollback', requests: rollback.length, kills: 0, ranAgain: 0, converged: 0 }
  await inLanes(3, async () => {
    await using trial = await opened()
    while (deaths.upgrade.length > 0 || deaths.rollback.length > 0) {
      trial.state.set('revision', 'r1')
      await one(trial, UPGRADE, deaths.upgrade, up, after)
      await one(trial, ROLLBACK, deaths.rollback, down, before)
    }
  })
  for (const line of tableOf([up, down])) t.diagnostic(line)
  assert.deepEqual([up.kills, down.kills], [planned, others])
  assert.deepEqual([up.converged, down.converged], [up.ranAgain, down.ranAgain])
  assert.ok(up.ranAgain >= 8 && down.ranAgain >= 8, 'each write, before and after')
})

/** Dies until it has written something and is run again; where no death is left, it is simply played. */
async function one(trial: Trial, story: Story, deaths: Death[], tally: Tally, whole: readonly string[]): Promise<void> {
  for (let death = deaths.shift(); death !== undefined; death = deaths.shift())
    if ((await dieAndRunAgain(trial, story, death, tally, whole)) === 'converged') return
  const { error, output } = await trial.run(story.script, story.args)
  assert.equal(error, undefined, output)
}
