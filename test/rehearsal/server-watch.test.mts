import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { WatchEvent } from '../../lib/kube/cluster.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import type { Faults } from '../../lib/rehearsal/faults.mts'
import { whereMatches } from '../../lib/rehearsal/faults.mts'
import { MemoryStore } from '../../lib/rehearsal/memory.mts'
import { realTime } from '../../lib/rehearsal/stage/time.mts'
import { connectRehearsal } from './connected.mts'
import type { Rehearsed } from './connected.mts'

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' }

function settings(name: string, labels: Record<string, string> = {}): KubeObject {
  return { ...CONFIG_MAP, metadata: { name, namespace: 'home', labels } }
}

/** The next events of a watch, each as a word. */
async function heard(
  { cluster }: Rehearsed,
  count: number,
  act: () => void,
  selection: { labelSelector?: string; resourceVersion?: string } = {},
): Promise<string[]> {
  const stop = new AbortController()
  const events: string[] = []
  for await (const event of cluster.watch(CONFIG_MAP, { namespace: 'home', signal: stop.signal, ...selection })) {
    events.push(wordsOf(event))
    if (events.length === count) stop.abort()
    else act()
  }
  return events
}

function wordsOf(event: WatchEvent<KubeObject>): string {
  if (event.type === 'synced') return `synced ${event.items.length}`
  return `${event.type} ${event.object.metadata.name}`
}

/** Puts the objects, one for each event that is heard. */
function putting(rehearsed: Rehearsed, ...names: string[]): () => void {
  return () => {
    const next = names.shift()
    if (next !== undefined) rehearsed.store.put(settings(next))
  }
}

describe('watch() of the rehearsal', () => {
  test('watch() tells what came after the version that it begins with', async () => {
    await using rehearsed = await connectRehearsal()
    const { store } = rehearsed
    store.put(settings('a'))
    const { version } = store
    store.put(settings('b'))
    store.drop({ ...CONFIG_MAP, namespace: 'home', name: 'a' })
    const events = await heard(rehearsed, 2, () => undefined, { resourceVersion: version })
    assert.deepEqual(events, ['applied b', 'deleted a'])
  })

  test('watch() tells of what ceases to match that it is gone, as it last was', async () => {
    await using rehearsed = await connectRehearsal()
    rehearsed.store.put(settings('a', { ours: 'yes' }))
    const leave = (): void => void rehearsed.store.put(settings('a', { ours: 'no' }))
    assert.deepEqual(await heard(rehearsed, 2, leave, { labelSelector: 'ours=yes' }), ['synced 1', 'deleted a'])
  })

  test('watch() from a version that is forgotten lists anew', async () => {
    await using rehearsed = await connectRehearsal()
    rehearsed.store.put(settings('a'))
    rehearsed.server.forget()
    const events = await heard(rehearsed, 1, () => undefined, { resourceVersion: '1' })
    assert.deepEqual(events, ['synced 1'])
  })

  for (const [what, fault, expected] of [
    ['that drops is taken up where it was', { do: 'drop', after: 1 }, ['synced 0', 'applied a', 'applied b']],
    ['that repeats says it twice', { do: 'repeat', after: 0 }, ['synced 0', 'applied a', 'applied a']],
    ['that is too old lists anew', { do: 'expire' }, ['synced 0', 'synced 0', 'applied a']],
  ] as const)
    test(`watch() ${what}`, async () => {
      const faults: Faults = whereMatches(/watch=true/, fault, 1)
      await using rehearsed = await connectRehearsal({ faults })
      const next = putting(rehearsed, 'a', 'b')
      let heardOf = 0
      const act = (): void => {
        heardOf += 1
        // Only after the new list, which would else be of it.
        if (fault.do !== 'expire' || heardOf === 2) next()
      }
      assert.deepEqual(await heard(rehearsed, 3, act), expected)
    })

  test('a watch that is held open ends with a bookmark of the last version', async () => {
    await using rehearsed = await connectRehearsal()
    const { store, cluster } = rehearsed
    const before = store.version
    store.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other', namespace: 'home' } })
    const asked = '/api/v1/namespaces/home/configmaps?watch=true&allowWatchBookmarks=true&timeoutSeconds=0.05'
    const answer = await cluster.read(`${asked}&resourceVersion=${before}`)
    const bookmark = answer as { type: string; object: { metadata: { resourceVersion: string } } }
    assert.equal(bookmark.type, 'BOOKMARK')
    assert.equal(bookmark.object.metadata.resourceVersion, store.version)
  })
})

describe('MemoryStore', () => {
  test('MemoryStore tells changes in their order, also those that a listener makes', () => {
    const store = new MemoryStore(realTime())
    const told: string[] = []
    store.listen(({ object }) => {
      if (object.metadata.name === 'a') store.put(settings('b'))
    })
    store.listen(({ object }) => told.push(object.metadata.name))
    store.put(settings('a'))
    assert.deepEqual(told, ['a', 'b'])
  })

  test('MemoryStore makes no version and tells nobody where nothing changed', () => {
    const store = new MemoryStore(realTime())
    const stored = store.put(settings('a'))
    let told = 0
    store.listen(() => (told += 1))
    store.put(stored)
    assert.equal(told, 0)
    assert.equal(store.version, stored.metadata.resourceVersion)
  })

  test('MemoryStore keeps what was put: what a caller does to that changes nothing, and what it gives cannot be changed', () => {
    const store = new MemoryStore(realTime())
    const given = { ...settings('a'), metadata: { ...settings('a').metadata, labels: {} } }
    const { metadata } = store.put(given)
    Object.assign(given.metadata.labels, { changed: 'yes' })
    assert.throws(() => Object.assign(metadata, { labels: { changed: 'yes' } }), TypeError)
    assert.deepEqual(store.get({ ...CONFIG_MAP, namespace: 'home', name: 'a' })?.metadata.labels, {})
  })
})
