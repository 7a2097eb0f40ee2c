import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { KubeObject } from '../../lib/kube/object.mts'
import type { Secret } from '../../lib/kube/schema/types.mts'
import { inventor } from '../../lib/rehearsal/open.mts'
import type { Part } from '../../lib/rehearsal/stage/script.mts'
import { ANYBODY } from '../../lib/rehearsal/stage/staging.mts'
import { wrightnowStaging } from '../../lib/rehearsal/stage/wrightnow.mts'
import wrightnow from '../../lib/stacks/wrightnow.mts'
import { openTrial, type Trial } from './trial.mts'

const LOCAL = ['--env', 'local']
const OLD = ['--tag', 'authentik=2025.10.2']

/** A cluster as an operator finds it: with their two Secrets in this namespace, or with a Vault that holds them. */
function openFor(namespace: string, first: readonly Part[] = []): Promise<Trial> {
  const settings = { vault: { mount: 'secret', path: 'wrightnow' } }
  const { parts = [], vault = {}, secrets = {} } = wrightnowStaging({ settings, namespace, secret: inventor() })
  const made = Object.entries(secrets).map(([name, values]): Secret => {
    const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, btoa(value)]))
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data }
  })
  const home: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  const stage = { parts: [...first, ...parts, ANYBODY], vault: { data: vault } }
  return openTrial({ stack: wrightnow, stage, objects: [home, ...made], site: true })
}

function namesOf({ store }: Trial, kind: string): string[] {
  const all = store.list({ apiVersion: 'v1', kind }).map(({ metadata }) => metadata.name)
  return all.filter((name) => !/^(kube-|default$)/.test(name)).sort()
}

suite('wrightnow in a rehearsal', () => {
  for (const [environment, stage, more] of [
    ['local', 'staging', []],
    ['staging', 'staging', ['--set', 'host=wrightnow.test']],
    ['production', 'production', ['--set', 'host=wrightnow.test', '--set', 'secrets=vault']],
  ] as const)
    test(`WN-04 WN-11 ${environment} ends proven, and again without a write`, async () => {
      await using trial = await openFor(`${stage}-infra`)
      const args = ['--env', environment, ...more]
      const { error, output } = await trial.run('deploy', args)
      assert.equal(error, undefined, output)
      assert.match(output, /release 1 proven in [\d.]+ s of 300 s/)
      for (const name of ['postgres', 'redis', 'authentik-postgres'])
        assert.match(output, new RegExp(`${name} answers by`))
      assert.match(output, /by 2 pods running ghcr\.io\/goauthentik\/server/)
      assert.match(output, /traffic +0 of \d+ requests failed/)
      assert.deepEqual(
        namesOf(trial, 'Namespace'),
        ['ai', 'core', 'infra', 'web'].map((name) => `${stage}-${name}`),
      )
      const again = await trial.run('deploy', args)
      assert.match(again.output, / 0 writes/)
    })

  test('WN-04 a version before 2025.10 runs with a Redis of its own, which an upgrade takes away; its volume stays', async () => {
    await using trial = await openFor('staging-infra')
    assert.equal((await trial.run('deploy', [...LOCAL, '--tag', 'authentik=2025.8.4'])).error, undefined)
    assert.ok(namesOf(trial, 'Service').includes('authentik-redis'))
    const { error, output } = await trial.run('deploy', LOCAL)
    assert.equal(error, undefined, output)
    assert.ok(!namesOf(trial, 'Service').includes('authentik-redis'))
    assert.ok(namesOf(trial, 'PersistentVolumeClaim').includes('authentik-redis-data'))
  })

  test('an older authentik cannot start on a database that a newer one migrated; the newer one goes on serving', async () => {
    await using trial = await openFor('staging-infra')
    assert.equal((await trial.run('deploy', LOCAL)).error, undefined)
    const { error, output } = await trial.run('deploy', [...LOCAL, ...OLD])
    assert.equal(error?.code, 'crash-loop', output)
    assert.match(output, /2026\.8\.2 has migrated this database/)
    const back = await trial.run('rollback', LOCAL)
    assert.equal(back.error, undefined, back.output)
    assert.match(back.output, /server:2026\.8\.2/)
  })

  test('an image that is in no registry is named', async () => {
    await using trial = await openFor('staging-infra')
    const { error } = await trial.run('deploy', [...LOCAL, '--tag', 'authentik=nope'])
    assert.equal(error?.code, 'image-missing')
  })

  test('WN-11 a Redis that does not answer PONG ends the deploy unproven', async () => {
    await using trial = await openFor('staging-infra', [
      {
        image: /\bredis:/,
        plays: { ready: { after: 'never', says: 'LOADING Redis is loading the dataset in memory' } },
      },
    ])
    const { error, output } = await trial.run('deploy', [...LOCAL, '--within', '4'])
    assert.equal(error?.exit, 4, output)
    assert.match(`${error?.message}`, /redis/)
  })
})
