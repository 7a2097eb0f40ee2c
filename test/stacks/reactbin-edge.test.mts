import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { find, reactbinWith } from './rendered.mts'

const desired = reactbinWith({ own: { domain: 'bin.acme.dev' } })
const uiPod = find(desired, 'Deployment/ui').spec?.template.spec

suite('reactbin UI and edge', () => {
  const ingress = find(desired, 'Ingress/reactbin')

  test('RB-05 Deployment ui runs one replica on port 8080 http as user 101, with liveness on / (10/30) and readiness', () => {
    const container = uiPod?.containers[0]
    assert.equal(find(desired, 'Deployment/ui').spec?.replicas, 1)
    assert.equal(container?.image, 'reactbin-ui:abc')
    assert.deepEqual(container?.ports, [{ name: 'http', containerPort: 8080 }])
    assert.equal(uiPod?.securityContext?.runAsUser, 101)
    assert.deepEqual(container?.livenessProbe, {
      httpGet: { path: '/', port: 8080 },
      initialDelaySeconds: 10,
      periodSeconds: 30,
    })
    assert.deepEqual(container?.readinessProbe?.httpGet, { path: '/', port: 8080 })
    assert.deepEqual(find(desired, 'Service/ui').spec?.ports, [{ name: 'http', port: 8080, targetPort: 8080 }])
  })

  test('RB-05 / is proven to be 200 from the new pods, and unknown paths to serve the index page', () => {
    assert.ok(
      desired.proofs.some(
        (proof) => proof.kind === 'serves' && proof.path === '/' && proof.backedBy?.image === 'reactbin-ui:abc',
      ),
    )
    assert.ok(desired.proofs.some((proof) => proof.kind === 'fallback'))
  })

  test('RB-04 RB-06 the one Ingress sends /api/ before / to the API and the UI, and /docs to the API', () => {
    const to = (name: string, number: number) => ({ service: { name, port: { number } } })
    assert.deepEqual(ingress.spec?.rules, [
      {
        host: 'bin.acme.dev',
        http: {
          paths: [
            { path: '/api/', pathType: 'Prefix', backend: to('api', 8000) },
            { path: '/docs', pathType: 'Exact', backend: to('api', 8000) },
            { path: '/docs/', pathType: 'Prefix', backend: to('api', 8000) },
            { path: '/', pathType: 'Prefix', backend: to('ui', 8080) },
          ],
        },
      },
    ])
  })

  test('RB-06 class, host, TLS Secret and issuer stand in the Ingress', () => {
    assert.equal(ingress.spec?.ingressClassName, 'nginx')
    assert.deepEqual(ingress.spec?.tls, [{ hosts: ['bin.acme.dev'], secretName: 'reactbin-tls' }])
    assert.deepEqual(ingress.metadata.annotations, {
      'cert-manager.io/cluster-issuer': 'letsencrypt-prod',
      'nginx.ingress.kubernetes.io/ssl-redirect': 'true',
    })
  })

  test('RB-06 another class gets no annotation of nginx, an existing certificate none of cert-manager', () => {
    const other = reactbinWith({ own: { ingress: { className: 'traefik' }, tls: { issuer: 'staging' } } })
    assert.deepEqual(find(other, 'Ingress/reactbin').metadata.annotations, {
      'cert-manager.io/cluster-issuer': 'staging',
    })
    const existing = reactbinWith({
      own: { ingress: { className: 'traefik' }, tls: { from: 'existing', secretName: 'mine' } },
    })
    assert.equal(find(existing, 'Ingress/reactbin').metadata.annotations, undefined)
    assert.deepEqual(existing.secrets.at(-1), { namespace: 'reactbin', name: 'mine', keys: ['tls.crt', 'tls.key'] })
    assert.equal(existing.tlsTimeout, 0)
  })

  test('RB-07 the redirect and the certificate are proven, the latter against the TLS Secret', () => {
    assert.ok(desired.proofs.some(({ kind }) => kind === 'redirects'))
    const certificate = desired.proofs.find((proof) => proof.kind === 'certificate')
    assert.equal(certificate?.host, 'bin.acme.dev')
    assert.deepEqual(certificate?.secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'reactbin',
      name: 'reactbin-tls',
    })
  })

  test('RB-17 the limit is 120 s, and 180 s more is named for a first certificate', () => {
    assert.equal(desired.slo, 120_000)
    assert.equal(desired.tlsTimeout, 180_000)
    assert.equal(reactbinWith({ common: { slo: 90 } }).slo, 90_000)
  })
})
