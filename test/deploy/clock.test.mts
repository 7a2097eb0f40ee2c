import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startClock } from '../../lib/deploy/clock.mts'
import { DeployError } from '../../lib/error.mts'

suite('startClock()', () => {
  test('startClock() aborts at its limit, with out-of-time, and not before', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    using clock = startClock(120_000)
    context.mock.timers.tick(119_999)
    assert.equal(clock.signal.aborted, false)
    context.mock.timers.tick(1)
    const { reason } = clock.signal as { reason: unknown }
    assert.ok(reason instanceof DeployError)
    assert.equal(reason.code, 'out-of-time')
    assert.equal(reason.exit, 4)
    assert.match(reason.message, /within 120 s/)
  })

  test('startClock() aborts with the lock or the operator, and keeps their reason', () => {
    const lock = new AbortController()
    const operator = new AbortController()
    using clock = startClock(1_000, lock.signal, operator.signal)
    const reason = new DeployError({ code: 'lock-lost', says: 'gone', next: '' })
    lock.abort(reason)
    operator.abort(new DeployError({ code: 'interrupted', says: 'enough', next: '' }))
    assert.equal(clock.signal.reason, reason)
  })

  test('startClock() keeps the first reason where the time is up later', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const operator = new AbortController()
    using clock = startClock(1_000, operator.signal)
    const reason = new DeployError({ code: 'interrupted', says: 'enough', next: '' })
    operator.abort(reason)
    context.mock.timers.tick(1_000)
    assert.equal(clock.signal.reason, reason)
  })

  test('startClock() never aborts once it is disposed, so that the process can end', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const clock = startClock(1_000)
    clock[Symbol.dispose]()
    context.mock.timers.tick(10_000)
    assert.equal(clock.signal.aborted, false)
  })

  test('startClock() counts on the monotonic clock, which nobody sets', (context) => {
    context.mock.timers.enable({ apis: ['Date'], now: 0 })
    using clock = startClock(60_000)
    context.mock.timers.setTime(3_600_000)
    assert.ok(clock.elapsed() < 1_000)
    assert.ok(clock.remaining() > 59_000)
    assert.equal(clock.limit, 60_000)
  })

  test('startClock() never has less than nothing remaining', () => {
    using clock = startClock(0)
    assert.equal(clock.remaining(), 0)
  })
})
