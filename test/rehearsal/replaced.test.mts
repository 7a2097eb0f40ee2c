import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import type { Pod } from '../../lib/kube/schema/types.mts'
import { httpApp } from '../../lib/stacks/parts/http.mts'
import * as prove from '../../lib/stacks/parts/proofs.mts'
import { site } from '../../lib/stacks/parts/site.mts'
import { component, stack } from '../../lib/stacks/stack.mts'
import { openTrial } from './trial.mts'
import type { Trial } from './trial.mts'

const HOST = 'front.localhost'

/** One app behind an Ingress. Whether its answers tell its build, and for how many seconds its pods drain, is the test's. */
const front = stack({
  name: 'front',
  images: { web: 'acme/front' },
  settings: z.strictObject({ tells: z.boolean(), drain: z.number() }),
  components: ({ image, settings: { drain } }) => [
    component(
      'web',
      httpApp({ name: 'web', image: image('web'), port: 8080, health: '/', uid: 101, drain, grace: drain + 10 }),
    ),
    component(
      'edge',
      site({
        name: 'front',
        host: HOST,
        className: 'nginx',
        tls: 'none',
        routes: [{ path: '/', service: 'web', port: 8080 }],
      }),
    ),
  ],
  proofs: ({ image, tag, settings: { tells } }) => {
    const build = tells ? { build: { field: 'build', is: tag('web') } } : {}
    return [prove.serves('front', HOST, '/', { app: 'web', image: image('web'), scheme: 'http', ...build })]
  },
})

const parts = ['one', 'two'].map((tag) => ({
  image: new RegExp(`:${tag}$`),
  plays: { serves: [{ path: '/', status: 200, type: 'application/json', body: `{"build":"${tag}"}` }] },
}))

/** Deploys `one`, then `two`: how that ended, and the images of the pods that could answer at that moment. */
async function upgraded(trial: Trial, settings: readonly string[], ...flags: readonly string[]) {
  const said = [...settings.flatMap((setting) => ['--set', setting]), ...flags]
  const first = await trial.run('deploy', ['--tag', 'one', ...said])
  assert.equal(first.error, undefined, first.output)
  const ended = await trial.run('deploy', ['--tag', 'two', ...said])
  const ready = trial.store
    .list<Pod>({ apiVersion: 'v1', kind: 'Pod' })
    .filter(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
  return { ...ended, serving: ready.map(({ spec }) => spec?.containers[0]?.image ?? '').sort() }
}

describe('an upgrade behind an ingress that hears of it late', { concurrency: 3 }, () => {
  test('is proven by answers that tell no version once no old pod can give them', async () => {
    await using trial = await openTrial({ stack: front, stage: { parts }, site: true })
    const { error, output, serving } = await upgraded(trial, ['tells=false', 'drain=100'])
    assert.equal(error, undefined, output)
    assert.deepEqual(serving, ['acme/front:two'])
    assert.match(output, /web +1 old pod still serves/)
  })

  test('is proven at once by answers that tell the new version, however long an old pod drains', async () => {
    await using trial = await openTrial({ stack: front, stage: { parts }, site: true })
    const { error, output, serving } = await upgraded(trial, ['tells=true', 'drain=3000'])
    assert.equal(error, undefined, output)
    assert.deepEqual(serving, ['acme/front:one', 'acme/front:two'])
    assert.match(output, /build two/)
  })

  test('is not proven, and says why, where an old pod serves on until the time is up', async () => {
    await using trial = await openTrial({ stack: front, stage: { parts }, site: true })
    const { error, serving } = await upgraded(trial, ['tells=false', 'drain=3000'], '--within', '6')
    assert.equal(error?.code, 'out-of-time')
    assert.match(error.message, /waiting for web: 1 old pod still serves/)
    assert.deepEqual(serving, ['acme/front:one', 'acme/front:two'])
  })
})
