import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { assertExit } from './reactbin.mts'
import { onStage } from './stage.mts'
import { landfall } from './world.mts'

const AT = ['-n', 'reactbin'] as const

/** Verify fails and says which proof it was; afterwards a deploy puts everything right again. */
async function assertVerifyFails(words: RegExp): Promise<void> {
  const verified = await landfall('verify.mts')
  assertExit(verified, 1)
  assert.match(verified.stderr, words)
  assert.match(verified.stderr, /✖ proof-failed/)
}

async function repair(): Promise<void> {
  assertExit(await landfall('deploy.mts', ['--tag', 'abd', '--force-conflicts']), 0)
}

const LEAK = (type: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'leak', namespace: 'reactbin' },
  spec: { type, selector: { app: 'minio' }, ports: [{ port: 9000, targetPort: 9000 }] },
})

const LEAKING_INGRESS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'leak', namespace: 'reactbin' },
  spec: {
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'leak.localhost',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'minio', port: { number: 9000 } } } }],
        },
      },
    ],
  },
}

describe('a proof that cannot fail is no proof', { concurrency: 1 }, () => {
  test('RB-04 verify fails where the docs are switched on, a plain deploy refuses the conflict, --force-conflicts mends it', async () => {
    const { kubectl } = onStage()
    await kubectl(...AT, 'set', 'env', 'deployment/api', '-c', 'api', 'API_DOCS_ENABLED=true')
    await kubectl(...AT, 'rollout', 'status', 'deployment/api', '--timeout=90s')
    await assertVerifyFails(/no \/docs/)
    const refused = await landfall('deploy.mts', ['--tag', 'abd'])
    assertExit(refused, 3)
    assert.match(refused.stderr, /✖ conflict/)
    assert.match(refused.stderr, /kubectl-set/)
    await repair()
  })

  test('RB-15 verify fails where MinIO is behind a NodePort', async () => {
    const { kubectl } = onStage()
    await kubectl.feed(JSON.stringify(LEAK('NodePort')), 'apply', '-f', '-')
    await assertVerifyFails(/minio unreachable.*NodePort|NodePort.*leak|leak.*NodePort/s)
    await kubectl(...AT, 'delete', 'service', 'leak')
  })

  test('RB-15 verify fails where an Ingress path leads to MinIO', async () => {
    const { kubectl } = onStage()
    await kubectl.feed(JSON.stringify(LEAKING_INGRESS), 'apply', '-f', '-')
    await assertVerifyFails(/minio unreachable.*leak/s)
    await kubectl(...AT, 'delete', 'ingress', 'leak')
  })

  test('RB-07 verify fails where the certificate is not one that is trusted', async () => {
    const { kubectl } = onStage()
    const kept = await kubectl(...AT, 'get', 'secret', 'reactbin-tls', '-o', 'json')
    const { certificate, key } = await selfMade()
    const data = {
      'tls.crt': Buffer.from(certificate).toString('base64'),
      'tls.key': Buffer.from(key).toString('base64'),
    }
    await kubectl(...AT, 'patch', 'secret', 'reactbin-tls', '-p', JSON.stringify({ data }))
    await untilServed(certificate)
    await assertVerifyFails(/certificate/)
    const before = JSON.parse(kept) as { data: Record<string, string> }
    await kubectl(...AT, 'patch', 'secret', 'reactbin-tls', '-p', JSON.stringify({ data: before.data }))
    await untilServed(Buffer.from(before.data['tls.crt'] ?? '', 'base64').toString())
  })

  test('RB-17 verify fails where an old build answers', async () => {
    const { kubectl } = onStage()
    await kubectl(...AT, 'set', 'image', 'deployment/api', 'api=reactbin-api:abc')
    await kubectl(...AT, 'rollout', 'status', 'deployment/api', '--timeout=90s')
    await assertVerifyFails(/build abc/)
    await repair()
    assertExit(await landfall('verify.mts'), 0)
  })
})

async function selfMade(): Promise<{ certificate: string; key: string }> {
  const { mint, mintAuthority } = await import('../proof/mint.mts')
  return mint(await mintAuthority('nobody that is trusted'), ['reactbin.localhost'])
}

/** Waits until the ingress controller has taken the certificate over; it watches the Secret itself. */
async function untilServed(certificate: string): Promise<void> {
  const { X509Certificate } = await import('node:crypto')
  const { connect } = await import('node:tls')
  const { https } = onStage().host.ingress
  const wanted = new X509Certificate(certificate).fingerprint256
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    // Only looks at what is presented; nothing is sent and nothing is trusted.
    const socket = connect({
      host: '127.0.0.1',
      port: https,
      servername: 'reactbin.localhost',
      rejectUnauthorized: false,
    })
    await once(socket, 'secureConnect')
    const served = socket.getPeerX509Certificate()?.fingerprint256
    socket.destroy()
    if (served === wanted) return
  }
  assert.fail('the ingress controller never presented the new certificate')
}
