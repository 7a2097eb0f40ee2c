import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openView } from '../../lib/deploy/view.mts'
import type { View } from '../../lib/deploy/view.mts'
import { DeployError } from '../../lib/error.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import type { FakeCluster } from './fake.mts'
import { forbidden, status } from './refused.mts'
import { cluster, configMap, deployed, deployment, idle, outcome, secret, web } from './world.mts'

const DESIRED: Desired = {
  ...web(configMap('config'), deployment('web')),
  secrets: [{ namespace: 'toy', name: 'keys', keys: ['a'] }],
}
const NEVER = new AbortController().signal

function open(fake: FakeCluster, signal = NEVER, notes: string[] = []): Promise<View> {
  return openView(fake, DESIRED, { signal, say: (text) => notes.push(text) })
}

function inToy(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace: 'toy' } }
}

function names(view: View, kind: string): string[] {
  return view.snapshot().objects.flatMap((object) => (object.kind === kind ? [object.metadata.name] : []))
}

suite('openView()', () => {
  test('openView() watches workloads, their pods and events, and Secrets only by name', async () => {
    const fake = cluster()
    await using view = await open(fake)
    const watched = fake.asked.flatMap(({ verb, ref }) => (verb === 'watch' ? [ref.kind] : []))
    assert.deepEqual(watched.sort(), ['Deployment', 'Event', 'PersistentVolumeClaim', 'Pod', 'ReplicaSet', 'Secret'])
    fake.put(inToy(secret('keys')))
    fake.put(inToy(secret('others')))
    await idle()
    assert.deepEqual(names(view, 'Secret'), ['keys'])
  })

  test('openView() has the first list of each watch when it returns', async () => {
    const fake = cluster()
    await deployed(fake, DESIRED)
    await using view = await open(fake)
    assert.deepEqual(names(view, 'Deployment'), ['web'])
  })

  test('openView() keeps the keys of a Secret and forgets its values', async () => {
    const fake = cluster()
    fake.put(inToy(secret('keys', { password: 'hunter2hunter2' })))
    await using view = await open(fake)
    const text = JSON.stringify(view.snapshot().objects)
    assert.match(text, /"password":""/)
    assert.equal(text.includes(Buffer.from('hunter2hunter2').toString('base64')), false)
  })

  test('openView() leaves out what may not be watched, says so, and knows what it does not see', async () => {
    const fake = cluster()
    const notes: string[] = []
    fake.before = ({ verb, ref }) => {
      if (verb === 'watch' && (ref.kind === 'Secret' || ref.kind === 'Event')) throw forbidden('watch it')
    }
    await using view = await open(fake, NEVER, notes)
    assert.deepEqual(notes.map((note) => /watch (\w+) in toy/.exec(note)?.[1] ?? '').toSorted(), ['Event', 'Secret'])
    assert.equal(view.sees({ namespace: 'toy', name: 'keys' }), false)
  })

  test('openView() closes every watch where one cannot be opened', async () => {
    const fake = cluster()
    fake.before = async ({ verb, ref }) => {
      if (verb !== 'watch' || ref.kind !== 'Pod') return
      await idle()
      throw status(401, 'Unauthorized', 'who are you')
    }
    const ended = await outcome(open(fake))
    assert.ok(ended instanceof DeployError)
    assert.equal(ended.code, 'unauthorized')
    assert.equal(fake.watching, 0)
  })

  test('openView() closes every watch when it is disposed', async () => {
    const fake = cluster()
    const view = await open(fake)
    assert.equal(fake.watching, 6)
    await view[Symbol.asyncDispose]()
    assert.equal(fake.watching, 0)
  })

  test('openView() closes every watch when its signal aborts', async () => {
    const fake = cluster()
    const stop = new AbortController()
    await using view = await open(fake, stop.signal)
    stop.abort(new Error('enough'))
    await idle()
    assert.equal(fake.watching, 0)
    assert.match(String(await outcome(view.changed(view.version, 1_000, stop.signal))), /enough/)
  })
})

suite('View', () => {
  test('View wakes whoever waits at the next change', async () => {
    const fake = cluster()
    await using view = await open(fake)
    const changed = view.changed(view.version, 60_000, NEVER)
    fake.put(inToy(deployment('web')))
    await changed
    assert.deepEqual(names(view, 'Deployment'), ['web'])
  })

  test('View tells at once of a change between a snapshot and the wait for the next', async () => {
    const fake = cluster()
    await using view = await open(fake)
    const { version } = view
    fake.put(inToy(deployment('web')))
    await idle()
    await view.changed(version, 60_000, NEVER)
  })

  test('View wakes after the given time where nothing changes', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    await using view = await open(cluster())
    let state = 'waiting'
    const changed = view.changed(view.version, 1_000, NEVER).then(() => (state = 'woken'))
    context.mock.timers.tick(999)
    await idle()
    assert.equal(state, 'waiting')
    context.mock.timers.tick(1)
    await changed
  })

  test('View takes the answer of an apply before a watch tells it, and no older state after it', async () => {
    const fake = cluster()
    await deployed(fake, DESIRED)
    await using view = await open(fake)
    const live = fake.find('Deployment', 'web') ?? assert.fail()
    const taken = { ...live, metadata: { ...live.metadata, generation: 7, resourceVersion: '9000' } }
    view.took(taken)
    fake.put(inToy({ ...deployment('web'), metadata: { ...live.metadata, generation: 6 } }))
    await idle()
    const [seen] = view.snapshot().objects.filter(({ kind }) => kind === 'Deployment')
    assert.equal(seen?.metadata.generation, 7)
  })

  test('View forgets what is deleted, but not a namesake that came after it', async () => {
    const fake = cluster()
    await deployed(fake, DESIRED)
    await using view = await open(fake)
    const live = fake.find('Deployment', 'web') ?? assert.fail()
    view.took({ ...live, metadata: { ...live.metadata, uid: 'another' } })
    fake.drop({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'toy', name: 'web' })
    await idle()
    assert.deepEqual(names(view, 'Deployment'), ['web'])
    fake.put(inToy(deployment('ui')))
    await idle()
    fake.drop({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'toy', name: 'ui' })
    await idle()
    assert.deepEqual(names(view, 'Deployment'), ['web'])
  })

  test('View fails the wait where a watch breaks for good', async () => {
    const fake = cluster()
    await using view = await open(fake)
    const changed = outcome(view.changed(view.version, 500, NEVER))
    fake.breakWatches(status(401, 'Unauthorized', 'who are you'))
    const ended = await changed
    assert.ok(ended instanceof DeployError)
    assert.equal(ended.code, 'unauthorized')
  })

  for (const [what, ahead, corrected] of [
    ['an hour ahead', 3_600_000, true],
    ['a minute behind', -60_000, true],
    ['as good as right', 1_500, false],
  ] as const) {
    test(`View tells the server's time where this clock is ${what}`, async () => {
      await using view = await open(cluster())
      const server = Date.now() - ahead
      view.took({ ...inToy(deployment('web')), metadata: { name: 'web', uid: 'u', resourceVersion: '1' } }, server)
      const off = Math.abs(view.snapshot().at - (corrected ? server : Date.now()))
      assert.ok(off < 1_000, `${off} ms`)
    })
  }
})
