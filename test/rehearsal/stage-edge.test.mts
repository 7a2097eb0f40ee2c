import assert from 'node:assert/strict'
import { request as plainly } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as securely } from 'node:https'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { openEdge } from '../../lib/rehearsal/stage/edge.mts'
import { makeAuthority } from '../../lib/rehearsal/stage/authority.mts'
import { serviceAnswer } from '../../lib/rehearsal/controllers/serving.mts'
import { makeStage } from '../../lib/rehearsal/stage/stage.mts'
import { site } from '../../lib/stacks/parts/site.mts'
import { deployment, pod } from '../record/made.mts'
import { openScene } from './playing.mts'

const HOST = 'demo.test'

interface Heard {
  status: number | undefined
  location: string | undefined
  body: string
}

async function ask(ask: typeof plainly, address: string, path: string, ca = ''): Promise<Heard> {
  const [host = '', port = ''] = address.split(':')
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const options = { host, port, path, servername: HOST, ca, headers: { host: HOST }, agent: false as const }
  ask(options, resolve).on('error', reject).end()
  const response = await promise
  return { status: response.statusCode, location: response.headers.location, body: await text(response) }
}

test('openEdge() serves an Ingress under its own certificate, by the longest path, and sends plain HTTP there', async () => {
  const authority = await makeAuthority(Date.now())
  const pair = await authority.mint([HOST])
  const serves = [{ path: '/', status: 200, body: 'from {name}' }]
  using scene = openScene('demo', {
    certificates: { mint: () => pair },
    parts: [{ plays: { serves } }],
    state: new Map([['name', 'the pod']]),
  })
  const route = { path: '/', service: 'api', port: 80 }
  const nobody = { path: '/gone/', service: 'gone', port: 80 }
  const tls = { secretName: 'demo-tls', issuer: 'letsencrypt-prod' }
  scene.apply(site({ name: 'site', host: HOST, className: 'nginx', routes: [route, nobody], tls }))
  const service = { selector: { app: 'api' }, ports: [{ port: 80, targetPort: 8000 }] }
  scene.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'api' }, spec: service } as never)
  scene.apply(deployment(pod({ name: 'api', image: 'api:1', ports: [{ containerPort: 8000 }] })))
  scene.time.advance(10_000)
  const fallback = await authority.mint(['somebody.else'])
  const answer = (asked: Parameters<typeof serviceAnswer>[2]) => serviceAnswer(scene.store, scene, asked)
  await using edge = await openEdge({ store: scene.store, answer, fallback })
  const { certificate } = authority
  assert.deepEqual(await ask(securely, edge.address, '/x?y=1', certificate), {
    status: 200,
    location: undefined,
    body: 'from the pod',
  })
  assert.equal((await ask(securely, edge.address, '/gone/x', certificate)).status, 503)
  const { status, location } = await ask(plainly, edge.httpAddress, '/x?y=1')
  assert.deepEqual([status, location], [308, `https://${HOST}/x?y=1`])
})

test('openEdge() shows its fallback while the certificate is not there, which no client takes', async () => {
  const authority = await makeAuthority(Date.now())
  const fallback = await authority.mint(['somebody.else'])
  using scene = openScene('demo')
  await using edge = await openEdge({ store: scene.store, answer: () => undefined, fallback })
  await assert.rejects(ask(securely, edge.address, '/', authority.certificate), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
})

test('makeStage() takes an authority that needs time to mint', async () => {
  const authority = await makeAuthority(Date.now())
  const stage = makeStage({ certificates: { mint: authority.mint } })
  const pair = await stage.certificates.mint([HOST])
  assert.match(pair['tls.crt'], /BEGIN CERTIFICATE[^]*BEGIN CERTIFICATE/)
})
