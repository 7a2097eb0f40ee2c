import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import http from 'node:http'
import { connect as dial } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { connectTo, kubeconfig, temporaryFolder } from '../../test/kube/kubeconfig.mts'
import { answer, standIn, status } from '../../test/kube/standin.mts'
import { mint } from '../../test/proof/mint.mts'
import { DeployError } from '../error.mts'
import { connect } from './connect.mts'

const VERSION = answer(200, { gitVersion: 'v1.35.4' })

async function failure(work: Promise<unknown>): Promise<DeployError> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof DeployError)) throw error
  return error
}

/** A plugin that hands out `token-1`, `token-2`, …: a shell script, as they come. */
function plugin(folder: string, status = '"token": "token-\'"$n"\'"'): string {
  return `#!/bin/sh
echo run >> ${folder}/runs; n=$(wc -l < ${folder}/runs | tr -d ' ')
echo "$KUBERNETES_EXEC_INFO" > ${folder}/info
printf '%s' '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{${status}}}'
`
}

describe('connect()', { concurrency: 4 }, () => {
  test('says where requests go', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    await using cluster = await connectTo(server, folder)
    assert.deepEqual(cluster.where, { context: 'test', server: server.url, user: 'u', namespace: 'home' })
    assert.equal(server.asked.length, 0)
  })

  test('sends a token', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    server.react(VERSION)
    await using cluster = await connectTo(server, folder)
    assert.equal(await cluster.version(), 'v1.35.4')
    assert.equal(server.asked[0]?.headers.authorization, 'Bearer t0ken')
  })

  test('sends name and password', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    server.react(VERSION)
    await using cluster = await connectTo(server, folder, { user: { username: 'me', password: 'pw' } })
    await cluster.version()
    assert.equal(server.asked[0]?.headers.authorization, `Basic ${Buffer.from('me:pw').toString('base64')}`)
  })

  test('reads a token file, its line end left out, and says as whom and which groups it acts', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    server.react(VERSION)
    await folder.write('token', 'from-file\n')
    const user = { tokenFile: 'token', token: 'ignored', as: 'deployer', 'as-groups': ['a', 'b'] }
    await using cluster = await connectTo(server, folder, { user })
    await cluster.version()
    const headers = server.asked[0]?.headers
    assert.equal(headers?.authorization, 'Bearer from-file')
    assert.equal(headers?.['impersonate-user'], 'deployer')
    assert.equal(headers?.['impersonate-group'], 'a, b')
  })

  test('asks an exec plugin beside the kubeconfig, tells it what kubectl tells, and asks it again after 401', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    server.react(VERSION, answer(401, status(401, 'Unauthorized')), VERSION)
    await folder.write('plugin', plugin(folder.path))
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', interactiveMode: 'Never' }
    await using cluster = await connectTo(server, folder, { user: { exec } })
    await cluster.version()
    await new Promise((done) => setTimeout(done, 1_100))
    await cluster.version()
    assert.deepEqual(
      server.asked.map(({ headers }) => headers.authorization),
      ['Bearer token-1', 'Bearer token-1', 'Bearer token-2'],
    )
    const { readFileSync } = await import('node:fs')
    assert.match(readFileSync(`${folder.path}/info`, 'utf8'), /"kind":"ExecCredential".*"interactive":false/)
  })

  test('tells what a failing exec plugin said', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    await folder.write('plugin', '#!/bin/sh\necho "your session has ended" >&2\nexit 1\n')
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', installHint: 'run: cloud login' }
    const error = await failure(connectTo(server, folder, { user: { exec } }))
    assert.equal(error.code, 'unauthorized')
    assert.match(error.message, /user u of context test: your session has ended/)
    assert.equal(error.next, 'run: cloud login')
  })

  test('tells that an exec plugin is not installed', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin-of-landfall' }
    const error = await failure(connectTo(server, folder, { user: { exec } }))
    assert.equal(error.code, 'unauthorized')
    assert.match(error.message, /no-such-plugin-of-landfall/)
  })

  test('does not outlive its signal while a plugin hangs', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    await folder.write('plugin', '#!/bin/sh\nexec sleep 5\n')
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin' }
    const started = performance.now()
    await assert.rejects(connectTo(server, folder, { user: { exec }, signal: AbortSignal.timeout(200) }))
    assert.ok(performance.now() - started < 3_000)
  })

  test('says unauthorized after a second 401', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    server.react(answer(401, status(401, 'Unauthorized')))
    await using cluster = await connectTo(server, folder)
    assert.equal((await failure(cluster.version())).code, 'unauthorized')
  })

  test('says certificate-expired where a 401 comes with a client certificate that has ended', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    server.react(answer(401, status(401, 'Unauthorized')))
    const mine = await mint(server.authority, ['me'], { from: -10, to: -1 })
    const encoded = (pem: string): string => Buffer.from(pem).toString('base64')
    const user = { 'client-certificate-data': encoded(mine.certificate), 'client-key-data': encoded(mine.key) }
    await using cluster = await connectTo(server, folder, { user })
    const error = await failure(cluster.version())
    assert.equal(error.code, 'certificate-expired')
    assert.match(error.message, /Cannot log in as u: the client certificate ended on/)
  })

  test('trusts nobody but the authority of the context', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    const file = await folder.write('config', kubeconfig({ server: server.url }))
    await using cluster = await connect({ kubeconfig: file, signal: new AbortController().signal, env: {} })
    assert.equal((await failure(cluster.version())).code, 'certificate-untrusted')
  })

  test('checks the certificate against tls-server-name', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn({ certificate: (by) => mint(by, ['inside.test']) })
    server.react(VERSION)
    await using refused = await connectTo(server, folder)
    assert.equal((await failure(refused.version())).code, 'certificate-untrusted')
    await using cluster = await connectTo(server, folder, { cluster: { 'tls-server-name': 'inside.test' } })
    assert.equal(await cluster.version(), 'v1.35.4')
  })

  test('checks no certificate where the context says so', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    server.react(VERSION)
    const cluster = { 'insecure-skip-tls-verify': true }
    const file = await folder.write('config', kubeconfig({ server: server.url, cluster }))
    await using connection = await connect({ kubeconfig: file, signal: new AbortController().signal, env: {} })
    assert.equal(await connection.version(), 'v1.35.4')
  })

  test("goes through the context's proxy-url, and keeps the connection", async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    await using proxy = await connectProxy()
    server.react(VERSION)
    await using cluster = await connectTo(server, folder, { cluster: { 'proxy-url': proxy.url } })
    await cluster.version()
    await cluster.version()
    assert.deepEqual(proxy.tunnels, [new URL(server.url).host])
  })

  test('speaks plain HTTP where the server is one', async () => {
    await using folder = await temporaryFolder()
    const server = http.createServer((_request, response) => response.end('{"gitVersion":"plain"}'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const file = await folder.write('config', kubeconfig({ server: url }))
    await using cluster = await connect({ kubeconfig: file, signal: new AbortController().signal, env: {} })
    assert.equal(await cluster.version(), 'plain')
    server.close()
  })

  test('loads client-node only when it connects', () => {
    const script = `
      const { registerHooks } = await import('node:module')
      const asked = []
      registerHooks({ resolve: (name, context, next) => (asked.push(name), next(name, context)) })
      await import(${JSON.stringify(new URL('connect.mts', import.meta.url).href)})
      process.stdout.write(JSON.stringify(asked))`
    const { stdout, status: code } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    assert.equal(code, 0)
    const asked = JSON.parse(stdout) as string[]
    assert.ok(asked.some((name) => name.endsWith('connect.mts')))
    assert.ok(!asked.includes('@kubernetes/client-node'))
  })
})

interface Proxy extends AsyncDisposable {
  url: string
  tunnels: string[]
}

async function connectProxy(): Promise<Proxy> {
  const tunnels: string[] = []
  const server = http.createServer()
  server.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '')
    const upstream = dial(Number((request.url ?? '').split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    socket.on('error', () => upstream.destroy())
    upstream.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
