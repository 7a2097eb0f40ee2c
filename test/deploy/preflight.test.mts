import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { preflight } from '../../lib/deploy/preflight.mts'
import { dnsRows } from '../../lib/deploy/preflight/dns.mts'
import { permissionRows } from '../../lib/deploy/preflight/permissions.mts'
import { amountOf } from '../../lib/kube/quantity.mts'
import { recordRows } from '../../lib/deploy/preflight/record.mts'
import { versionRow } from '../../lib/deploy/preflight/version.mts'
import type { Step } from '../../lib/deploy/types.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import { checked, signal, step, verdicts } from './rows.mts'
import { cluster, configMap, deployment, secret, web } from './world.mts'

suite('versionRow()', () => {
  for (const [version, state] of [
    ['v1.35.4', 'ok'],
    ['v1.36.0+k3s1', 'ok'],
    ['v1.37.0-rc.1', 'ok'],
    ['v1.34.9', 'warning'],
    ['v1.38.0', 'warning'],
    ['v1.30.0', 'warning'],
    ['v1.29.15', 'blocking'],
    ['v1.9.0', 'blocking'],
    ['unknown', 'warning'],
  ] as const) {
    test(`versionRow() is ${state} for ${version}`, () => {
      assert.equal(versionRow(version).state, state)
    })
  }
})

suite('amountOf()', () => {
  for (const [text, value] of [
    ['100m', 0.1],
    ['1', 1],
    [2, 2],
    ['1.5', 1.5],
    ['64Mi', 64 * 2 ** 20],
    ['1Gi', 2 ** 30],
    ['1G', 1e9],
    ['1k', 1000],
    ['1e3', 1000],
    ['1E', 1e18],
    ['12E2', 1200],
    ['250u', 0.00025],
    [undefined, 0],
  ] as const) {
    test(`amountOf() reads ${text}`, () => {
      assert.equal(amountOf(text), value)
    })
  }

  for (const text of ['', 'Mi', '1 Gi', '1Zi', 'one']) {
    test(`amountOf() does not read "${text}"`, () => {
      assert.ok(Number.isNaN(amountOf(text)))
    })
  }
})

suite('permissionRows()', () => {
  const written = [step(deployment('web'))]

  test('permissionRows() is ok where everything is held', async () => {
    assert.deepEqual(verdicts(await permissionRows(cluster(), checked(web(), { written }))), ['ok'])
  })

  for (const [what, missing, act] of [
    ['to apply', { verb: 'patch', group: 'apps', resource: 'deployments' }, 'patch deployments.apps in toy'],
    [
      'to lock',
      { verb: 'update', group: 'coordination.k8s.io', resource: 'leases' },
      'update leases.coordination.k8s.io in toy',
    ],
    ['to record', { verb: 'create', group: '', resource: 'configmaps' }, 'create configmaps in toy'],
    ['to watch pods', { verb: 'watch', group: '', resource: 'pods' }, 'watch pods in toy'],
  ] as const) {
    test(`permissionRows() blocks without the right ${what}, and names it and the user`, async () => {
      const fake = cluster()
      fake.missing.push(missing)
      const rows = await permissionRows(fake, checked(web(), { written }))
      assert.deepEqual(verdicts(rows), ['blocking forbidden'])
      assert.match(rows[0]?.says ?? '', new RegExp(`as tester: no permission to ${act}`))
    })
  }

  for (const missing of [
    { verb: 'get', group: '', resource: 'pods', subresource: 'log' },
    { verb: 'list', group: '', resource: 'events' },
    { verb: 'watch', group: 'apps', resource: 'replicasets' },
  ]) {
    test(`permissionRows() only warns without the right to ${missing.verb} ${missing.subresource ?? missing.resource}`, async () => {
      const fake = cluster()
      fake.missing.push(missing)
      assert.deepEqual(verdicts(await permissionRows(fake, checked(web(), { written }))), ['ok', 'warning'])
    })
  }

  test('permissionRows() asks for the deletion of pods only where a StatefulSet is changed', async () => {
    const set = { ...deployment('db'), kind: 'StatefulSet' }
    const fake = cluster()
    fake.missing.push({ verb: 'delete', group: '', resource: 'pods' })
    assert.deepEqual(verdicts(await permissionRows(fake, checked(web(), { written }))), ['ok'])
    assert.deepEqual(verdicts(await permissionRows(fake, checked(web(), { written: [step(set)] }))), ['ok'])
    const changed = checked(web(), { written: [step(set, 'update')] })
    assert.deepEqual(verdicts(await permissionRows(fake, changed)), ['blocking forbidden'])
  })

  test('permissionRows() says what it could not find out', async () => {
    const fake = cluster()
    fake.missingPermissions = async (wanted) => ({ missing: [], unknown: wanted.slice(0, 1) })
    assert.deepEqual(verdicts(await permissionRows(fake, checked(web(), { written }))), ['unknown'])
  })
})

