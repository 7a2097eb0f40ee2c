import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rows } from './rows.mts'
import { openWorld, proveOne } from './world.mts'
import type { World } from './world.mts'

rows('dns', { kind: 'dns', name: 'dns', host: 'reactbin.example.com' }, [
  [
    'advises where DNS leads to the ingress',
    resolving('127.0.0.1'),
    'advice',
    'DNS leads reactbin.example.com to 127.0.0.1',
  ],
  [
    'advises where DNS leads elsewhere',
    resolving('192.0.2.7'),
    'advice',
    /192\.0\.2\.7, while the proofs were asked at 127/,
  ],
  [
    'advises where DNS does not know the name',
    (world) => (world.target.resolve = () => Promise.reject(new Error('queryA ENOTFOUND'))),
    'advice',
    /does not know reactbin.example.com yet \(queryA ENOTFOUND\): point it to 127.0.0.1/,
  ],
])

test('prove() does not ask public DNS about a name that cannot be public', async () => {
  await using world = await openWorld()
  world.target.resolve = () => assert.fail('asked')
  const proven = await proveOne(world, { kind: 'dns', name: 'dns', host: 'reactbin.test' })
  assert.deepEqual([proven.state, proven.says], ['advice', 'reactbin.test is not a public name'])
})

function resolving(...addresses: string[]): (world: World) => void {
  return (world) => (world.target.resolve = () => Promise.resolve(addresses))
}
