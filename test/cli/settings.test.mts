import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { stack, type Stack } from '../../lib/stacks/stack.mts'
import type { Settings } from '../../lib/settings/settings.mts'
import { settingsOf, type Around } from './world.mts'

const shop = stack({
  name: 'shop',
  images: { web: 'ghcr.io/acme/web', jobs: 'ghcr.io/acme/jobs', redis: 'redis:8' },
  settings: z.strictObject({
    domain: z.string().default('shop.example.com'),
    replicas: z.number().default(1),
    debug: z.boolean().default(false),
    hosts: z.array(z.string()).default([]),
    ports: z.array(z.number()).default([]),
    cpu: z.union([z.string(), z.number()]).default('1'),
    smtp: z.strictObject({ user: z.string().optional(), password: z.string().optional() }).prefault({}),
    pin: z.string().meta({ secret: true }).optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  environments: { production: { replicas: 3 }, staging: { domain: 'staging.shop', slo: 60 } },
  components: () => [],
  proofs: () => [],
}) as unknown as Stack

const GOOD = ['--tag', 'abc', '--set', 'domain=shop.net']

function shopOf(args: readonly string[] = [], around: Around = {}): Promise<Settings> {
  return settingsOf([...GOOD, ...args], { stack: shop, ...around })
}

function sourceOf({ rows }: Settings, path: string): [unknown, string] {
  const row = rows.find((row) => row.path === path)
  assert.ok(row, `no row ${path}`)
  return [row.value, row.source]
}

suite('loadSettings()', () => {
  const files = { 'a.yaml': 'replicas: 4', 'b.yaml': 'replicas: 5', '.env': 'LANDFALL_REPLICAS=6' }
  const env = { LANDFALL_REPLICAS: '7' }
  const layers: readonly (readonly [string[], Around, unknown, string])[] = [
    [['--env', 'staging'], {}, 1, 'default'],
    [[], {}, 3, 'preset production'],
    [['-f', 'a.yaml'], { files: { 'a.yaml': 'replicas: 4' } }, 4, 'a.yaml'],
    [['-f', 'a.yaml', '-f', 'b.yaml'], { files: { 'a.yaml': 'replicas: 4', 'b.yaml': 'replicas: 5' } }, 5, 'b.yaml'],
    [['-f', 'b.yaml'], { files }, 6, 'LANDFALL_REPLICAS in .env'],
    [['-f', 'b.yaml'], { files, env }, 7, 'LANDFALL_REPLICAS in the environment'],
    [['-f', 'b.yaml', '--set', 'replicas=8'], { files, env }, 8, '--set'],
    [['--set', 'replicas=8', '--set', 'replicas=9'], {}, 9, '--set'],
  ]
  for (const [args, around, value, source] of layers)
    test(`loadSettings() takes replicas from ${source} at ${args.join(' ') || 'no flag'}`, async () => {
      const settings = await shopOf(args, around)
      assert.deepEqual(sourceOf(settings, 'replicas'), [value, source])
      assert.equal((settings.own as { replicas: number }).replicas, value)
    })

  const texts: readonly (readonly [string, string, unknown])[] = [
    ['replicas=2', 'replicas', 2],
    ['debug=true', 'debug', true],
    ['hosts=a.b, c.d', 'hosts', ['a.b', 'c.d']],
    ['ports=1,2', 'ports', [1, 2]],
    ['cpu=0.50', 'cpu', '0.50'],
    [String.raw`labels.kubernetes\.io/os=linux`, String.raw`labels.kubernetes\.io/os`, 'linux'],
    ['images.redis.tag=1e5', 'images.redis.tag', '1e5'],
  ]
  for (const [assignment, path, value] of texts)
    test(`loadSettings() reads --set ${assignment} as the schema's type`, async () => {
      assert.deepEqual(sourceOf(await shopOf(['--set', assignment]), path), [value, '--set'])
    })

  test('loadSettings() reads a variable for each path, also below a free key', async () => {
    const env = { LANDFALL_IMAGES_WEB_REPOSITORY: 'localhost:5000/web', LANDFALL_LABELS_APP_TIER: 'front' }
    const settings = await shopOf([], { env })
    assert.equal(settings.common.images['web']?.repository, 'localhost:5000/web')
    assert.equal(sourceOf(settings, 'labels.app-tier')[0], 'front')
  })

  test('loadSettings() merges maps key by key and replaces lists whole', async () => {
    const files = { 'a.yaml': 'labels: {a: "1", b: "2"}\nhosts: [x, y]', 'b.yaml': 'labels: {b: "3"}\nhosts: [z]' }
    const { own } = await shopOf(['-f', 'a.yaml', '-f', 'b.yaml'], { files })
    assert.deepEqual((own as { labels: unknown; hosts: unknown }).labels, { a: '1', b: '3' })
    assert.deepEqual((own as { labels: unknown; hosts: unknown }).hosts, ['z'])
  })

  test('loadSettings() takes a key without a value as unsaid, and an empty variable too', async () => {
    const settings = await shopOf(['-f', 'a.yaml'], { files: { 'a.yaml': 'replicas:' }, env: { LANDFALL_DEBUG: '' } })
    assert.deepEqual(sourceOf(settings, 'replicas'), [1, 'default'])
    assert.deepEqual(sourceOf(settings, 'debug'), [false, 'default'])
  })

  test('loadSettings() takes stack, environment and namespace from flag, environment, .env in this order', async () => {
    const files = { '.env': 'LANDFALL_ENV=staging\nLANDFALL_NAMESPACE=from-file' }
    const fromFile = await shopOf([], { files })
    assert.deepEqual([fromFile.environment, fromFile.namespace], ['staging', 'from-file'])
    const env = { LANDFALL_NAMESPACE: 'from-env', LANDFALL_ENV: 'production' }
    const fromEnv = await shopOf([], { files, env })
    assert.deepEqual([fromEnv.environment, fromEnv.namespace], ['production', 'from-env'])
    const fromFlag = await shopOf(['-n', 'from-flag', '--env', 'staging'], { files, env })
    assert.deepEqual([fromFlag.environment, fromFlag.namespace], ['staging', 'from-flag'])
    assert.equal((await shopOf()).namespace, 'shop')
  })

  test('loadSettings() gives a plain tag to the images that follow the run, a named one to its image', async () => {
    const { tags } = await shopOf(['--tag', 'jobs=v2', '--tag', `redis=sha256:${'a'.repeat(64)}`])
    assert.deepEqual(tags, { web: 'abc', jobs: 'v2', redis: `sha256:${'a'.repeat(64)}` })
  })

  test('loadSettings() lets render stand placeholders where nothing was said', async () => {
    const { tags } = await settingsOf([], { script: 'render', stack: shop })
    assert.deepEqual(tags, { web: 'replace-me', jobs: 'replace-me' })
  })

  test('loadSettings() pins the expected cluster of an environment', async () => {
    const { cluster } = await shopOf(['--set', 'expect.context=prod', '--context', 'prod'])
    assert.deepEqual(cluster, { context: 'prod', expect: { context: 'prod' } })
  })

  test('loadSettings() notes that a dotenv file is for another stack, and is silent about its own', async () => {
    const settings = 'LANDFALL_DOMAIN=shop.net\nLANDFALL_STACK='
    const { notes } = await shopOf([], { files: { '.env': `${settings}reactbin` } })
    assert.match(notes.join(), /^\.env is for reactbin .*shop takes its other settings too: --dotenv/)
    for (const own of ['shop', ''])
      assert.deepEqual((await shopOf([], { files: { '.env': settings + own } })).notes, [])
  })

  test('loadSettings() notes a variable of the process that sets nothing', async () => {
    const { notes } = await shopOf([], { env: { LANDFALL_REPLICA: '2' } })
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /LANDFALL_REPLICA\b.*did you mean LANDFALL_REPLICAS/)
  })

  test('loadSettings() masks what is secret by name, by schema or within a URL, and hands it over to be scrubbed', async () => {
    const files = {
      '.env': 'LANDFALL_SMTP_PASSWORD=hunter22\nDB_PASSWORD=of-another\nDSN=postgres://me:hunter23@db/x',
    }
    const settings = await shopOf(['--set', 'pin=4711-0815', '--set', 'smtp.user=x://u:hunter24@h'], { files })
    assert.deepEqual(sourceOf(settings, 'smtp.password'), ['***', 'LANDFALL_SMTP_PASSWORD in .env'])
    assert.equal(sourceOf(settings, 'pin')[0], '***')
    assert.doesNotMatch(JSON.stringify(settings.rows), /hunter22|4711|hunter24/)
    const secrets = new Set(settings.secrets.map((secret) => secret.reveal()))
    assert.deepEqual([...secrets].toSorted(), [
      '4711-0815',
      'hunter22',
      'of-another',
      'postgres://me:hunter23@db/x',
      'x://u:hunter24@h',
    ])
  })

  test('loadSettings() with --print-settings shows placeholders in place of refusing them', async () => {
    const settings = await settingsOf(['--print-settings'], { stack: shop })
    assert.deepEqual(sourceOf(settings, 'domain'), ['shop.example.com', 'default'])
  })
})
