import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Cluster, WatchEvent } from '../../lib/kube/cluster.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { isAlreadyExists, isConflict } from '../../lib/kube/status.mts'
import { configMap, lease } from './manifests.mts'
import { OURS, placed } from './row.mts'

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' }

/** What only shows over time or among several: watches and the lock. */
export function liveSuite(open: () => Promise<Cluster>): void {
  describe('over time', () => {
    const run = Date.now().toString(36)

    test('a watch tells what comes, changes, loses our label and goes, within a second each', () =>
      inside(open, `live-${run}-watch`, async (cluster, namespace) => {
        const labelled = (data: Record<string, string>, label = 'ours'): KubeObject =>
          placed(configMap(data, { labels: { stack: label } }), namespace)
        const heard = listen(cluster, namespace)
        await heard.until('synced')
        await cluster.apply(labelled({ a: '1' }), { manager: OURS })
        await heard.until('applied settings')
        await cluster.apply(labelled({ a: '2' }), { manager: OURS })
        await heard.until('applied settings')
        await cluster.apply(labelled({ a: '2' }, 'theirs'), { manager: OURS })
        await heard.until('deleted settings')
        await cluster.apply(labelled({ a: '2' }), { manager: OURS })
        await heard.until('applied settings')
        await cluster.remove({ ...CONFIG_MAP, namespace, name: 'settings' }, {})
        await heard.until('deleted settings')
        await heard.stop()
      }))

    test('a watch in a namespace that is not there yet tells what comes once it is', async () => {
      const namespace = `live-${run}-later`
      const cluster = await open()
      const heard = listen(cluster, namespace)
      await heard.until('synced')
      await inside(open, namespace, async () => {
        await cluster.apply(placed(configMap({}, { labels: { stack: 'ours' } }), namespace), { manager: OURS })
        await heard.until('applied settings')
      })
      await heard.stop()
    })

    test('of eight takers that create the lease one wins', () =>
      inside(open, `live-${run}-create`, async (cluster, namespace) => {
        const takers = Array.from({ length: 8 }, (_, taker) =>
          cluster.create(placed(lease(`taker-${taker}`), namespace)),
        )
        const outcomes = await Promise.allSettled(takers)
        const losers = outcomes.filter((one) => one.status === 'rejected')
        assert.equal(losers.length, 7)
        assert.ok(losers.every((one) => isAlreadyExists(one.reason)))
      }))

    test('of eight takers that replace the lease they read one wins', () =>
      inside(open, `live-${run}-replace`, async (cluster, namespace) => {
        const read: Live = await cluster.create(placed(lease('dead'), namespace))
        const takers = Array.from({ length: 8 }, (_, taker) =>
          cluster.replace({ ...read, ...lease(`taker-${taker}`), metadata: read.metadata }),
        )
        const outcomes = await Promise.allSettled(takers)
        const losers = outcomes.filter((one) => one.status === 'rejected')
        assert.equal(losers.length, 7)
        assert.ok(losers.every((one) => isConflict(one.reason)))
      }))

    test('a zombie with the old uid is refused after the object was made anew', () =>
      inside(open, `live-${run}-zombie`, async (cluster, namespace) => {
        const object = placed(configMap(), namespace)
        const { object: old } = await cluster.apply(object, { manager: OURS })
        await cluster.remove({ ...CONFIG_MAP, namespace, name: 'settings' }, { uid: old.metadata.uid })
        await cluster.apply(object, { manager: OURS })
        await assert.rejects(cluster.apply(object, { manager: OURS, uid: old.metadata.uid, force: true }), isConflict)
        await cluster.remove({ ...CONFIG_MAP, namespace, name: 'settings' }, { uid: old.metadata.uid })
        assert.ok((await cluster.get({ ...CONFIG_MAP, namespace, name: 'settings' })) !== undefined)
      }))
  })
}

async function inside(
  open: () => Promise<Cluster>,
  namespace: string,
  work: (cluster: Cluster, namespace: string) => Promise<void>,
): Promise<void> {
  const cluster = await open()
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  await cluster.apply(home, { manager: OURS })
  try {
    await work(cluster, namespace)
  } finally {
    await cluster.remove({ ...home, name: namespace }, {})
  }
}

interface Heard {
  /** Takes the next event, which must be this one and come within a second. */
  until: (wanted: string) => Promise<void>
  stop: () => Promise<void>
}

function listen(cluster: Cluster, namespace: string): Heard {
  const stop = new AbortController()
  const watch = cluster.watch(CONFIG_MAP, { namespace, labelSelector: 'stack=ours', signal: stop.signal })
  const events = watch[Symbol.asyncIterator]()
  return {
    until: async (wanted) => {
      const late = AbortSignal.timeout(1_000)
      const { promise, reject } = Promise.withResolvers<never>()
      late.addEventListener('abort', () => reject(new Error(`no "${wanted}" within a second`)))
      const next = await Promise.race([events.next(), promise])
      assert.equal(next.done === true ? 'the end' : told(next.value), wanted)
    },
    stop: async () => {
      stop.abort()
      await events.return?.()
    },
  }
}

function told(event: WatchEvent<KubeObject>): string {
  return event.type === 'synced' ? 'synced' : `${event.type} ${event.object.metadata.name}`
}
