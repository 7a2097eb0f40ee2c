import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { KubeObject } from '../../lib/kube/object.mts'
import type { Secret } from '../../lib/kube/schema/types.mts'
import { inventor } from '../../lib/rehearsal/open.mts'
import type { Part } from '../../lib/rehearsal/stage/script.mts'
import { ANYBODY } from '../../lib/rehearsal/stage/staging.mts'
import { wrightnowStaging } from '../../lib/rehearsal/stage/wrightnow.mts'
import wrightnow from '../../lib/stacks/wrightnow.mts'
import { openTrial, type Ended, type Trial } from './trial.mts'

const LOCAL = ['--env', 'local']

interface Given {
  secrets?: 'by hand' | 'in Vault'
  /** Who plays before wrightnow's own. */
  first?: readonly Part[]
}

/** A cluster as an operator finds it: with their two Secrets in this namespace, or with a Vault that holds them. */
function openFor(namespace: string, { secrets: where = 'by hand', first = [] }: Given = {}): Promise<Trial> {
  const settings = { vault: { mount: 'secret', path: 'wrightnow' } }
  const { parts = [], vault = {}, secrets = {} } = wrightnowStaging({ settings, namespace, secret: inventor() })
  const made = Object.entries(secrets).map(([name, values]): Secret => {
    const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, btoa(value)]))
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data }
  })
  const home: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  const stage = { parts: [...first, ...parts, ANYBODY], vault: { data: vault } }
  return openTrial({ stack: wrightnow, stage, objects: where === 'by hand' ? [home, ...made] : [], site: true })
}

function namesOf({ store }: Trial, kind: string): string[] {
  const all = store.list({ apiVersion: 'v1', kind }).map(({ metadata }) => metadata.name)
  return all.filter((name) => !/^(kube-|default$)/.test(name)).sort()
}

function assertProven({ error, output }: Ended): void {
  assert.equal(error, undefined, output)
  assert.match(output, /release 1 proven in [\d.]+ s of 300 s/)
  for (const name of ['postgres', 'redis', 'authentik-postgres']) assert.match(output, new RegExp(`${name} answers by`))
  assert.match(output, /by 2 pods running ghcr\.io\/goauthentik\/server/)
  assert.match(output, /traffic +0 of \d+ requests failed/)
}

const ENVIRONMENTS = [
  { environment: 'staging', secrets: 'by hand', more: [] },
  { environment: 'production', secrets: 'in Vault', more: ['--set', 'secrets=vault'] },
] as const

suite('wrightnow in a rehearsal', () => {
  for (const { environment, secrets, more } of ENVIRONMENTS)
    test(`WN-04 WN-11 ${environment} ends proven, with its secrets ${secrets}`, async () => {
      await using trial = await openFor(`${environment}-infra`, { secrets })
      assertProven(await trial.run('deploy', ['--env', environment, '--set', 'host=wrightnow.test', ...more]))
      const names = ['ai', 'core', 'infra', 'web'].map((name) => `${environment}-${name}`)
      assert.deepEqual(namesOf(trial, 'Namespace'), names)
    })

  test('WN-04 WN-11 local ends proven; what fails after it is named, and a rollback takes it away', async () => {
    await using trial = await openFor('staging-infra')
    assertProven(await trial.run('deploy', LOCAL))
    assert.match((await trial.run('deploy', LOCAL)).output, / 0 writes/)
    const older = await trial.run('deploy', [...LOCAL, '--tag', 'authentik=2025.10.2', '--within', '5'])
    assert.match(`${older.error?.code} ${older.error?.message}`, /crash-loop.*2026\.8\.2 has migrated this database/)
    const unknown = await trial.run('deploy', [...LOCAL, '--tag', 'authentik=nope'])
    assert.equal(unknown.error?.code, 'image-missing')
    const back = await trial.run('rollback', LOCAL)
    assert.equal(back.error, undefined, back.output)
    assert.match(back.output, /server:2026\.8\.2/)
  })

  test('WN-11 a Redis that does not answer PONG ends the deploy unproven', async () => {
    const says = 'LOADING Redis is loading the dataset in memory'
    await using trial = await openFor('staging-infra', {
      first: [{ image: /\bredis:/, plays: { ready: { after: 'never', says } } }],
    })
    const { error, output } = await trial.run('deploy', [...LOCAL, '--within', '4'])
    // By its startup probe or by the clock, whichever is first.
    assert.ok(error?.code === 'crash-loop' || error?.exit === 4, output)
    assert.match(output, /redis.*(LOADING|starting)/)
    assert.doesNotMatch(output, /release 1 proven/)
  })
})
