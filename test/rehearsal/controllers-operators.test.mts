import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import type { Live } from '../../lib/kube/object.mts'
import type { Ingress, ResourceQuota, Secret } from '../../lib/kube/schema/types.mts'
import type { CertificateTrouble, VaultTrouble } from '../../lib/rehearsal/stage/stage.mts'
import { site } from '../../lib/stacks/parts/site.mts'
import { vaultAuth, vaultSecret } from '../../lib/stacks/parts/vault.mts'
import { told } from '../health/pods.mts'
import { deployment, made, pod, web } from '../record/made.mts'
import { openScene, type Scene } from './playing.mts'

const AUTH = vaultAuth({ name: 'auth', mount: 'kubernetes', role: 'demo', audience: 'vault' })
const COPY = vaultSecret({
  name: 'copy',
  auth: 'auth',
  mount: 'secret',
  path: 'demo/api',
  refreshAfter: '30s',
  secret: 'api-env',
})
const SECRET = { apiVersion: 'v1', kind: 'Secret', namespace: 'demo' }

function since(scene: Scene, object: Live, began: number): string {
  return told(judge({ object, since: began }, scene.snapshot()))
}

describe('the Vault operator', () => {
  const vaultScene = (troubles: readonly VaultTrouble[] = [], data = { 'secret/demo/api': { KEY: 'value' } }): Scene =>
    openScene('demo', { vault: { data, troubles } })

  test('startVault() copies a path into a Secret, and looks again as often as it is told', () => {
    const data: Record<string, Record<string, string>> = { 'secret/demo/api': { KEY: 'one' } }
    using scene = openScene('demo', { vault: { data } })
    const began = scene.time.now()
    scene.apply(AUTH)
    const subject = scene.apply(COPY)
    scene.time.advance(6_000)
    assert.equal(since(scene, subject, began), 'ready 1 key')
    const value = (): string =>
      Buffer.from(scene.store.get<Secret>({ ...SECRET, name: 'api-env' })?.data?.['KEY'] ?? '', 'base64').toString()
    assert.equal(value(), 'one')
    data['secret/demo/api'] = { KEY: 'two' }
    scene.time.advance(31_000)
    assert.equal(value(), 'two')
  })

  const rows: readonly { what: string; trouble: VaultTrouble; verdict: string }[] = [
    {
      what: 'a role that Vault does not know',
      trouble: {
        kind: 'VaultStaticSecret',
        reason: 'VaultClientConfigError',
        says: 'Failed to get Vault auth login: Error making API request. Code: 400. Errors: * invalid role name "demo"',
      },
      verdict: 'doomed vault-failed',
    },
    {
      what: 'a Vault that does not answer',
      trouble: {
        kind: 'VaultAuth',
        reason: 'VaultClientConfigError',
        says: 'dial tcp 10.96.0.7:8200: connect: connection refused',
      },
      verdict: 'progressing waiting for the VaultAuth (vault-failed)',
    },
  ]
  for (const { what, trouble, verdict } of rows) {
    test(`startVault() says what the operator says of ${what}`, () => {
      using scene = vaultScene([trouble])
      const began = scene.time.now()
      scene.apply(AUTH)
      const subject = scene.apply(COPY)
      scene.time.advance(15_000)
      assert.equal(since(scene, subject, began), verdict)
      assert.equal(scene.store.get({ ...SECRET, name: 'api-env' }), undefined)
    })
  }

  test('startVault() finds a path without data, and a Secret that is somebody else’s', () => {
    using empty = vaultScene([], {} as never)
    empty.apply(AUTH)
    const began = empty.time.now()
    const missing = empty.apply(COPY)
    empty.time.advance(15_000)
    assert.equal(since(empty, missing, began), 'doomed vault-failed')
    using taken = vaultScene()
    taken.apply(made('Secret', 'api-env', { stringData: { KEY: 'mine' } }))
    taken.apply(AUTH)
    const disowned = taken.apply(COPY)
    taken.time.advance(8_000)
    assert.equal(since(taken, disowned, began), 'doomed vault-failed')
    assert.equal(
      taken.store.get<Secret>({ ...SECRET, name: 'api-env' })?.data?.['KEY'],
      Buffer.from('mine').toString('base64'),
    )
  })
})

