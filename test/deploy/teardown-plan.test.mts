import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { suite, test } from 'node:test'
import { confirmTeardown } from '../../lib/deploy/teardown/confirm.mts'
import type { Found } from '../../lib/deploy/teardown/found.mts'
import { planOf } from '../../lib/deploy/teardown/plan.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { STACK_LABEL } from '../../lib/marks.mts'
import { component } from '../../lib/stacks/stack.mts'
import { configMap, deployment, failure, listening, outcome, release, secret, toy } from './world.mts'

const MADE = { manager: 'landfall-toy', operation: 'Apply' as const, apiVersion: 'v1' }

function live(object: KubeObject, more: object = {}): Live {
  const { name } = object.metadata
  const labels = { [STACK_LABEL]: 'toy' }
  const metadata = { namespace: 'toy', labels, managedFields: [MADE], ...object.metadata, uid: `uid-${name}`, ...more }
  return { ...object, metadata: { ...metadata, resourceVersion: '1' } }
}

function found(labelled: readonly Live[], more: Partial<Found> = {}): Found {
  return { labelled, claims: [], secrets: [], records: [], releases: [], ...more }
}

const old = toy(
  component('db', configMap('db')),
  component('web', deployment('web'), { needs: ['db'] }),
  component('gone', configMap('former')),
)
const now = toy(
  component('web', deployment('web')),
  component('db', configMap('db')),
  component('edge', configMap('edge')),
)

suite('planOf()', () => {
  test('planOf() puts what nobody names first, and follows the needs of the live release', () => {
    const objects = ['db', 'former', 'edge', 'stray'].map((name) => live(configMap(name)))
    const plan = planOf(now, found([...objects, live(deployment('web'))], { releases: [release(1, old)] }), [])
    const order = plan.objects.map(({ live: { metadata } }) => metadata.name)
    assert.equal(order[0], 'stray')
    assert.ok(order.indexOf('web') < order.indexOf('db'), order.join(' '))
    assert.ok(plan.graph.some(({ name, needs }) => name === 'web' && needs.includes('db')))
    assert.ok(
      plan.graph.some(({ name }) => name === 'edge'),
      'what only a later rendering has is part of it',
    )
  })

  test("planOf() leaves what others own, and Secrets that are not the stack's, unless they are named", () => {
    const owned = live(configMap('owned'), { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' }] })
    const theirs = live(secret('theirs'), { labels: {}, managedFields: [] })
    const made = live(secret('copied'), {
      labels: {},
      ownerReferences: [{ apiVersion: 'v1', kind: 'V', name: 'v', uid: 'uid-copy' }],
    })
    const copy = live(configMap('copy'))
    const state = found([owned, copy], { secrets: [theirs, made] })
    const names = (plan: ReturnType<typeof planOf>): string[] => plan.objects.map(({ live: one }) => one.metadata.name)
    assert.deepEqual(names(planOf(now, state, [])), ['copy'])
    assert.deepEqual(
      planOf(now, state, []).stays.map(({ name }) => name),
      ['theirs'],
    )
    assert.deepEqual(names(planOf(now, state, ['secrets'])), ['copy', 'theirs'])
  })

  test('planOf() refuses a StatefulSet whose volumes would be deleted with it, unless volumes are named', () => {
    const spec = { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } }
    const set = live({ ...deployment('db'), kind: 'StatefulSet', spec } as KubeObject)
    const blocking = (plan: ReturnType<typeof planOf>): number =>
      plan.preflight.filter(({ state }) => state === 'blocking').length
    assert.equal(blocking(planOf(now, found([set]), [])), 1)
    assert.equal(blocking(planOf(now, found([set]), ['volumes'])), 0)
  })

  test('planOf() never removes a CustomResourceDefinition', () => {
    const definition = live({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'x' },
    })
    const plan = planOf(now, found([definition]), ['volumes', 'secrets', 'namespaces'])
    assert.deepEqual([plan.objects.length, plan.stays.length], [0, 1])
  })
})

suite('confirmTeardown()', () => {
  const plan = planOf(now, found([live(configMap('db'))]), [])
  const { signal } = new AbortController()
  const typing = (text: string): NodeJS.ReadStream => {
    const stdin = new PassThrough()
    stdin.end(text)
    return Object.assign(stdin, { isTTY: true }) as unknown as NodeJS.ReadStream
  }

  for (const [what, text, code] of [
    ["takes the stack's name", 'toy\n', undefined],
    ['takes no other word', 'yes\n', 'unconfirmed'],
    ['takes no empty line', '\n', 'unconfirmed'],
    ['takes no end of input', '', 'unconfirmed'],
  ] as const)
    test(`confirmTeardown() ${what}`, async () => {
      const { report, notes } = listening()
      const ended = await outcome(confirmTeardown(plan, { report, yes: false, signal, stdin: typing(text) }))
      assert.match(notes[0] ?? '', /type toy to remove this object/)
      assert.equal(ended instanceof Error ? failure(ended).code : undefined, code)
    })

  test("confirmTeardown() ends with the operator's interrupt", async () => {
    const stop = new AbortController()
    const stdin = Object.assign(new PassThrough(), { isTTY: true }) as unknown as NodeJS.ReadStream
    const ended = outcome(confirmTeardown(plan, { report: listening().report, yes: false, signal: stop.signal, stdin }))
    stop.abort(new Error('interrupted'))
    assert.equal(((await ended) as Error).message, 'interrupted')
    stdin.destroy()
  })
})
