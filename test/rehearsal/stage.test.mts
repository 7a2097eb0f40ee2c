import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Container } from '../../lib/kube/schema/types.mts'
import { serviceAnswer } from '../../lib/rehearsal/controllers/serving.mts'
import { reactbinParts } from '../../lib/rehearsal/stage/reactbin.mts'
import { answerFor, HEALTHY, scriptFor, type Cue, type Script } from '../../lib/rehearsal/stage/script.mts'
import { manualTime, realTime } from '../../lib/rehearsal/stage/time.mts'
import { deployment, pod } from '../record/made.mts'
import { openScene } from './playing.mts'

function cue(container: Partial<Container>, more: Partial<Cue> = {}): Cue {
  const bare = { apiVersion: 'v1' as const, kind: 'Pod' as const, metadata: { name: 'api-1', namespace: 'demo' } }
  return { pod: bare, container: { name: 'api', ...container }, env: {}, run: 1, state: new Map(), ...more }
}

describe('scripts', () => {
  test('scriptFor() plays the first row that fits image, container, command and namespace', () => {
    const crash: Script = { exit: { after: 0, code: 1 } }
    const parts = [
      { image: /api/, command: /migrate/, plays: crash },
      { image: /api/, namespace: /^other$/, plays: crash },
    ]
    assert.equal(scriptFor(parts, cue({ image: 'api:1', args: ['migrate'] })), crash)
    assert.equal(scriptFor(parts, cue({ image: 'api:1' })), HEALTHY)
  })

  test('scriptFor() plays one script a run and repeats the last', () => {
    const [first, second]: Script[] = [{ startDelay: 1 }, { startDelay: 2 }]
    assert.ok(first !== undefined && second !== undefined)
    const parts = [{ plays: [first, second] }]
    const played = [1, 2, 3].map((run) => scriptFor(parts, cue({}, { run })).startDelay)
    assert.deepEqual(played, [1, 2, 2])
  })

  test('answerFor() prefers the exact path, then the longest above it', () => {
    const serves = [
      { path: '/', status: 404, body: '' },
      { path: '/docs', exact: true, status: 200, body: '' },
      { path: '/api', status: 201, body: '' },
    ]
    const statuses = ['/docs?x=1', '/docs/more', '/api/v1', '/apis'].map((path) => answerFor({ serves }, path)?.status)
    assert.deepEqual(statuses, [200, 404, 201, 404])
  })
})

describe("reactbin's stage", () => {
  const state = new Map<string, string>()
  const migrate = (tag: string): Script => {
    const script = scriptFor(
      reactbinParts(),
      cue({ image: `reactbin-api:${tag}`, command: ['alembic', 'upgrade', 'head'] }, { state }),
    )
    for (const { sets } of script.changes ?? [])
      for (const [name, value] of Object.entries(sets)) state.set(name, value)
    return script
  }

  test('reactbinParts() migrates each tag from where the database is', () => {
    assert.equal(migrate('abc').changes?.length, 2)
    assert.equal(migrate('abc').changes?.length, 0)
    const captions = migrate('abd').log?.at(-1)?.line
    assert.equal(
      captions,
      'INFO  [alembic.runtime.migration] Running upgrade 3f2a9c1e5b74 -> 9bc17d03f6a2, Captions; the version before does not mind the new column',
    )
    assert.equal(state.get('revision'), '9bc17d03f6a2')
  })

  test('reactbinParts() keeps what went well before a migration that fails, and an older image does not know it', () => {
    state.clear()
    assert.equal(migrate('bad').exit?.code, 1)
    assert.equal(state.get('revision'), '9bc17d03f6a2')
    const older = migrate('abc')
    assert.equal(older.exit?.code, 255)
    assert.equal(older.log?.at(-1)?.line, "FAILED: Can't locate revision identified by '9bc17d03f6a2'")
  })

  test('serviceAnswer() asks a ready pod, with the schema that the database is at now', () => {
    const ports = [{ name: 'http', containerPort: 8000 }]
    const main = { name: 'api', image: 'reactbin-api:abc', ports }
    const first = { name: 'alembic-migrate', image: 'reactbin-api:abc', command: ['alembic', 'upgrade', 'head'] }
    using scene = openScene('demo', { parts: reactbinParts() })
    const service = { selector: { app: 'api' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] }
    scene.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'api' }, spec: service } as never)
    scene.apply(deployment(pod(main, { initContainers: [first] })))
    const asked = { namespace: 'demo', name: 'api', port: 'http', path: '/api/v1/health' }
    assert.equal(serviceAnswer(scene.store, scene, asked), undefined)
    scene.time.advance(10_000)
    const answer = serviceAnswer(scene.store, scene, asked)
    assert.equal(answer?.status, 200)
    assert.deepEqual(JSON.parse(answer.body), { status: 'ok', build: 'abc', revision: '3f2a9c1e5b74' })
    assert.equal(serviceAnswer(scene.store, scene, { ...asked, path: '/docs' })?.status, 404)
    assert.equal(serviceAnswer(scene.store, scene, { ...asked, port: '9999' }), undefined)
  })
})

describe('time', () => {
  test('manualTime() runs what falls due in its order, each at its moment, and what that brings about', () => {
    const time = manualTime(1_000)
    const seen: string[] = []
    const note = (word: string): void => void seen.push(`${word} ${time.now()}`)
    time.after(20, () => note('late'))
    time.after(10, () => {
      note('early')
      time.after(5, () => note('between'))
    })
    const cancel = time.after(15, () => note('never'))
    cancel()
    time.advance(30)
    assert.deepEqual(seen, ['early 1010', 'between 1015', 'late 1020'])
    assert.equal(time.now(), 1_030)
  })

  test('realTime() waits less than it is told by its speed, on the wall clock', async () => {
    const time = realTime(1_000)
    const began = Date.now()
    const { promise, resolve } = Promise.withResolvers<void>()
    time.after(10_000, resolve)
    const alive = setTimeout(() => undefined, 5_000)
    await promise
    clearTimeout(alive)
    assert.ok(Date.now() - began < 2_000)
    assert.ok(Math.abs(time.now() - Date.now()) < 1_000)
  })
})
