import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { CODES } from '../../lib/error.mts'
import { inside } from './inside.mts'
import { REFUSALS } from './refusals.mts'
import { refusalOf } from './world.mts'

suite('loadSettings()', () => {
  for (const [line, code, named, next, around = {}] of REFUSALS) {
    const where = Object.entries({ ...around.env, ...around.files }).map(([name, text]) => `, ${name}=${text}`)
    test(`loadSettings() refuses ${line}${where.join('')} as ${code}`, async () => {
      const error = await refusalOf(line.split(' '), around)
      assert.equal(error.code, code, error.message)
      assert.match(error.message, named)
      assert.match(error.next, next)
      assert.doesNotMatch(`${error.message} ${error.next}`, /hunter22|\n/)
    })
  }

  test('loadSettings() tells every value that cannot be used, the first in its sentence', async () => {
    const error = await refusalOf(['--tag', 'abc', '--set', 'domain=A', '--set', 'tls.from=x', '--set', 'bucket=B'])
    assert.match(error.message, /domain=A/)
    assert.deepEqual(
      error.evidence.map((line) => /bucket=B|tls\.from=x/.exec(line)?.[0]),
      ['bucket=B', 'tls.from=x'].toSorted(),
    )
  })
})

suite('a script', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cli-'))
  after(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'bad.yaml'), 'domain: a.b\ndomain: b.c\n')
  writeFileSync(join(directory, '.env'), 'LANDFALL_TLS_FORM=existing\n')
  writeFileSync(join(directory, 'broken.mts'), 'export const a = 1\nexport default {{\n')

  for (const [args, code, named] of [
    [['--tga', 'abc'], 'unknown-flag', '--tga'],
    [['--tag', 'latest', '--dotenv', '/dev/null'], 'bad-tag', 'latest'],
    [['--dotenv', '/dev/null'], 'usage', '--tag'],
    [['--tag', 'abc', '--dotenv', '/dev/null'], 'placeholder', 'reactbin.example.com'],
    [['--tag', 'abc', '--dotenv', '/dev/null', '-f', 'bad.yaml'], 'bad-setting', 'line 2'],
    [['--tag', 'abc', '--dotenv', '/dev/null', '-f', 'none.yaml'], 'missing-file', 'none.yaml'],
    [['--tag', 'abc', '--dotenv', '/dev/null', '--stack', 'nope'], 'unknown-stack', 'nope'],
    [['--tag', 'abc', '--dotenv', '/dev/null', '--stack', './broken.mts'], 'broken-stack', 'broken.mts:2'],
    [['--tag', 'abc'], 'unknown-setting', 'LANDFALL_TLS_FORM'],
  ] as const)
    test(`a script ends with ${code} at ${args.join(' ')}, one block on stderr and nothing on stdout`, async () => {
      const { code: exit, stdout, stderr } = await inside('fixtures/deploy.mts', args, { cwd: directory })
      assert.equal(exit, CODES[code], stderr)
      assert.equal(stdout, '')
      const [first = '', second = '', ...more] = stderr.trimEnd().split('\n')
      assert.ok(first.startsWith(`✖ ${code}: `) && first.includes(named), stderr)
      assert.match(second, /^ {4}→ \S/)
      assert.deepEqual(more, [])
    })
})
