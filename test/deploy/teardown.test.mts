import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatRef, refOf } from '../../lib/kube/object.mts'
import type { Lease } from '../../lib/kube/schema/types.mts'
import { NO_FAULTS } from '../../lib/rehearsal/faults.mts'
import type { MemoryStore } from '../../lib/rehearsal/memory.mts'
import { shop, shopStage } from '../rehearsal/shop.mts'
import { openTrial } from '../rehearsal/trial.mts'
import type { Trial } from '../rehearsal/trial.mts'

const KINDS = [
  ...['Pod', 'ConfigMap', 'Secret', 'Service', 'PersistentVolumeClaim', 'Namespace'].map(
    (kind) => ['v1', kind] as const,
  ),
  ...['Deployment', 'ReplicaSet', 'StatefulSet'].map((kind) => ['apps/v1', kind] as const),
  ['batch/v1', 'Job'],
  ['coordination.k8s.io/v1', 'Lease'],
] as const

/** Everything in the shop's namespace but for what each one has. */
function left(store: MemoryStore): string[] {
  const objects = KINDS.flatMap(([apiVersion, kind]) => store.list({ apiVersion, kind }))
  return objects
    .filter(({ metadata }) => metadata.namespace === 'shop' || metadata.name === 'shop')
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map((object) => formatRef(refOf(object)))
}

async function deployed(): Promise<Trial> {
  const trial = await openTrial({ stack: shop, stage: shopStage() })
  const { error, output } = await trial.run('deploy', ['--tag', 'one'])
  assert.equal(error, undefined, output)
  return trial
}

const CLAIM = 'persistentvolumeclaim/shop/store-data-store-0'

