import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KINDS } from '../../lib/rehearsal/controllers/world.mts'
import { startRouter } from '../../lib/rehearsal/stage/router.mts'
import { deployment, pod } from '../record/made.mts'
import { openScene } from './playing.mts'

const ASKED = { namespace: 'demo', name: 'ui', port: '', path: '/' }
const PARTS = ['abc', 'abd'].map((tag) => ({
  image: new RegExp(`:${tag}$`),
  plays: { serves: [{ path: '/', status: 200, body: tag }] },
}))

/** An upgrade of a Deployment whose old pod drains for so many seconds: each answer that was got, and whether that pod was leaving. */
function upgraded(drain: number): string[] {
  using scene = openScene('demo', { parts: PARTS })
  using router = startRouter({ store: scene.store, time: scene.time, kubelet: scene })
  const lifecycle = drain === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: drain } } } }
  const main = (tag: string) => ({ name: 'ui', image: `ui:${tag}`, ports: [{ containerPort: 8080 }], ...lifecycle })
  const service = { selector: { app: 'api' }, ports: [{ port: 80, targetPort: 8080 }] }
  const spec = (tag: string) => deployment(pod(main(tag), { terminationGracePeriodSeconds: 30 }))
  scene.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'ui' }, spec: service } as never)
  scene.apply(spec('abc'))
  scene.time.advance(20_000)
  scene.apply(spec('abd'))
  const heard = Array.from({ length: 150 }, () => {
    scene.time.advance(100)
    const isLeaving = scene.store
      .list(KINDS.Pod, 'demo')
      .some(({ metadata }) => metadata.deletionTimestamp !== undefined)
    return `${router.answer(ASKED)?.body}${isLeaving ? ', one leaves' : ''}`
  })
  return heard.filter((one, at) => one !== heard[at - 1])
}

describe('startRouter()', () => {
  test('asks a pod that was told to go until it has heard of it, and loses nothing while that one drains', () => {
    assert.deepEqual(upgraded(5), ['abc', 'abc, one leaves', 'abd, one leaves', 'abd'])
  })

  test('answers 502 for a pod that ended before that was heard of', () => {
    assert.deepEqual(upgraded(0), ['abc', 'abc, one leaves', 'Bad Gateway, one leaves', 'Bad Gateway', 'abd'])
  })

  test('asks all ready pods in turn, and nobody where there is none', () => {
    using scene = openScene('demo', { parts: [{ plays: { serves: [{ path: '/', status: 200, body: 'here' }] } }] })
    const asked: string[] = []
    const kubelet = {
      ask: (...given: Parameters<typeof scene.ask>) => (asked.push(given[0].name), scene.ask(...given)),
    }
    using router = startRouter({ store: scene.store, time: scene.time, kubelet })
    const service = { selector: { app: 'api' }, ports: [{ port: 80, targetPort: 8080 }] }
    scene.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'ui' }, spec: service } as never)
    assert.equal(router.answer(ASKED), undefined)
    scene.apply(deployment(pod({ name: 'ui', image: 'ui:abc', ports: [{ containerPort: 8080 }] }), { replicas: 3 }))
    scene.time.advance(20_000)
    for (let count = 0; count < 6; count++) assert.equal(router.answer(ASKED)?.body, 'here')
    assert.equal(new Set(asked).size, 3)
    assert.deepEqual(asked.slice(0, 3), asked.slice(3))
  })
})
