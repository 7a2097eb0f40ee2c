import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { refuseUnproven } from '../../lib/deploy/proving.mts'
import { migratedTo } from '../../lib/deploy/schema.mts'
import { DeployError } from '../../lib/error.mts'
import type { Proven } from '../../lib/proof/spec.mts'

const { signal: NEVER } = new AbortController()

function proven(name: string, state: Proven['state']): Proven {
  return {
    spec: { kind: 'dns', name, host: 'toy.localhost' },
    state,
    says: `${name} is ${state}`,
    repeat: `curl ${name}`,
  }
}

function refusal(proof: readonly Proven[], signal = NEVER): DeployError | undefined {
  try {
    refuseUnproven(proof, signal)
    return undefined
  } catch (error) {
    assert.ok(error instanceof DeployError)
    return error
  }
}

suite('refuseUnproven()', () => {
  const [passed, failed, unchecked, advice] = [
    proven('a', 'passed'),
    proven('b', 'failed'),
    proven('c', 'unchecked'),
    proven('d', 'advice'),
  ]
  for (const [what, proof, code] of [
    ['all passed', [passed, passed], undefined],
    ['some are advice', [passed, advice], undefined],
    ['one failed', [passed, failed], 'proof-failed'],
    ['one could not be checked', [passed, unchecked], 'unproven'],
    ['one failed and one could not be checked', [unchecked, failed], 'proof-failed'],
  ] as const) {
    test(`refuseUnproven() ends with ${code ?? 'nothing'} where ${what}`, () => {
      const refused = refusal(proof)
      assert.equal(refused?.code, code)
      if (refused !== undefined) assert.equal(refused.exit, 1)
    })
  }

  test('refuseUnproven() leads with what failed, gives the command that repeats it, and lists the rest', () => {
    const refused = refusal([unchecked, passed, failed])
    assert.match(refused?.message ?? '', /b: b is failed/)
    assert.equal(refused?.next, 'curl b')
    assert.deepEqual(refused.evidence, ['c unchecked: c is unchecked'])
  })

  test("refuseUnproven() gives the signal's reason for what was cut short", () => {
    const stop = new AbortController()
    const late = new DeployError({ code: 'out-of-time', says: 'late', next: '' })
    stop.abort(late)
    assert.equal(refusal([passed, unchecked], stop.signal), late)
    assert.equal(refusal([passed], stop.signal), undefined)
    assert.equal(refusal([failed, unchecked], stop.signal)?.code, 'proof-failed')
  })
})

suite('migratedTo()', () => {
  const logs = (...lines: string[]) => ({ at: 0, objects: [], events: [], logTails: new Map([['pod/migrate', lines]]) })
  const line = (from: string, to: string) =>
    `INFO  [alembic.runtime.migration] Running upgrade ${from} -> ${to}, add age`
  for (const [what, lines, revision] of [
    ['the last revision', [line('3f2a', '9bc1'), line('9bc1', 'aa01')], 'aa01'],
    ['a first revision', ['INFO  [alembic.runtime.migration] Running upgrade  -> 3f2a, create'], '3f2a'],
    [
      'nothing where nothing was migrated',
      ['INFO  [alembic.runtime.migration] Will assume transactional DDL.'],
      undefined,
    ],
    ['nothing without a log', [], undefined],
  ] as const) {
    test(`migratedTo() reads ${what}`, () => {
      assert.equal(migratedTo(logs(...lines)), revision)
    })
  }
})
