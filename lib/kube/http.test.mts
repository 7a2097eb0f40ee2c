import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answer, cut, hang, standIn, status } from '../../test/kube/standin.mts'
import type { Reaction, StandIn } from '../../test/kube/standin.mts'
import { mint, mintAuthority } from '../../test/proof/mint.mts'
import { Agent } from 'node:https'
import { DeployError } from '../error.mts'
import { Wire } from './http.mts'
import type { WireOptions, WireRequest } from './http.mts'
import { isLostAnswer } from './status.mts'

const READ: WireRequest = { act: 'read it', method: 'GET', path: '/it', purpose: 'read', repeatable: true }
const APPLY: WireRequest = {
  act: 'apply it',
  method: 'PATCH',
  path: '/it',
  body: '{}',
  purpose: 'write',
  repeatable: true,
}
const CREATE: WireRequest = {
  act: 'create it',
  method: 'POST',
  path: '/it',
  body: '{}',
  purpose: 'write',
  repeatable: false,
}
const BUSY = answer(503, status(503, 'ServiceUnavailable'))

function wireTo(server: StandIn, options: Partial<WireOptions> = {}): Wire {
  const agent = new Agent({ keepAlive: true, ca: server.authority.certificate })
  const access = {
    server: new URL(server.url),
    credentials: (fresh: boolean) => Promise.resolve({ agent, headers: { authorization: fresh ? 'new' : 'old' } }),
  }
  return new Wire({ access, signal: new AbortController().signal, timeout: 5_000, ...options })
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  return error instanceof DeployError ? error.code : error
}

