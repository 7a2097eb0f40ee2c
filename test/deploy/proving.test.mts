import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { refuseUnproven } from '../../lib/deploy/proving.mts'
import { migratedTo, readMigrations } from '../../lib/deploy/schema.mts'
import { DeployError } from '../../lib/error.mts'
import type { Live } from '../../lib/kube/object.mts'
import { STACK_LABEL } from '../../lib/marks.mts'
import type { Proven } from '../../lib/proof/spec.mts'
import { HOME } from './landing.mts'
import { forbidden } from './refused.mts'
import { cluster, toy } from './world.mts'

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

suite('readMigrations()', () => {
  const pod = (name: string, more: Partial<Live['metadata']> = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'toy', uid: name, resourceVersion: '1', labels: { [STACK_LABEL]: 'toy' }, ...more },
    spec: { initContainers: [{ name: 'migrate' }], containers: [{ name: 'web' }] },
  })
  const desired = {
    ...toy(),
    proofs: [
      {
        kind: 'migrated',
        name: 'migrations',
        workload: { ...HOME, kind: 'Deployment' },
        container: 'migrate',
      } as const,
    ],
  }
  const asked = async (pods: readonly Live[], logs: Readonly<Record<string, string>>) => {
    const fake = cluster()
    for (const [name, line] of Object.entries(logs)) fake.logLines.set(`${name}/migrate`, [line])
    const snapshot = { at: 0, objects: pods, events: [], logTails: new Map() }
    return { fake, told: await readMigrations(fake, { desired, snapshot, signal: NEVER }) }
  }
  const upgrade = (to: string): string => `Running upgrade base -> ${to}, more`

  test('readMigrations() takes the word of the youngest pod that migrated', async () => {
    const pods = [
      pod('new', { creationTimestamp: '2026-11-21T10:00:00Z' }),
      pod('newest', { creationTimestamp: '2026-11-21T11:00:00Z' }),
      pod('old', { creationTimestamp: '2026-11-20T10:00:00Z' }),
    ]
    const logs = { old: upgrade('r1'), new: upgrade('r2'), newest: 'nothing to do' }
    assert.equal((await asked(pods, logs)).told, 'r2')
  })

  test('readMigrations() asks neither pods that leave nor those of others', async () => {
    const pods = [pod('leaving', { deletionTimestamp: '2026-11-21T10:00:00Z' }), pod('foreign', { labels: {} })]
    const { fake, told } = await asked(pods, { leaving: upgrade('r1'), foreign: upgrade('r2') })
    assert.equal(told, undefined)
    assert.deepEqual(fake.asked, [])
  })

  test('readMigrations() goes without a log that may not be read', async () => {
    const fake = cluster()
    fake.before = () => {
      throw forbidden('get pods/log')
    }
    const snapshot = { at: 0, objects: [pod('web')], events: [], logTails: new Map() }
    assert.equal(await readMigrations(fake, { desired, snapshot, signal: NEVER }), undefined)
  })
})
