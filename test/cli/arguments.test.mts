import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { argumentsOf, asksHelp, loadFlags } from '../../lib/settings/arguments.mts'
import { flagsOf, type Script } from '../../lib/settings/flags.mts'
import { helpOf } from '../../lib/settings/help.mts'

suite('argumentsOf()', () => {
  for (const [what, argv, expected] of [
    ['node', ['node', '/app/deploy.mts', '--tag', 'abc'], ['--tag', 'abc']],
    ['npx zx', ['node', '/app/node_modules/.bin/zx', 'deploy.mts', '--tag', 'abc'], ['--tag', 'abc']],
    ['zx by its file', ['node', '/app/node_modules/zx/build/cli.js', './deploy.mts', '-h'], ['-h']],
    ['zx with flags of its own', ['node', '/bin/zx', '--quiet', '--cwd', '/x', 'deploy.mts', '--yes'], ['--yes']],
    ['zx with a value behind =', ['node', '/bin/zx', '--cwd=/x', 'deploy.mts'], []],
    ['a script in a folder called zx', ['node', '/home/zx/deploy.mts', '--yes'], ['--yes']],
  ] as const)
    test(`argumentsOf() finds what belongs to the script under ${what}`, () => {
      assert.deepEqual(argumentsOf(argv), expected)
    })
})

suite('loadFlags()', () => {
  for (const [line, expected] of [
    ['--tag 1e5', { tag: ['1e5'] }],
    ['--tag 1.10 --tag=0x1F', { tag: ['1.10', '0x1F'] }],
    ['-n shop -ojson', { namespace: ['shop'], output: ['json'] }],
    ['-o=yaml', { output: ['yaml'] }],
    ['--env a --env b', { env: ['b'] }],
    ['-f a.yaml -f b.yaml', { values: ['a.yaml', 'b.yaml'] }],
    ['--set a.b=c=d', { set: ['a.b=c=d'] }],
    ['--rehearse --tag x', { rehearse: [''], tag: ['x'] }],
    ['--rehearse=migration-fails', { rehearse: ['migration-fails'] }],
    ['--exit-code --no-color -v', { 'exit-code': [''], 'no-color': [''], verbose: [''] }],
  ] as const)
    test(`loadFlags() reads ${line} as it stands`, () => {
      assert.deepEqual(loadFlags(line.split(' '), 'deploy'), expected)
    })

  test('loadFlags() gives -o of render a directory and that of deploy a format', () => {
    assert.deepEqual(loadFlags(['-o', 'out/json'], 'render'), { output: ['out/json'] })
    assert.throws(() => loadFlags(['-o', 'out/json'], 'deploy'), { code: 'usage' })
  })
})

suite('helpOf()', () => {
  for (const script of ['deploy', 'verify', 'rollback', 'teardown', 'render'] satisfies Script[])
    test(`helpOf() names every flag of ${script} within 120 columns`, () => {
      const text = helpOf(script)
      for (const flag of flagsOf(script)) assert.match(text, new RegExp(`--${flag}\\b`))
      for (const line of text.split('\n')) assert.ok(line.length <= 120, line)
    })

  test('asksHelp() sees -h among flags that are wrong, but not behind --', () => {
    assert.equal(asksHelp(['--nonsense', '-h']), true)
    assert.equal(asksHelp(['--', '--help']), false)
  })
})
