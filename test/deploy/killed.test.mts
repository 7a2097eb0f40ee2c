import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { land } from '../../lib/deploy/land.mts'
import { isEmpty } from '../../lib/deploy/types.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import type { Lease } from '../../lib/kube/schema/types.mts'
import { PROCESS_ANNOTATION } from '../../lib/marks.mts'
import { component } from '../../lib/stacks/stack.mts'
import type { FakeCluster } from './fake.mts'
import { HOME, landed } from './landing.mts'
import { cluster, configMap, deployment, job, landingOf, outcome, toy, well } from './world.mts'

class Killed extends Error {}

/** From the given write on, this process is dead: before it, or between the server's act and its answer. */
function killAt(fake: FakeCluster, at: number, when: 'before' | 'after'): void {
  let count = 0
  let state: 'alive' | 'dead' = 'alive'
  const check = (): void => {
    if (state === 'dead') throw new Killed()
  }
  fake.before = ({ verb }) => {
    check()
    const writing = verb === 'apply' || verb === 'create' || verb === 'replace' || verb === 'delete'
    if (!writing || ++count !== at) return
    state = 'dead'
    if (when === 'before') throw new Killed()
  }
  fake.after = check
}

/** What is seen of a killed process afterwards: nothing but its lease. */
function bury(fake: FakeCluster): void {
  fake.before = () => undefined
  fake.after = () => undefined
  const left = fake.find<Lease>('Lease', 'landfall-toy')
  if (left === undefined || left.spec?.holderIdentity === '') return
  const mark = left.metadata.annotations?.[PROCESS_ANNOTATION] ?? ''
  const dead = mark.replace(/\/\d+$/, '/1')
  fake.put({ ...left, metadata: { ...left.metadata, annotations: { [PROCESS_ANNOTATION]: dead } } })
}

suite('killed anywhere, the next run converges (law 7)', () => {
  const FIRST = toy(
    component('config', [configMap('config')]),
    component('bucket', [job('bucket')], { needs: ['config'] }),
    component('web', [deployment('web'), deployment('old')]),
  )
  const NEXT = toy(
    component('config', [configMap('config', { a: '2' })]),
    component('bucket', [{ ...job('bucket'), spec: { backoffLimit: 1 } } as KubeObject], { needs: ['config'] }),
    component('web', [deployment('web', { image: 'web:2', reads: { configMaps: ['config'] } })]),
  )
  for (const [what, prepare, desired] of [
    ['a first deploy', async (fake: FakeCluster) => fake.drop(HOME), FIRST],
    ['an upgrade', async (fake: FakeCluster) => void (await landed(fake, FIRST)), NEXT],
  ] as const) {
    for (const when of ['before', 'after'] as const) {
      test(`land() converges after a kill ${when} each write of ${what}`, async () => {
        const whole = cluster()
        await prepare(whole)
        whole.asked.length = 0
        await landed(whole, desired)
        const count = whole.writes().length
        assert.ok(count > 5)
        for (let at = 1; at <= count; at += 1) {
          const fake = cluster()
          await prepare(fake)
          const journey = await landingOf(fake, desired)
          killAt(fake, at, when)
          await outcome(land(journey.landing))
          bury(fake)
          well(await landed(fake, desired))
          assert.deepEqual(kept(fake), kept(whole), `killed at ${at}`)
          const { landing } = await landingOf(fake, desired)
          assert.ok(isEmpty(landing.plan), `killed at ${at}: twice is once`)
        }
      })
    }
  }
})

/** The stack's objects by name and what is declared of them, records left out. */
function kept(fake: FakeCluster): string[] {
  return [...fake.objects.values()]
    .filter(({ kind, metadata }) => kind !== 'Lease' && !metadata.name.startsWith('landfall-'))
    .map((object) => {
      const { spec, data } = object as KubeObject & { spec?: object; data?: object }
      return `${object.kind}/${object.metadata.name} ${JSON.stringify({ spec, data })}`
    })
    .sort()
}
