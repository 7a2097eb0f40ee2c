import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decode, encode, liveRelease, listReleases, nextNumber, recordRelease } from '../../lib/deploy/release.mts'
import { withoutSecretData, withoutSecrets } from '../../lib/deploy/release.mts'
import type { Release } from '../../lib/deploy/types.mts'
import { DeployError } from '../../lib/error.mts'
import type { ConfigMap } from '../../lib/kube/schema/types.mts'
import type { FakeCluster } from './fake.mts'
import { lost, status } from './refused.mts'
import { cluster, configMap, deployment, outcome, release, secret, web } from './world.mts'

const { signal } = new AbortController()
const DESIRED = web(configMap('config'), secret('keys', { password: 'hunter2hunter2' }), deployment('web'))
const AT = { home: 'toy', stack: 'toy' }

/** Releases of these numbers, newest first, as they are recorded. */
function recorded(fake: FakeCluster, ...numbers: number[]): Release[] {
  const releases = numbers.map((number) => release(number, DESIRED))
  for (const one of releases) fake.put(encode(one))
  return releases
}

function names(fake: FakeCluster): string[] {
  return [...fake.objects.values()].flatMap(({ kind, metadata }) =>
    kind === 'ConfigMap' && metadata.name.startsWith('landfall-toy-') ? [metadata.name] : [],
  )
}

/** A record that something has damaged. */
function damaged(number: number, more: Partial<ConfigMap>): ConfigMap {
  return { ...encode(release(number, DESIRED)), ...more }
}

const packed = (text: string) => ({ 'release.json.gz': Buffer.from(text).toString('base64') })

suite('encode() and decode()', () => {
  test('encode() and decode() give a release back as it was', () => {
    const whole = release(42, DESIRED, { schema: '9bc1', timeline: [{ component: 'web', ms: 12 }] })
    assert.deepEqual(decode(encode(whole)), structuredClone(whole))
  })

  test('encode() says on the outside what an operator looks for', () => {
    const { metadata } = encode(release(42, DESIRED, { schema: '9bc1' }))
    assert.equal(metadata.name, 'landfall-toy-42')
    assert.equal(metadata.namespace, 'toy')
    assert.equal(metadata.annotations?.['landfall.dev/schema'], '9bc1')
  })

  for (const [what, more] of [
    ['has no data', { binaryData: {} }],
    ['is not compressed', { binaryData: packed('{}') }],
    ['is of another form', { binaryData: encode(release(1, DESIRED)).binaryData ?? {}, data: {} }],
  ] as const) {
    test(`decode() reads or leaves out, but never throws, where a record ${what}`, () => {
      const found = decode(damaged(1, more))
      assert.equal(found?.number, what === 'is of another form' ? 1 : undefined)
    })
  }

  test('decode() leaves out what is compressed but is no release', async () => {
    const { gzipSync } = await import('node:zlib')
    for (const text of ['null', '[]', '{"number":1}', '{"number":"1","digest":"d","desired":{"components":[]}}', '{']) {
      const binaryData = { 'release.json.gz': gzipSync(text).toString('base64') }
      assert.equal(decode(damaged(1, { binaryData })), undefined, text)
    }
  })
})

suite('listReleases()', () => {
  test('listReleases() gives the newest first, by number and not by name', async () => {
    const fake = cluster()
    recorded(fake, 9, 10, 2)
    const found = await listReleases(fake, AT, signal)
    assert.deepEqual(
      found.map(({ number }) => number),
      [10, 9, 2],
    )
  })

  test("listReleases() leaves damaged records and other stacks' out", async () => {
    const fake = cluster()
    recorded(fake, 1)
    fake.put(damaged(2, { binaryData: packed('junk') }))
    fake.put({ ...encode(release(3, { ...DESIRED, stack: 'other' })) })
    assert.deepEqual(
      (await listReleases(fake, AT, signal)).map(({ number }) => number),
      [1],
    )
  })

  test('liveRelease() is the newest, and refuses where there is none', async () => {
    const fake = cluster()
    const refusal = await outcome(liveRelease(fake, AT, signal))
    assert.ok(refusal instanceof DeployError)
    assert.equal(refusal.code, 'no-release')
    recorded(fake, 1, 2)
    assert.equal((await liveRelease(fake, AT, signal)).number, 2)
  })

  test('nextNumber() is one, or one more than the newest', () => {
    assert.equal(nextNumber([]), 1)
    assert.equal(nextNumber([release(41, DESIRED), release(7, DESIRED)]), 42)
  })
})

