import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isLostAnswer, isNotFound } from '../../lib/kube/status.mts'
import { anyOf, atRequest, bySeed, fromRequest, whereMatches } from '../../lib/rehearsal/faults.mts'
import type { Fault, Faults } from '../../lib/rehearsal/faults.mts'
import { connectRehearsal } from './connected.mts'

const SETTINGS = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'home' } }
const REF = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'home', name: 'settings' }
const HOME = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'home' } }

/** A rehearsal whose first POST of a ConfigMap meets the fault. */
function meeting(fault: Fault): ReturnType<typeof connectRehearsal> {
  return connectRehearsal({ faults: whereMatches(/^POST .*configmaps/, fault, 1) })
}

describe('faults', () => {
  test('stop-before breaks the connection and nothing was done', async () => {
    await using rehearsed = await meeting({ do: 'stop-before' })
    rehearsed.store.put(HOME)
    await assert.rejects(rehearsed.cluster.create(SETTINGS), isLostAnswer)
    assert.equal(rehearsed.store.get(REF), undefined)
  })

  test('cut-after breaks the connection when it was done', async () => {
    await using rehearsed = await meeting({ do: 'cut-after' })
    rehearsed.store.put(HOME)
    await assert.rejects(rehearsed.cluster.create(SETTINGS), isLostAnswer)
    assert.equal(rehearsed.store.get(REF)?.metadata.name, 'settings')
  })

  test('garbage is an answer that cannot be read, of something that was done', async () => {
    await using rehearsed = await meeting({ do: 'garbage' })
    rehearsed.store.put(HOME)
    await assert.rejects(rehearsed.cluster.create(SETTINGS))
    assert.equal(rehearsed.store.get(REF)?.metadata.name, 'settings')
  })

  test('delay does it later', async () => {
    await using rehearsed = await meeting({ do: 'delay', milliseconds: 30 })
    rehearsed.store.put(HOME)
    const started = performance.now()
    await rehearsed.cluster.create(SETTINGS)
    assert.ok(performance.now() - started >= 29)
  })

  test('refuse answers a Status, with Retry-After where one is given', async () => {
    const fault = { do: 'refuse', status: 429, reason: 'TooManyRequests', retryAfterSeconds: 0 } as const
    await using rehearsed = await connectRehearsal({ faults: whereMatches(/configmaps\/settings/, fault, 1) })
    assert.equal(await rehearsed.cluster.get(REF), undefined)
    assert.deepEqual(
      rehearsed.server.requests.slice(-2).map(({ status }) => status),
      [429, 404],
    )
  })

  test('atRequest() meets one request, fromRequest() all that follow', () => {
    const drop: Fault = { do: 'stop-before' }
    const met = (faults: Faults): string =>
      [1, 2, 3]
        .map((number) => (faults({ number, method: 'GET', path: '/', user: 'anna' }).do === 'pass' ? '-' : 'x'))
        .join('')
    assert.equal(met(atRequest(2, drop)), '-x-')
    assert.equal(met(fromRequest(2, drop)), '-xx')
    assert.equal(met(anyOf(atRequest(1, drop), atRequest(3, drop))), 'x-x')
  })

  test('bySeed() breaks the same requests for the same seed, about one in so many', () => {
    const met = (seed: number): string[] => {
      const faults = bySeed(seed, 10)
      return Array.from({ length: 2_000 }, (_, number) => faults({ number, method: 'GET', path: '/', user: 'anna' }).do)
    }
    const broken = met(7).filter((what) => what !== 'pass').length
    assert.deepEqual(met(7), met(7))
    assert.notDeepEqual(met(7), met(8))
    assert.ok(broken > 140 && broken < 260, String(broken))
  })

  test('setFaults() changes them under a running client', async () => {
    await using rehearsed = await connectRehearsal()
    assert.equal(await rehearsed.cluster.get(REF), undefined)
    rehearsed.server.setFaults(() => ({ do: 'refuse', status: 404, reason: 'NotFound', message: 'no such page' }))
    await assert.rejects(rehearsed.cluster.read('/version'), isNotFound)
  })
})