describe('Wire.send()', { concurrency: 4 }, () => {
  for (const [what, request, reactions, sent] of [
    ['a read again after 503', READ, [BUSY, BUSY, answer(200, {})], 3],
    ['a read again after 502 and 504', READ, [answer(502, 'bad gateway'), answer(504, ''), answer(200, {})], 3],
    ['a read again after a broken connection', READ, [cut(), answer(200, {})], 2],
    ['an apply again after a broken connection', APPLY, [cut(), cut(), answer(200, {})], 3],
    ['an apply again after 503', APPLY, [BUSY, answer(200, {})], 2],
    ['a create again after 429, which came before anything was done', CREATE, [answer(429, ''), answer(200, {})], 2],
    ['a read again after ServerTimeout', READ, [answer(500, status(500, 'ServerTimeout')), answer(200, {})], 2],
  ] as [string, WireRequest, Reaction[], number][]) {
    test(`sends ${what}`, async () => {
      await using server = await standIn()
      server.react(...reactions)
      assert.equal((await wireTo(server).send(request)).status, 200)
      assert.equal(server.asked.length, sent)
    })
  }

  for (const [what, request, reaction, expected] of [
    ['a Status of 500 without reason', READ, answer(500, status(500, '', '.spec.x: field not declared')), 500],
    ['a 500 that is no Status', READ, answer(500, 'panic'), 500],
    ['a conflict', APPLY, answer(409, status(409, 'Conflict')), 409],
    ['a 404', READ, answer(404, ''), 404],
  ] as [string, WireRequest, Reaction, number][]) {
    test(`sends ${what} no second time`, async () => {
      await using server = await standIn()
      server.react(reaction)
      assert.equal((await wireTo(server).send(request)).status, expected)
      assert.equal(server.asked.length, 1)
    })
  }

  test('throws LostAnswer for a create whose connection broke, and sends it once', async () => {
    await using server = await standIn()
    server.react(cut())
    await assert.rejects(wireTo(server).send(CREATE), isLostAnswer)
    assert.equal(server.asked.length, 1)
  })

  test('throws LostAnswer for a create that a gateway answered', async () => {
    await using server = await standIn()
    server.react(answer(504, 'upstream timed out'))
    await assert.rejects(wireTo(server).send(CREATE), isLostAnswer)
    assert.equal(server.asked.length, 1)
  })

  test('throws LostAnswer for an apply that broke every time', async () => {
    await using server = await standIn()
    server.react(cut())
    await assert.rejects(wireTo(server).send(APPLY), isLostAnswer)
    assert.equal(server.asked.length, 5)
  })

  test('throws LostAnswer for a write that was not answered in time', async () => {
    await using server = await standIn()
    server.react(hang())
    await assert.rejects(wireTo(server, { timeout: 150 }).send(CREATE), isLostAnswer)
  })

  test('waits as long as Retry-After says', async () => {
    await using server = await standIn()
    server.react(answer(429, '', { 'retry-after': '1' }), answer(200, {}))
    const started = performance.now()
    await wireTo(server).send(READ)
    assert.ok(performance.now() - started >= 990)
  })

  test('gives a 429 back where Retry-After is beyond the deadline', async () => {
    await using server = await standIn()
    server.react(answer(429, '', { 'retry-after': '60' }))
    const started = performance.now()
    assert.equal((await wireTo(server).send(READ)).status, 429)
    assert.ok(performance.now() - started < 1_000)
  })

  test('ends at its deadline with unreachable', async () => {
    await using server = await standIn()
    server.react(hang())
    const started = performance.now()
    assert.equal(await codeOf(wireTo(server, { timeout: 300 }).send(READ)), 'unreachable')
    assert.ok(performance.now() - started < 1_000)
  })

  test('gives a read that hangs a second chance on another connection', async () => {
    await using server = await standIn()
    server.react(hang(), answer(200, {}))
    assert.equal((await wireTo(server, { timeout: 1_000 }).send(READ)).status, 200)
    assert.equal(server.connections(), 2)
  })

  test("throws the reason of the caller's signal, also while it waits to send again", async () => {
    await using server = await standIn()
    server.react(answer(429, '', { 'retry-after': '3' }))
    const stop = new AbortController()
    const reason = new DeployError({ code: 'out-of-time', says: 'x', next: 'y' })
    const asked = wireTo(server).send({ ...READ, signal: stop.signal })
    setTimeout(() => stop.abort(reason), 100)
    assert.equal(await codeOf(asked), 'out-of-time')
  })

  test("throws the reason of the connection's signal in the middle of a request", async () => {
    await using server = await standIn()
    server.react(hang())
    const stop = new AbortController()
    const asked = wireTo(server, { signal: stop.signal }).send(READ)
    setTimeout(() => stop.abort(new DeployError({ code: 'interrupted', says: 'x', next: 'y' })), 50)
    assert.equal(await codeOf(asked), 'interrupted')
  })

  test('sends nothing once the signal has aborted', async () => {
    await using server = await standIn()
    await assert.rejects(wireTo(server, { signal: AbortSignal.abort() }).send(READ))
    assert.equal(server.asked.length, 0)
  })

  test('asks for new credentials once after 401', async () => {
    await using server = await standIn()
    server.react(answer(401, ''), answer(200, {}))
    assert.equal((await wireTo(server).send(CREATE)).status, 200)
    assert.deepEqual(
      server.asked.map(({ headers }) => headers.authorization),
      ['old', 'new'],
    )
  })

  test('gives a second 401 back', async () => {
    await using server = await standIn()
    server.react(answer(401, ''))
    assert.equal((await wireTo(server).send(READ)).status, 401)
    assert.equal(server.asked.length, 2)
  })

  test('reuses one connection for fifty requests', async () => {
    await using server = await standIn()
    const wire = wireTo(server)
    for (let request = 0; request < 50; request += 1) await wire.send(READ)
    assert.equal(server.connections(), 1)
    assert.deepEqual(wire.sent, { reads: 50, writes: 0, dryRuns: 0 })
  })

  test('counts reads, writes and dry runs apart', async () => {
    await using server = await standIn()
    const wire = wireTo(server)
    await Promise.all([wire.send(READ), wire.send(CREATE), wire.send({ ...APPLY, purpose: 'dryRun' })])
    assert.deepEqual(wire.sent, { reads: 1, writes: 1, dryRuns: 1 })
  })

  test('sends the body of a DELETE whole, so that its precondition holds', async () => {
    await using server = await standIn()
    await wireTo(server).send({ ...CREATE, method: 'DELETE', body: '{"preconditions":{"uid":"ü"}}' })
    assert.equal(server.asked[0]?.body, '{"preconditions":{"uid":"ü"}}')
  })

  test('tells every Warning header', async () => {
    await using server = await standIn()
    server.react(answer(200, {}, { warning: ['299 - "one, with a comma"', '299 - "two \\"quoted\\""'] }))
    assert.deepEqual((await wireTo(server).send(READ)).warnings, ['one, with a comma', 'two "quoted"'])
  })

  test('keeps the path below which a server lives', async () => {
    await using server = await standIn()
    const wire = wireTo({ ...server, url: `${server.url}/k8s/clusters/c-1` })
    await wire.send({ ...READ, path: '/api/v1?limit=1' })
    assert.equal(server.asked[0]?.path, '/k8s/clusters/c-1/api/v1?limit=1')
  })

  test('tells that nobody listens', async () => {
    const server = await standIn()
    const wire = wireTo(server)
    await server[Symbol.asyncDispose]()
    assert.equal(await codeOf(wire.send(CREATE)), 'unreachable')
  })

  test('tells an expired certificate and sends nothing', async () => {
    await using server = await standIn({ certificate: (by) => mint(by, ['localhost'], { from: -10, to: -1 }) })
    assert.equal(await codeOf(wireTo(server).send(CREATE)), 'certificate-expired')
    assert.equal(server.asked.length, 0)
  })

  test('tells a certificate of an unknown authority', async () => {
    const other = await mintAuthority('other')
    await using server = await standIn({ certificate: () => mint(other, ['localhost']) })
    assert.equal(await codeOf(wireTo(server).send(READ)), 'certificate-untrusted')
  })

  test('tells a certificate of another host', async () => {
    await using server = await standIn({ certificate: (by) => mint(by, ['elsewhere.test']) })
    assert.equal(await codeOf(wireTo(server).send(READ)), 'certificate-untrusted')
  })
})
