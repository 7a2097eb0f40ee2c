import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Failed } from '../../lib/deploy/failure.mts'
import { explained, together } from '../../lib/deploy/outcome.mts'
import { DeployError } from '../../lib/error.mts'
import type { Code } from '../../lib/error.mts'
import type { Cause, Health } from '../../lib/health/health.mts'

const CAUSE: Cause = { code: 'crash-loop', says: 'it crashes', evidence: [], next: 'mend it' }

suite('together()', () => {
  const ready = (detail: string): Health => ({ state: 'ready', detail })
  const progressing = (detail: string, trouble?: Cause): Health => ({
    state: 'progressing',
    detail,
    ...(trouble === undefined ? {} : { trouble }),
  })
  const doomed: Health = { state: 'doomed', cause: CAUSE }
  for (const [what, healths, stands] of [
    ['nothing is ready', [], ready('there')],
    ['all are ready: the most telling detail', [ready('there'), ready('2/2'), ready('')], ready('2/2')],
    ['one is not ready', [ready('2/2'), progressing('1/2')], progressing('1/2')],
    ['one is in trouble', [progressing('1/2'), progressing('0/1', CAUSE)], progressing('0/1', CAUSE)],
    ['one is doomed', [ready('2/2'), progressing('0/1', CAUSE), doomed], doomed],
  ] as const) {
    test(`together() stands as its worst object where ${what}`, () => {
      assert.deepEqual(together(healths), stands)
    })
  }
})

suite('explained()', () => {
  const late = new DeployError({ code: 'out-of-time', says: 'the time is up', next: 'verify' })
  const standing = (code?: Code): Map<string, Health> =>
    new Map([
      ['ui', { state: 'ready', detail: '1/1' }],
      [
        'web',
        { state: 'progressing', detail: 'starting', ...(code === undefined ? {} : { trouble: { ...CAUSE, code } }) },
      ],
    ])

  for (const [trouble, code, exit] of [
    ['database-unreachable', 'database-unreachable', 4],
    ['unready', 'unready', 4],
    ['crash-loop', 'out-of-time', 4],
    ['vault-failed', 'out-of-time', 4],
  ] as const) {
    test(`explained() ends ${trouble} that outlasted the clock as ${code}, exit ${exit}`, () => {
      const error = explained(late, standing(trouble))
      assert.ok(error instanceof Failed)
      assert.deepEqual([error.code, error.exit, error.component], [code, exit, 'web'])
      assert.match(error.message, new RegExp(`${trouble}: it crashes`))
      assert.equal(error.next, 'mend it')
    })
  }

  test('explained() says what was waited for where there was no trouble', () => {
    const error = explained(late, standing())
    assert.ok(error instanceof DeployError)
    assert.deepEqual([error.code, error.evidence], ['out-of-time', ['web: starting']])
    assert.doesNotMatch(error.message, /ui/)
  })

  test('explained() leaves every other error alone', () => {
    for (const error of [new Error('bug'), new DeployError({ code: 'locked', says: 'x', next: '' })])
      assert.equal(explained(error, standing('unready')), error)
  })
})