describe('teardown', () => {
  test('tearDown() removes everything but volume and namespace, in reverse order, and twice is once', async () => {
    await using trial = await deployed()
    const { error, output } = await trial.run('teardown', ['--yes'])
    assert.equal(error, undefined, output)
    assert.deepEqual(left(trial.store), [CLAIM, 'namespace/shop'])
    const at = (words: RegExp): number => output.search(words)
    assert.ok(at(/✔ bucket/) < at(/✔ store/) && at(/✔ store/) < at(/✔ keys/), output)
    assert.match(output, /shop is gone: \d+ objects removed in [\d.]+ s, 2 stay/)
    const again = await trial.run('teardown', ['--yes'])
    assert.equal(again.error, undefined)
    assert.match(again.output, /nothing to remove: shop is not here/)
    const back = await trial.run('deploy', ['--tag', 'one'])
    assert.equal(back.error, undefined, back.output)
    assert.match(back.output, /release 1 proven/)
  })

  test('tearDown() removes volumes and namespaces that are named', async () => {
    await using trial = await deployed()
    const { error, output } = await trial.run('teardown', ['--yes', '--with', 'volumes,namespaces'])
    assert.equal(error, undefined, output)
    assert.deepEqual(left(trial.store), [])
  })

  test('planTeardown() shows and removes nothing with --dry-run=server, and without a word of the operator', async () => {
    await using trial = await deployed()
    const before = left(trial.store)
    const shown = await trial.run('teardown', ['--dry-run=server'])
    assert.equal(shown.error, undefined)
    assert.match(shown.output, /- deployment\/shop\/api/)
    assert.match(shown.output, /volumes: persistentvolumeclaim\/shop\/store-data-store-0 stays/)
    const { error } = await trial.run('teardown', [])
    assert.equal(error?.code, 'unconfirmed')
    assert.deepEqual(left(trial.store), before)
  })

  test('planTeardown() refuses a namespace that holds what is not named: a volume, a Secret, a ConfigMap', async () => {
    await using trial = await deployed()
    const refuse = async (named: string, words: RegExp): Promise<void> => {
      const before = left(trial.store)
      const { error } = await trial.run('teardown', ['--yes', '--with', named])
      assert.equal(error?.code, 'blocked')
      assert.match(error.message, words)
      assert.deepEqual(left(trial.store), before)
    }
    await refuse('namespaces', /store-data-store-0 would go with it/)
    for (const kind of ['Secret', 'ConfigMap'])
      trial.store.put({ apiVersion: 'v1', kind, metadata: { name: 'theirs', namespace: 'shop' } })
    await refuse('namespaces,volumes', /secret\/shop\/theirs and 1 more would go with it/)
    await refuse('namespaces,volumes,secrets', /configmap\/shop\/theirs would go with it/)
  })

  test('planTeardown() leaves alone what bears the label but was written by another', async () => {
    const labels = { 'landfall.dev/stack': 'shop' }
    const copy = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'theirs', namespace: 'shop', labels } }
    await using trial = await deployed()
    trial.store.put(copy)
    const { error, output } = await trial.run('teardown', ['--yes'])
    assert.equal(error, undefined, output)
    assert.match(output, /service\/shop\/theirs bears the stack's label, but something else wrote it: it stays/)
    assert.ok(left(trial.store).includes('service/shop/theirs'))
  })

  test('tearDown() names the finalizer that holds an object when the time is up, and goes on from there', async () => {
    await using trial = await deployed()
    const ref = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'api' }
    const live = trial.store.get(ref)
    assert.ok(live)
    trial.store.put({ ...live, metadata: { ...live.metadata, finalizers: ['acme.dev/load-balancer'] } })
    const { error } = await trial.run('teardown', ['--yes', '--within', '1'])
    assert.equal(error?.code, 'out-of-time')
    assert.deepEqual(error.evidence, [
      'service/shop/api waits for its finalizer acme.dev/load-balancer',
      'secret/shop/keys has not had its turn: what needs it is still there',
    ])
    assert.ok(left(trial.store).includes('configmap/shop/landfall-shop-1'), 'the record goes last')
    trial.store.drop(ref)
    const again = await trial.run('teardown', ['--yes'])
    assert.equal(again.error, undefined, again.output)
    assert.deepEqual(left(trial.store), [CLAIM, 'namespace/shop'])
  })

  test('tearDown() converges when it is killed at each of its deletions, the records going after everything else', async () => {
    await using trial = await deployed()
    const ends: ('cut-after' | 'stop-before')[] = []
    for (let runs = 0; ; runs += 1) {
      assert.ok(runs < 30, left(trial.store).join(', '))
      const ended = await killedAtDeletion(trial, runs % 2 === 0 ? 'cut-after' : 'stop-before')
      if (ended === 'unharmed') break
      ends.push(ended)
      bury(trial.store)
      const now = left(trial.store)
      const stays = [CLAIM, 'namespace/shop', 'configmap/shop/landfall-shop-1', 'lease/shop/landfall-shop']
      if (now.some((ref) => !stays.includes(ref))) assert.ok(now.includes('configmap/shop/landfall-shop-1'))
    }
    assert.ok(ends.length > 4, `killed ${ends.length} times`)
    assert.deepEqual(left(trial.store), [CLAIM, 'namespace/shop'])
  })
})

/** A teardown that is killed at its first DELETE, before or after it is done. */
async function killedAtDeletion<End extends 'cut-after' | 'stop-before'>(trial: Trial, end: End) {
  let deletions = 0
  trial.server.setFaults(({ method }) => {
    if (deletions > 0) return { do: 'stop-before' }
    if (method !== 'DELETE') return { do: 'pass' }
    deletions += 1
    setImmediate(() => run.kill())
    return { do: end }
  })
  const run = trial.begin('teardown', ['--yes'])
  const { error, output } = await run.ended
  trial.server.setFaults(NO_FAULTS)
  if (deletions > 0) return end
  assert.equal(error, undefined, output)
  return 'unharmed' as const
}

/** What is seen of a killed process afterwards: a lease whose holder is not there any more. */
function bury(store: MemoryStore): void {
  const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'shop', name: 'landfall-shop' }
  const lease = store.get<Lease>(ref)
  if (lease !== undefined) store.put({ ...lease, spec: { ...lease.spec, holderIdentity: '' } })
}
