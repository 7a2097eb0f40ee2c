import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { repeatOf } from '../../lib/proof/repeat.mts'
import type { ProofSpec } from '../../lib/proof/spec.mts'
import { fakeCluster } from './fake.mts'
import { apiService, apiWorkload, bucketJob, host, minioService, namespace, tlsSecret } from './reactbin.mts'
import { openWorld, proveOne } from './world.mts'

const run = promisify(execFile)
const { cluster } = fakeCluster()
const health = { kind: 'serves', name: 'health', host, path: '/api/v1/health', status: 200 } as const
const edge = { https: { host: '10.0.0.4', port: 443 }, http: { host: '10.0.0.4', port: 80 } }

const LINES: [spec: ProofSpec, line: string][] = [
  [health, `curl -sS --noproxy ${host} --resolve ${host}:443:10.0.0.4 https://${host}/api/v1/health`],
  [
    { ...health, scheme: 'http' },
    `curl -sS --noproxy ${host} --resolve ${host}:80:10.0.0.4 http://${host}/api/v1/health`,
  ],
  [
    { kind: 'redirects', name: 'r', host, path: '/' },
    `curl -sSi --noproxy ${host} --resolve ${host}:80:10.0.0.4 http://${host}/`,
  ],
  [
    { kind: 'inside', name: 'docs', service: apiService, port: 8000, path: '/docs', status: 404 },
    'kubectl --context kind-test get --raw /api/v1/namespaces/reactbin/services/api:8000/proxy/docs',
  ],
  [
    { kind: 'job-done', name: 'b', job: bucketJob },
    `kubectl --context kind-test -n reactbin get job/${bucketJob.name} -o wide`,
  ],
  [
    { kind: 'migrated', name: 'm', workload: apiWorkload, container: 'alembic-migrate' },
    'kubectl --context kind-test -n reactbin logs deployment/api -c alembic-migrate',
  ],
  [
    { kind: 'fresh', name: 'f', workload: apiWorkload },
    'kubectl --context kind-test -n reactbin describe deployment/api',
  ],
  [
    { kind: 'unreachable', name: 'MinIO', service: minioService },
    'kubectl --context kind-test -n reactbin get ingress,service,endpointslice,pod -o wide',
  ],
  [{ kind: 'dns', name: 'dns', host }, `nslookup ${host}`],
]

for (const [spec, line] of LINES) {
  test(`repeatOf() ${spec.kind}`, () => {
    assert.equal(repeatOf(spec, { cluster, home: namespace, edge: {} }, edge), line)
  })
}

test('repeatOf() leaves resolving to DNS while no address is known', () => {
  assert.equal(
    repeatOf(health, { cluster, home: namespace, edge: {} }, undefined),
    `curl -sS https://${host}/api/v1/health`,
  )
})

test('repeatOf() connects to a load balancer by its name, and quotes what a shell would change', () => {
  const line = repeatOf(
    { ...health, path: "/a b'c" },
    { cluster, home: namespace, edge: { caFile: '/my certs/ca.crt' } },
    { https: { host: 'lb.example.com', port: 443 }, http: { host: 'lb.example.com', port: 80 } },
  )
  assert.equal(
    line,
    `curl -sS --noproxy ${host} --connect-to ${host}:443:lb.example.com:443 --cacert '/my certs/ca.crt' 'https://${host}/a b'\\''c'`,
  )
})

test('repeatOf() prints curl commands that give the same answers', async () => {
  await using world = await openWorld()
  const certificate: ProofSpec = { kind: 'certificate', name: 'c', host, secret: tlsSecret }
  assert.match(await curl(health), /"build":"abc"/)
  assert.match(await curl({ kind: 'absent', name: 'docs', host, path: '/docs' }), /^HTTP\/1\.1 404 /)
  assert.match(await curl({ kind: 'fallback', name: 'spa', host, path: '/nowhere' }), /<title>reactbin<\/title>/)
  assert.match(await curl({ kind: 'redirects', name: 'r', host, path: '/' }), /location: https:\/\/reactbin\.test\//)
  assert.match(await curl(certificate), /SSL certificate verify ok/)

  async function curl(spec: ProofSpec): Promise<string> {
    const { state, repeat } = await proveOne(world, spec)
    assert.equal(state, 'passed')
    const { stdout, stderr } = await run('sh', ['-c', repeat])
    return stdout + stderr
  }
})

test('repeatOf() prints a curl command that refuses what was refused', async () => {
  await using world = await openWorld()
  world.target = { ...world.target, edge: { address: world.https.address } }
  const { state, repeat } = await proveOne(world, health)
  assert.equal(state, 'failed')
  await assert.rejects(run('sh', ['-c', repeat]), { code: 60 })
})
