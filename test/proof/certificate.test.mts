import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf } from '../../lib/kube/object.mts'
import { mint, mintAuthority, mintSelfSigned } from './mint.mts'
import type { Minted } from './mint.mts'
import { host, tls, tlsSecret } from './reactbin.mts'
import { rows } from './rows.mts'
import type { Row } from './rows.mts'
import { serveHttps } from './server.mts'
import { openWorld, proveOne } from './world.mts'
import type { World } from './world.mts'

const spec = { kind: 'certificate', name: 'certificate', host, secret: tlsSecret } as const

rows('certificate', spec, [
  [
    'passes with the days that are left',
    () => {},
    'passed',
    /^certificate 71 days \(until 20\d\d-\d\d-\d\d, by Test Root\)$/,
  ],
  [
    'fails on one of another authority',
    served(stranger),
    'failed',
    /its certificate is issued by Other Root, which neither/,
  ],
  ['fails on a self-signed one', served(() => mintSelfSigned([host])), 'failed', /its certificate is self-signed/],
  [
    'fails on one for another name',
    served(misnamed),
    'failed',
    /its certificate is for elsewhere\.test, not for reactbin\.test/,
  ],
  ['fails on an expired one', served(expired), 'failed', /has expired \(until 20\d\d-/],
  ['fails on one that is not valid yet', served(early), 'failed', /its certificate is not valid yet/],
  [
    'fails on a valid one that is not the Secret’s',
    served(({ authority }) => mint(authority, [host], { from: -1, to: 30 })),
    'failed',
    /answers with that for reactbin\.test \(serial .*\), while secret\/reactbin\/reactbin-tls holds that for reactbin\.test \(serial/,
  ],
  ['fails where the Secret is missing', withoutSecret, 'failed', /^secret\/reactbin\/reactbin-tls is not there; /],
  [
    'fails where the Secret has no certificate',
    ({ fake }) => fake.put(tls('nothing')),
    'failed',
    /has no certificate in tls\.crt/,
  ],
  [
    'is unchecked where the Secret may not be read',
    mayNotRead,
    'unchecked',
    /no permission to get secret\/reactbin\/reactbin-tls$/,
  ],
  [
    'fails on a bad one even where the Secret may not be read',
    async (world) => {
      mayNotRead(world)
      await served(expired)(world)
    },
    'failed',
    /has expired/,
  ],
  [
    'says of a bad one whether it is the one in the Secret',
    async (world) => {
      const bad = await expired(world)
      await served(() => Promise.resolve(bad))(world)
      world.fake.put(tls(bad.certificate))
    },
    'failed',
    /; it is the one in secret\/reactbin\/reactbin-tls$/,
  ],
  [
    'compares with the first certificate of a chain in the Secret',
    ({ fake, minted, authority }) => fake.put(tls(minted.certificate + authority.certificate)),
    'passed',
    /^certificate 71 days/,
  ],
  [
    'does not trust an authority that is not named',
    (world) => (world.target = { ...world.target, edge: { address: world.https.address } }),
    'failed',
    /issued by Test Root, which neither the system's roots nor the CA file know/,
  ],
])

test('prove() refuses a CA file that is missing or holds no certificate', async () => {
  await using world = await openWorld()
  const using = (caFile: string) => proveOne({ ...world, target: { ...world.target, edge: { caFile } } }, spec)
  await assert.rejects(using('/nowhere/ca.crt'), { code: 'missing-file', message: /\/nowhere\/ca\.crt/ })
  await assert.rejects(using(import.meta.filename), { code: 'bad-setting', message: /holds no certificate/ })
})

/** The ingress answers with this certificate instead. */
function served(make: (world: World) => Promise<Minted>): Row[1] {
  return async (world) => {
    const other = await serveHttps(await make(world))
    world.https.server.once('close', () => void other[Symbol.asyncDispose]())
    world.target.edge.address = other.address
  }
}

function withoutSecret({ fake }: World): void {
  fake.objects.delete(keyOf(tlsSecret))
}

function mayNotRead({ fake }: World): void {
  fake.forbidden.add('get Secret')
}

async function stranger(): Promise<Minted> {
  return mint(await mintAuthority('Other Root'), [host])
}

function misnamed({ authority }: World): Promise<Minted> {
  return mint(authority, ['elsewhere.test'])
}

function expired({ authority }: World): Promise<Minted> {
  return mint(authority, [host], { from: -90, to: -1 })
}

function early({ authority }: World): Promise<Minted> {
  return mint(authority, [host], { from: 1, to: 90 })
}
