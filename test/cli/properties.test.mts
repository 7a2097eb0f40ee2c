import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import { DeployError, EXIT } from '../../lib/error.mts'
import { settingsOf, type Around } from './world.mts'

// The words that mean something here, so that random input gets past the first check.
const word = fc.oneof(
  fc.constantFrom(
    'tls',
    'from',
    'existing',
    'domain',
    'images',
    'placement',
    'affinity',
    'slo',
    'null',
    '~',
    '&a',
    '*a',
  ),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '<<',
    '- ',
    ': ',
    '\n',
    '{',
    '[',
    '"',
    "'",
    '=',
    '\\',
    '.',
    ',',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const soup = fc.array(word, { maxLength: 12 }).map((words) => words.join(''))
const bytes = fc.uint8Array({ maxLength: 64 }).map((data) => Buffer.from(data).toString())

/** Taken, or refused as a usage error: anything else is a crash. */
async function isAnswered(args: readonly string[], around: Around = {}): Promise<void> {
  try {
    await settingsOf(args, around)
  } catch (error) {
    assert.ok(error instanceof DeployError, error instanceof Error ? error.stack : String(error))
    assert.equal(error.exit, EXIT.usage, error.message)
    assert.notEqual(error.message, '')
    assert.notEqual(error.next, '')
  }
}

const GOOD = ['--tag', 'abc', '--set', 'domain=app.example']
const runs = { numRuns: 80 }

suite('loadSettings()', () => {
  test('loadSettings() never crashes on a values file', () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(soup, bytes), (text) =>
        isAnswered([...GOOD, '-f', 'v.yaml'], { files: { 'v.yaml': text } }),
      ),
      runs,
    ))

  test('loadSettings() never crashes on a .env', () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(soup, bytes), soup, (text, value) =>
        isAnswered(GOOD, { files: { '.env': `LANDFALL_SLO=${value}\n${text}\nLANDFALL_${text}=${value}` } }),
      ),
      runs,
    ))

  test('loadSettings() never crashes on a value of --set or of a variable', () =>
    fc.assert(
      fc.asyncProperty(soup, fc.oneof(soup, bytes), (path, value) =>
        isAnswered([...GOOD, '--set', `${path}=${value}`], {
          env: { LANDFALL_TLS_TIMEOUT: value, [`LANDFALL_${path}`]: value },
        }),
      ),
      runs,
    ))

  test('loadSettings() never crashes on arguments', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom('--tag', '-f', '--to', '--', '-o', '--within', '-n'), soup), {
          maxLength: 6,
        }),
        (args) => isAnswered(args),
      ),
      runs,
    ))

  test('loadSettings() keeps every tag that a registry takes as it was typed', () =>
    fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/), async (tag) => {
        fc.pre(tag !== 'latest' && !/replace[-_]?me|^change[-_]?me$/i.test(tag))
        const { tags } = await settingsOf(['--tag', tag, '--set', 'domain=app.example'])
        assert.equal(tags['api'], tag)
      }),
      runs,
    ))
})
