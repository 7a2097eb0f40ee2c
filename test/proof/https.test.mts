import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { parseAddress } from '../../lib/proof/edge.mts'
import { reach } from '../../lib/proof/https.mts'
import type { Question } from '../../lib/proof/https.mts'
import { loadTrust } from '../../lib/proof/trust.mts'
import { host } from './reactbin.mts'
import { openWorld } from './world.mts'
import type { World } from './world.mts'

async function question(world: World, other: Partial<Question> = {}): Promise<Question> {
  const trust = await loadTrust({ caFile: world.caFile })
  const signal = AbortSignal.timeout(20_000)
  return { scheme: 'https', host, path: '/', address: parseAddress(world.https.address, 443), trust, signal, ...other }
}

test('reach() answers with status, headers, body and the verified certificate', async () => {
  await using world = await openWorld()
  const answer = await reach(await question(world, { path: '/docs' }))
  assert.equal(answer.state, 'answered')
  assert.equal(answer.status, 404)
  assert.equal(answer.headers['content-type'], 'application/json')
  assert.equal(answer.body, '{"detail":"Not Found"}')
  assert.equal(answer.certificate?.subjectAltName, `DNS:${host}`)
  assert.ok(answer.ms > 0 && answer.ms < 20_000)
})

test('reach() sends the name, not the address, and as curl does the port where it is not the usual one', async () => {
  await using world = await openWorld()
  const asked = new Promise((resolve) => {
    world.https.routes.set('/', ({ headers }, response) => {
      resolve(headers.host)
      response.end()
    })
  })
  await reach(await question(world))
  assert.equal(await asked, `${host}:${world.https.port}`)
})

test('reach() opens a connection of its own for every question', async () => {
  await using world = await openWorld()
  await reach(await question(world))
  await reach(await question(world))
  assert.equal(world.https.connections(), 2)
})

test('reach() keeps the first 64 KiB', async () => {
  await using world = await openWorld()
  world.https.routes.set('/', { body: 'x'.repeat(1_000_000) })
  const answer = await reach(await question(world))
  assert.equal(answer.state === 'answered' && answer.body.length, 65_536)
})

test('reach() gives up at its limit, also where the answer stalls half-way', async () => {
  await using world = await openWorld()
  for (const stall of ['', 'half of ']) {
    world.https.routes.set('/', (_request, response) => void (stall !== '' && response.write(stall)))
    const answer = await reach(await question(world, { limit: 200 }))
    assert.equal(answer.state === 'refused' && answer.code, 'ETIMEDOUT')
    assert.match(answer.state === 'refused' ? answer.says : '', /^no answer from 127\.0\.0\.1:\d+ within 0\.2 s$/)
  }
})

test('reach() gives up at its limit where the server never speaks', async () => {
  await using world = await openWorld()
  const mute = createServer().listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const { port } = mute.address() as AddressInfo
  const answer = await reach(await question(world, { address: { host: '127.0.0.1', port }, limit: 200 }))
  mute.close()
  assert.equal(answer.state === 'refused' && answer.code, 'ETIMEDOUT')
})

test('reach() throws the reason of its signal', async () => {
  await using world = await openWorld()
  const stop = new AbortController()
  world.https.routes.set('/', () => stop.abort(new Error('enough')))
  await assert.rejects(reach(await question(world, { signal: stop.signal })), /enough/)
})

test('reach() says that plain HTTP is no TLS', async () => {
  await using world = await openWorld()
  const answer = await reach(await question(world, { address: parseAddress(world.http.address, 443) }))
  assert.match(answer.state === 'refused' ? answer.says : '', /does not speak TLS/)
})

test('reach() resolves a load balancer that is known by name', async () => {
  await using world = await openWorld()
  const answer = await reach(await question(world, { address: { host: 'localhost', port: world.https.port } }))
  assert.equal(answer.state, 'answered')
})

test('reach() tells the certificate it refused', async () => {
  await using world = await openWorld()
  const answer = await reach(await question(world, { host: 'other.test' }))
  assert.equal(answer.state === 'refused' && answer.code, 'ERR_TLS_CERT_ALTNAME_INVALID')
  assert.equal(answer.certificate?.subjectAltName, `DNS:${host}`)
})
