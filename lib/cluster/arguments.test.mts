import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeployError } from '../error.mts'
import { readArguments } from './arguments.mts'

test('readArguments() takes flags before and after the command', () => {
  const read = readArguments(['--provider', 'host', 'up', '--name=two', '--install', '--demo'])
  assert.deepEqual(read, { verb: 'up', name: 'two', provider: 'host', packages: 'install', demo: ['reactbin'] })
})

test('readArguments() leaves the provider open and installs nothing unless told', () => {
  const read = readArguments(['down'])
  assert.deepEqual(read, { verb: 'down', name: 'landfall', provider: undefined, packages: 'ask', demo: [] })
})

test('readArguments() prints help and configuration without a command', () => {
  assert.equal(readArguments(['-h', 'up']).verb, 'help')
  assert.equal(readArguments(['up', '--print-config']).verb, 'config')
})

test("readArguments() reads whose demo is meant; alone it is reactbin's", () => {
  const demo = (word: string) => readArguments(['up', word]).demo
  assert.deepEqual(demo('--demo'), ['reactbin'])
  assert.deepEqual(demo('--demo=pybase'), ['pybase'])
  assert.deepEqual(demo('--demo=yab,pybase'), ['yab', 'pybase'])
  assert.deepEqual(demo('--demo=all'), ['reactbin', 'yab', 'pybase', 'wrightnow'])
})

test('WN-07 readArguments() reads where data is kept, as an absolute path, and that it stays', () => {
  assert.equal(readArguments(['up', '--name', 'wrightnow', '--data', '/srv/../srv/wn']).data, '/srv/wn')
  assert.equal(readArguments(['down', '--keep-data']).keep, 'data')
})

for (const [args, code, word] of [
  [['down', '--data', '/srv/wn'], 'usage', '--data belongs to up'],
  [['up', '--keep-data'], 'usage', '--keep-data belongs to down'],
  [['up', '--data'], 'usage', '--data needs a value'],
  [[], 'usage', 'up, status, down'],
  [['upp'], 'usage', 'did you mean up'],
  [['up', 'down'], 'usage', 'up and down'],
  [['up', '--instal'], 'unknown-flag', 'did you mean --install'],
  [['up', '--xyzzy'], 'unknown-flag', '--xyzzy'],
  [['up', '--provider', 'hots'], 'usage', 'did you mean host'],
  [['up', '--provider'], 'usage', '--provider needs a value'],
  [['up', '--name', '--demo'], 'usage', '--name needs a value'],
  [['up', '--name', ''], 'usage', '--name'],
  [['up', '--name', '../x'], 'usage', '../x'],
  [['up', '--name', 'a'.repeat(21)], 'usage', 'aaaa'],
  [['up', '--demo=yes'], 'usage', 'yes'],
  [['up', '--demo=pybas'], 'usage', 'did you mean pybase'],
  [['up', '--demo='], 'usage', '--demo'],
] as const) {
  test(`readArguments() refuses "${args.join(' ')}" with ${code} and names what is wrong`, () => {
    assert.throws(
      () => readArguments(args),
      (error) => error instanceof DeployError && error.code === code && error.message.includes(word),
    )
  })
}
