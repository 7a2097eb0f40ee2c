import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { schemaOf } from '../../lib/settings/schema.mts'
import { loadStack } from '../../lib/stacks/load.mts'
import { oneBuild } from '../../lib/stacks/tags.mts'
import { refusalOf, settingsOf } from './world.mts'

const ajv = new Ajv2020({ strict: false })

suite('schemaOf()', () => {
  test('schemaOf() takes what -f takes and refuses what -f refuses', async () => {
    const takes = ajv.compile(schemaOf(await loadStack('reactbin')))
    for (const [values, fits] of [
      [{}, true],
      [{ domain: 'a.acme.dev', tls: { from: 'existing' } }, true],
      [{ expect: { context: 'prod' }, resources: { api: { limits: { memory: '1Gi', cpu: null } } } }, true],
      [{ placement: { tolerations: [{ key: 'a', operator: 'Exists' }] } }, true],
      [{ domian: 'a.acme.dev' }, false],
      [{ tls: { from: 'exsting' } }, false],
      [{ tls: { form: 'existing' } }, false],
      [{ imagePullSecrets: 'one' }, false],
    ] as const)
      assert.equal(takes(values), fits, JSON.stringify(values))
  })

  test('schemaOf() describes what every stack takes', async () => {
    const { properties = {} } = schemaOf(await loadStack('reactbin'))
    assert.match(String(properties['podSecurity']?.['description']), /Pod Security level/)
    assert.match(String(properties['edge']?.properties?.['caFile']?.['description']), /^PEM file/)
    assert.match(String(properties['expect']?.['description']), /pinned/)
  })

  test('schemaOf() has no place for a secret in a file, and says where it belongs', () => {
    const settings = z.strictObject({
      site: z.string(),
      mail: z.strictObject({ pass: z.string().meta({ secret: true, description: 'Of the relay.' }) }),
    })
    const schema = schemaOf({ name: 'toy', settings })
    const takes = ajv.compile(schema)
    assert.ok(takes({ mail: {} }), 'what is required may come from another layer')
    assert.ok(!takes({ mail: { pass: 'x' } }))
    const told = schema.properties?.['mail']?.properties?.['pass']?.['description']
    assert.equal(told, 'Of the relay. A secret: set LANDFALL_MAIL_PASS in the environment.')
  })
})

suite('--set and -f', () => {
  const common = async (...set: string[]) =>
    (await settingsOf(['--tag', 'abc', '--set', 'domain=a.acme.dev', ...set.flatMap((one) => ['--set', one])])).common

  test('--set takes lists with commas, lists and maps as JSON, and null to take a value back', async () => {
    assert.deepEqual((await common('imagePullSecrets=one, two')).imagePullSecrets, ['one', 'two'])
    assert.deepEqual((await common('imagePullSecrets=["one"]')).imagePullSecrets, ['one'])
    const tolerations = [{ key: 'gpu', operator: 'Exists' }]
    const placed = await common(`placement.tolerations=${JSON.stringify(tolerations)}`)
    assert.deepEqual(placed.placement.tolerations, tolerations)
    const merged = await common('images.api.tag=1.0.0', 'images.api={"repository":"ghcr.io/acme/api"}')
    assert.deepEqual(merged.images, { api: { tag: '1.0.0', repository: 'ghcr.io/acme/api' } })
    assert.equal((await common('slo=90', 'slo=null')).slo, undefined)
    const { resources } = await common('resources.api.limits.cpu=null')
    assert.deepEqual(resources, { api: { limits: { cpu: null } } })
  })

  test('--set refuses a key in JSON that is none', async () => {
    const { code, message } = await refusalOf(['--tag', 'abc', '--set', 'tls={"form":"existing"}'])
    assert.equal(code, 'unknown-setting')
    assert.match(message, /tls\.form from --set: .*did you mean tls\.from\?/)
  })

  test('-f may be given more than once: maps are merged, lists and values replaced', async () => {
    const files = {
      'base.yaml': 'domain: a.acme.dev\nimagePullSecrets: [one]\ntls: { from: existing, secretName: a }\n',
      'more.yaml': 'imagePullSecrets: [two]\ntls: { secretName: b }\ningress:\n',
    }
    const { own, common: set } = await settingsOf(['--tag', 'abc', '-f', 'base.yaml', '-f', 'more.yaml'], { files })
    const { tls } = own as { tls: { from: string; secretName: string } }
    assert.deepEqual([tls.from, tls.secretName, set.imagePullSecrets], ['existing', 'b', ['two']])
  })

  for (const [what, values, path] of [
    ['a password', 'db: { password: hunter2 }', 'db.password'],
    ['a URL with a password', 'domain: postgresql://me:hunter2@db/x', 'domain'],
    ['a key of unknown meaning that sounds secret', 'stripe: { apiKey: sk_live_1 }', 'stripe.apiKey'],
  ] as const)
    test(`PB-12 -f refuses ${what}, without saying it`, async () => {
      const error = await refusalOf(['--tag', 'abc', '-f', 'v.yaml'], { files: { 'v.yaml': values } })
      assert.equal(error.code, 'bad-setting')
      assert.ok(error.message.startsWith(`Cannot take ${path} from v.yaml: a secret in a values file`), error.message)
      assert.match(error.next, new RegExp(`take ${path} out of v.yaml`))
      assert.doesNotMatch(`${error.message}${error.next}${error.evidence.join('')}`, /hunter2|sk_live/)
    })
})

test('YB-06 oneBuild() takes commits, versions and digests, and no tag that moves', () => {
  for (const tag of ['sha-1a2b3c4', '1.4.2', 'v1.4.2-rc.1', '2.0.0_build.5', `sha256:${'0a'.repeat(32)}`])
    assert.equal(oneBuild(tag), undefined, tag)
  for (const tag of ['latest', 'edge', 'main', 'feature-x', 'abc', '1.4', 'sha-xyz', 'sha-1'])
    assert.match(oneBuild(tag) ?? '', /another build tomorrow/, tag)
})