suite('recordRows()', () => {
  test('recordRows() is silent where the release fits its record', () => {
    assert.deepEqual(recordRows({ desired: web(configMap('config')) }), [])
  })

  test('recordRows() blocks what would not fit, and does not count secret data, which is not recorded', () => {
    const large = randomBytes(1_200_000).toString('base64')
    assert.deepEqual(verdicts(recordRows({ desired: web(configMap('large', { large })) })), ['blocking'])
    assert.deepEqual(recordRows({ desired: web(secret('large', { large })) }), [])
  })
})

suite('dnsRows()', () => {
  const hosted = (host: string): Desired => ({
    ...web(),
    proofs: [{ kind: 'serves', name: 'health', host, path: '/', status: 200 }],
  })
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))
  for (const [what, host, resolve, expected] of [
    ['a name that resolves', 'app.example', () => Promise.resolve(['192.0.2.1']), ['ok']],
    ['a name that does not', 'app.example', failing('ENOTFOUND'), ['warning']],
    ['a server that is silent', 'app.example', failing('ETIMEOUT'), ['unknown']],
    ['a name of this machine', 'reactbin.localhost', failing('asked'), []],
    ['a name for tests', 'reactbin.test', failing('asked'), []],
  ] as const) {
    test(`dnsRows() gives advice about ${what}, and never blocks`, async () => {
      assert.deepEqual(verdicts(await dnsRows({ desired: hosted(host) }, resolve)), expected)
    })
  }
})

suite('preflight()', () => {
  test('preflight() asks the cluster nothing where nothing would be written', async () => {
    const fake = cluster()
    const desired = web(configMap('config'))
    const { survey, newNamespaces } = checked(desired)
    const steps = [step(configMap('config'), 'unchanged')]
    assert.deepEqual(await preflight(fake, { desired, survey, newNamespaces, signal, steps }), [])
    assert.deepEqual(fake.asked, [])
  })

  test('preflight() hands its signal to every request', async () => {
    const fake = cluster()
    const desired = web(deployment('web'))
    const { survey, newNamespaces } = checked(desired)
    await preflight(fake, { desired, survey, newNamespaces, signal, steps: [step(deployment('web'))] })
    assert.ok(fake.asked.length > 0)
    assert.deepEqual(
      fake.asked.filter((asked) => asked.signal !== signal),
      [],
    )
  })

  test('preflight() shows what a stack advises as warnings, and only where something would be written', async () => {
    const desired = { ...web(deployment('web')), advice: ['everybody may come in'] }
    const told = async (steps: readonly Step[]): Promise<string[]> => {
      const { survey, newNamespaces } = checked(desired)
      const rows = await preflight(cluster(), { desired, survey, newNamespaces, signal, steps })
      return rows.filter(({ says }) => says === 'everybody may come in').map(({ state }) => state)
    }
    assert.deepEqual(await told([]), [])
    assert.deepEqual(await told([step(deployment('web'))]), ['warning'])
  })
})