suite('recordRelease()', () => {
  test('recordRelease() stores by create', async () => {
    const fake = cluster()
    const stored = await recordRelease(fake, release(1, DESIRED), { records: [], signal })
    assert.equal(stored.number, 1)
    assert.deepEqual(fake.writes(), ['create ConfigMap/landfall-toy-1'])
  })

  test('recordRelease() keeps the last ten', async () => {
    const fake = cluster()
    const records = recorded(fake, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3)
    await recordRelease(fake, release(13, DESIRED), { records, signal })
    assert.deepEqual(
      names(fake).sort(),
      [4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((number) => `landfall-toy-${number}`).sort(),
    )
  })

  test('recordRelease() drops nothing while there are fewer', async () => {
    const fake = cluster()
    const records = recorded(fake, 9, 8, 7, 6, 5, 4, 3, 2, 1)
    await recordRelease(fake, release(10, DESIRED), { records, signal })
    assert.equal(names(fake).length, 10)
  })

  test('recordRelease() drops nothing where the new one could not be stored', async () => {
    const fake = cluster()
    const records = recorded(fake, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
    fake.before = ({ verb }) => {
      if (verb === 'create') throw status(403, 'Forbidden', 'User "tester" cannot create configmaps')
    }
    const refusal = await outcome(recordRelease(fake, release(11, DESIRED), { records, signal }))
    assert.ok(refusal instanceof DeployError)
    assert.equal(names(fake).length, 10)
  })

  test('recordRelease() refuses a number that another run has taken', async () => {
    const fake = cluster()
    recorded(fake, 1)
    const refusal = await outcome(recordRelease(fake, release(1, DESIRED, { run: 'mine' }), { records: [], signal }))
    assert.ok(refusal instanceof DeployError)
    assert.equal(refusal.code, 'ground-moved')
    assert.match(refusal.message, /landfall-toy-1/)
    assert.equal(decode(fake.find<ConfigMap>('ConfigMap', 'landfall-toy-1') ?? assert.fail())?.run, 'run-1')
  })

  test('recordRelease() passes over a damaged record instead of failing for ever', async () => {
    const fake = cluster()
    fake.put({ ...damaged(2, { binaryData: packed('junk') }), metadata: { ...encode(release(2, DESIRED)).metadata } })
    const records = recorded(fake, 1)
    const stored = await recordRelease(fake, release(2, DESIRED, { run: 'mine' }), { records, signal })
    assert.equal(stored.number, 3)
    const [newest] = await listReleases(fake, AT, signal)
    assert.equal(newest?.number, 3)
    assert.equal(newest.run, 'mine')
  })

  test('recordRelease() finds its own record where the answer was lost', async () => {
    const fake = cluster()
    fake.after = ({ verb }) => {
      if (verb === 'create') throw lost()
    }
    assert.equal((await recordRelease(fake, release(1, DESIRED), { records: [], signal })).number, 1)
    assert.equal(fake.sent.writes, 1)
  })

  test('recordRelease() tries again where the request never arrived', async () => {
    const fake = cluster()
    fake.before = ({ verb }) => {
      if (verb === 'create' && fake.sent.writes === 1) throw lost()
    }
    await recordRelease(fake, release(1, DESIRED), { records: [], signal })
    assert.deepEqual(names(fake), ['landfall-toy-1'])
  })

  test('recordRelease() gives up where no answer ever comes', async () => {
    const fake = cluster()
    fake.before = ({ verb }) => {
      if (verb === 'create') throw lost()
    }
    const refusal = await outcome(recordRelease(fake, release(1, DESIRED), { records: [], signal }))
    assert.ok(refusal instanceof DeployError)
    assert.equal(refusal.code, 'unreachable')
  })
})

suite('secrets in records', () => {
  test('withoutSecretData() leaves the value out in every form', () => {
    const text = JSON.stringify(withoutSecretData(DESIRED))
    const value = 'hunter2hunter2'
    for (const form of [value, Buffer.from(value).toString('base64')]) assert.equal(text.includes(form), false)
    assert.ok(text.includes('"name":"keys"'))
    assert.ok(text.includes('"name":"config"'))
  })

  test('withoutSecretData() leaves what is called Secret in another group alone', () => {
    const other = { apiVersion: 'example.com/v1', kind: 'Secret', metadata: { name: 'x' }, data: { kept: 'yes' } }
    assert.ok(JSON.stringify(withoutSecretData(web(other))).includes('"kept":"yes"'))
  })

  test('withoutSecrets() leaves Secrets out, and nothing else', () => {
    const kinds = withoutSecrets(DESIRED).components.flatMap(({ objects }) => objects.map(({ kind }) => kind))
    assert.deepEqual(kinds, ['Namespace', 'ConfigMap', 'Deployment'])
  })
})
