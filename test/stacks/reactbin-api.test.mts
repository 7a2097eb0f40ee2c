import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { find, reactbinWith } from './rendered.mts'

const desired = reactbinWith({ own: { domain: 'bin.acme.dev' } })
const apiPod = find(desired, 'Deployment/api').spec?.template.spec

suite('reactbin API', () => {
  const container = apiPod?.containers[0]

  test('RB-02 Deployment api runs one replica of repository:tag on port 8000 http as user 1001', () => {
    assert.equal(find(desired, 'Deployment/api').spec?.replicas, 1)
    assert.equal(container?.image, 'reactbin-api:abc')
    assert.deepEqual(container?.ports, [{ name: 'http', containerPort: 8000 }])
    assert.equal(apiPod?.securityContext?.runAsUser, 1001)
    assert.equal(apiPod?.securityContext?.runAsNonRoot, true)
    assert.deepEqual(find(desired, 'Service/api').spec?.ports, [{ name: 'http', port: 8000, targetPort: 8000 }])
    assert.equal(find(desired, 'Service/api').spec?.type, 'ClusterIP')
  })

  test('RB-02 both probes ask /api/v1/health: liveness after 10 s each 30 s, readiness after 5 s each 10 s', () => {
    const httpGet = { path: '/api/v1/health', port: 8000 }
    assert.deepEqual(container?.livenessProbe, { httpGet, initialDelaySeconds: 10, periodSeconds: 30 })
    assert.deepEqual(container?.readinessProbe, { httpGet, initialDelaySeconds: 5, periodSeconds: 10 })
  })

  test('RB-02 the repository is a setting, and a digest pins it', () => {
    const digest = `sha256:${'0a'.repeat(32)}`
    const image = (common: Parameters<typeof reactbinWith>[0]) =>
      find(reactbinWith(common), 'Deployment/api').spec?.template.spec?.containers[0]?.image
    assert.equal(image({ common: { images: { api: { repository: 'ghcr.io/acme/api' } } } }), 'ghcr.io/acme/api:abc')
    assert.equal(image({ common: { images: { api: { digest } } } }), `reactbin-api:abc@${digest}`)
    assert.equal(image({ tags: { api: digest } }), `reactbin-api@${digest}`)
  })

  test('RB-03 init container alembic-migrate runs `alembic upgrade head` in /app, with the image and Secret of the API', () => {
    const [init, ...others] = apiPod?.initContainers ?? []
    assert.equal(others.length, 0)
    assert.equal(init?.name, 'alembic-migrate')
    assert.equal(init?.image, container?.image)
    assert.deepEqual(init?.command, ['alembic', 'upgrade', 'head'])
    assert.equal(init?.workingDir, '/app')
    assert.deepEqual(init?.envFrom, [{ secretRef: { name: 'api-env' } }])
    assert.equal(init?.securityContext?.runAsUser ?? apiPod?.securityContext?.runAsUser, 1001)
  })

  test('RB-09 variables come from api-env, and API_DOCS_ENABLED=false is the only literal', () => {
    assert.deepEqual(container?.envFrom, [{ secretRef: { name: 'api-env' } }])
    assert.deepEqual(container?.env, [{ name: 'API_DOCS_ENABLED', value: 'false' }])
    assert.equal(apiPod?.initContainers?.[0]?.env, undefined)
    assert.equal(apiPod?.enableServiceLinks, false, 'no variables of Services beside them')
  })

  test('RB-04 the docs are off, and asked for outside and inside', () => {
    const paths = desired.proofs.flatMap((proof) =>
      proof.kind === 'inside' && proof.status === 404 ? [proof.path] : [],
    )
    assert.deepEqual(paths, ['/docs', '/redoc', '/openapi.json'])
    assert.ok(
      desired.proofs.some(
        (proof) => proof.kind === 'absent' && proof.host === 'bin.acme.dev' && proof.path === '/docs',
      ),
    )
  })

  test('RB-27 a pod is only taken away once another one is ready, and still serves while it is taken out of the Service', () => {
    for (const at of ['Deployment/api', 'Deployment/ui'] as const) {
      const { strategy, template } = find(desired, at).spec ?? {}
      assert.deepEqual(strategy, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } })
      const seconds = template?.spec?.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0
      assert.ok(seconds >= 3 && seconds < (template?.spec?.terminationGracePeriodSeconds ?? 0), `${seconds} s`)
    }
  })
})
