import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deathsIn, dieAndRunAgain, requestsOf, tableOf } from './deaths.mts'
import type { Tally } from './deaths.mts'
import { declaredIn } from './killing.mts'
import { inLanes } from './lanes.mts'
import { shop, shopStage } from './shop.mts'
import { openTrial } from './trial.mts'

const STORY = {
  name: 'first deploy',
  script: 'deploy',
  args: ['--tag', 'api=one'],
  image: 'reactbin-api:one',
  schema: 'r1',
} as const

const open = () => openTrial({ stack: shop, stage: shopStage() })

test('a first deploy that is killed at any request converges when it runs again', async (t) => {
  await using whole = await open()
  const requests = await requestsOf(whole, STORY)
  const declared = declaredIn(whole)
  const tally: Tally = { story: STORY.name, requests: requests.length, kills: 0, ranAgain: 0, converged: 0 }
  const deaths = deathsIn(requests)
  await inLanes(4, async (next) => {
    let trial = await open()
    for (let death = next(deaths); death !== undefined; death = next(deaths)) {
      if ((await dieAndRunAgain(trial, STORY, death, tally, declared)) === 'untouched') continue
      await trial[Symbol.asyncDispose]()
      trial = await open()
    }
    await trial[Symbol.asyncDispose]()
  })
  for (const line of tableOf([tally])) t.diagnostic(line)
  assert.equal(tally.kills, deaths.length)
  assert.equal(tally.converged, tally.ranAgain)
  assert.ok(tally.ranAgain >= 22, 'each write, before and after')
})
