import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { runGraph } from '../../lib/deploy/graph.mts'
import { mapLimit } from '../../lib/deploy/parallel.mts'
import type { Component } from '../../lib/stacks/stack.mts'
import { idle, outcome } from './world.mts'

const NEVER = new AbortController().signal

function parts(needs: Record<string, string[]>): Component[] {
  return Object.entries(needs).map(([name, of]) => ({ name, needs: of, objects: [] }))
}

/** Runs components that each end when they are told to. */
function staged(components: Component[], signal: AbortSignal = NEVER) {
  const running = new Map<string, PromiseWithResolvers<void>>()
  const stopped: string[] = []
  const ended = outcome(
    runGraph(components, signal, async ({ name }, stop) => {
      const gate = Promise.withResolvers<void>()
      running.set(name, gate)
      const abort = (): void => {
        stopped.push(name)
        gate.reject(stop.reason)
      }
      stop.addEventListener('abort', abort, { once: true })
      await gate.promise.finally(() => stop.removeEventListener('abort', abort))
    }),
  )
  const started = (): string[] => [...running.keys()]
  const end = async (name: string, error?: Error): Promise<void> => {
    if (error === undefined) running.get(name)?.resolve()
    else running.get(name)?.reject(error)
    await idle(3)
  }
  return { started, end, ended, stopped }
}

suite('runGraph()', () => {
  test('runGraph() starts a component when all that it needs is done, and nothing waits for what it does not need', async () => {
    const { started, end, ended } = staged(
      parts({ secrets: [], api: ['secrets', 'store'], store: ['secrets'], edge: [] }),
    )
    await idle(3)
    assert.deepEqual(started(), ['secrets', 'edge'])
    await end('secrets')
    assert.deepEqual(started(), ['secrets', 'edge', 'store'])
    await end('store')
    assert.deepEqual(started(), ['secrets', 'edge', 'store', 'api'])
    await end('api')
    await end('edge')
    assert.equal(await ended, undefined)
  })

  test('runGraph() ends with the first failure, stops what runs and starts nothing more', async () => {
    const { started, end, ended, stopped } = staged(parts({ a: [], b: [], c: ['a'] }))
    await idle(3)
    const first = new Error('first')
    await end('b', first)
    assert.equal(await ended, first)
    assert.deepEqual(stopped, ['a'])
    assert.deepEqual(started(), ['a', 'b'])
  })

  test('runGraph() throws only when the others have stopped', async () => {
    const gate = Promise.withResolvers<void>()
    let state = 'running'
    const ended = outcome(
      runGraph(parts({ bad: [], slow: [] }), NEVER, async ({ name }) => {
        if (name === 'bad') throw new Error('bad')
        await gate.promise
      }),
    ).then((error) => {
      state = 'ended'
      return error
    })
    await idle(3)
    assert.equal(state, 'running')
    gate.resolve()
    assert.match(String(await ended), /bad/)
  })

  test('runGraph() fails what needs the failed one with the same failure, not with one of its own', async () => {
    const { end, ended } = staged(parts({ a: [], b: ['a'], c: ['b'] }))
    await idle(3)
    const first = new Error('first')
    await end('a', first)
    assert.equal(await ended, first)
  })

  test("runGraph() ends with the signal's reason", async () => {
    const stop = new AbortController()
    const { ended, stopped } = staged(parts({ a: [], b: [] }), stop.signal)
    await idle(3)
    const reason = new Error('the time is up')
    stop.abort(reason)
    assert.equal(await ended, reason)
    assert.deepEqual(stopped, ['a', 'b'])
  })

  test('runGraph() ends at once where there is nothing to do', async () => {
    assert.equal(await runGraph([], NEVER, () => Promise.reject(new Error('nothing'))), undefined)
  })
})

suite('mapLimit()', () => {
  test('mapLimit() keeps the order and never has more under way than the limit', async () => {
    let under = 0
    let most = 0
    const doubled = await mapLimit([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, (under += 1))
      await idle(8 - item)
      under -= 1
      return item * 2
    })
    assert.deepEqual(doubled, [2, 4, 6, 8, 10, 12, 14])
    assert.equal(most, 3)
  })

  test('mapLimit() starts nothing more after a rejection', async () => {
    const started: number[] = []
    const ended = await outcome(
      mapLimit([1, 2, 3, 4, 5], 2, async (item) => {
        started.push(item)
        if (item === 1) throw new Error('one')
        await idle(3)
      }),
    )
    await idle()
    assert.match(String(ended), /one/)
    assert.deepEqual(started, [1, 2])
  })

  test('mapLimit() of nothing is nothing', async () => {
    assert.deepEqual(await mapLimit([], 3, () => Promise.reject(new Error('none'))), [])
  })
})