describe('cert-manager', () => {
  const edge = (issuer: string): Ingress =>
    site({ name: 'site', host: 'demo.test', className: 'nginx', routes: [], tls: { secretName: 'demo-tls', issuer } })
  const certificateOf = (scene: Scene): Live => {
    const found = scene.store.get({
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      namespace: 'demo',
      name: 'demo-tls',
    })
    assert.ok(found !== undefined)
    return found
  }
  const played = (trouble?: CertificateTrouble, issuer = 'letsencrypt-prod'): { scene: Scene; began: number } => {
    const scene = openScene('demo', { certificates: { troubles: trouble === undefined ? [] : [trouble] } })
    const began = scene.time.now()
    scene.apply(edge(issuer))
    scene.time.advance(10_000)
    return { scene, began }
  }

  test('startCertificates() issues what an Ingress asks for', () => {
    const { scene, began } = played()
    using _ = scene
    assert.equal(since(scene, certificateOf(scene), began), 'ready issued')
    assert.deepEqual(Object.keys(scene.store.get<Secret>({ ...SECRET, name: 'demo-tls' })?.data ?? {}), [
      'tls.crt',
      'tls.key',
    ])
  })

  const rows: readonly { what: string; trouble?: CertificateTrouble; issuer?: string; verdict: RegExp }[] = [
    {
      what: 'a challenge that nobody can see',
      trouble: { state: 'stuck', says: 'Waiting for HTTP-01 challenge propagation: wrong status code 404' },
      verdict: /^progressing issuing: .*challenge demo\.test pending.*\(certificate-failed\)$/,
    },
    {
      what: 'an order that is refused',
      trouble: { state: 'failed', says: 'acme: authorization error for demo.test: 403' },
      verdict: /^doomed certificate-failed$/,
    },
    {
      what: 'an issuer that is not there',
      issuer: 'nobody',
      verdict: /^progressing issuing: requested \(certificate-failed\)$/,
    },
  ]
  for (const { what, trouble, issuer, verdict } of rows) {
    test(`startCertificates() gets no further than ${what}`, () => {
      const { scene, began } = played(trouble, issuer)
      using _ = scene
      assert.match(since(scene, certificateOf(scene), began), verdict)
      assert.equal(scene.store.get({ ...SECRET, name: 'demo-tls' }), undefined)
    })
  }
})

describe('what the cluster lacks', () => {
  test('startIngresses() publishes no address for a class that is not there', () => {
    using scene = openScene('demo')
    const lost = site({ name: 'site', host: 'demo.test', className: 'traefik', routes: [], tls: { secretName: 'tls' } })
    scene.apply(lost)
    scene.time.advance(5_000)
    const ref = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'demo', name: 'site' }
    assert.equal(scene.store.get<Ingress>(ref)?.status?.loadBalancer?.ingress, undefined)
  })

  test('startQuotas() counts pods, and frees what has gone', () => {
    using scene = openScene('demo', { images: [{ image: /busybox/, present: true }] })
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace: 'demo', name: 'small' }
    scene.apply(made('ResourceQuota', 'small', { spec: { hard: { pods: '4' } } }))
    const subject = scene.apply(deployment(pod(web())))
    const used = (): unknown => scene.store.get<ResourceQuota>(quota)?.status?.used
    scene.time.advance(3_000)
    assert.deepEqual(used(), { pods: '1' })
    scene.remove(subject)
    scene.time.advance(5_000)
    assert.deepEqual(used(), { pods: '0' })
  })
})
