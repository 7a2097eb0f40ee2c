import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DeployError } from '../../lib/error.mts'
import { kindConfig } from '../../lib/cluster/kind.mts'
import { environmentsOf } from '../../lib/stacks/defaults.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import yab from '../../lib/stacks/yab.mts'
import { find, namesOf, objectsOf } from './rendered.mts'
import { DOMAIN, refusals, settingsWith, TAG, yabWith } from './yab.mts'

const production = yabWith()
const staging = yabWith({ environment: 'staging' })
const local = yabWith({ environment: 'local' })

function namespacesOf(desired: Desired): string[] {
  return namesOf(desired).flatMap((name) => (name.startsWith('Namespace/') ? [name.slice('Namespace/'.length)] : []))
}

function hostOf(app: string, desired: Desired): string | undefined {
  return find(desired, `Ingress/yab-${app}`).spec?.rules?.[0]?.host
}

function refusalOf(tags: Record<string, string>): DeployError {
  try {
    yabWith({ tags })
  } catch (error) {
    if (error instanceof DeployError) return error
  }
  return assert.fail(`${JSON.stringify(tags)} is taken`)
}

suite('yab environments, tags and edge', () => {
  test('YB-02 its pods are in apps; ingress and observability are made beside it, ops where it was asked for', () => {
    assert.deepEqual(namespacesOf(production), ['apps', 'ingress', 'observability'])
    assert.deepEqual(namespacesOf(yabWith({ own: { ops: true } })).at(-1), 'ops')
    const homes = objectsOf(production).flatMap(({ metadata }) => metadata.namespace ?? [])
    assert.deepEqual([...new Set(homes)], ['apps'])
  })

  test("YB-02 an ingress controller's namespace of another name is somebody else's, and not made", () => {
    const elsewhere = yabWith({ own: { ingress: { namespace: 'ingress-nginx' } } })
    assert.deepEqual(namespacesOf(elsewhere), ['apps', 'observability'])
  })

  test('YB-02 Pod Security is set on the namespace that its pods are in, and not on those of others', () => {
    const strict = yabWith({ common: { podSecurity: 'restricted' } })
    const labelled = objectsOf(strict).filter(
      ({ metadata }) => 'pod-security.kubernetes.io/enforce' in (metadata.labels ?? {}),
    )
    assert.deepEqual(
      labelled.map(({ metadata }) => metadata.name),
      ['apps'],
    )
  })

  test('YB-03 local, staging and production differ in what their presets say', () => {
    assert.deepEqual(environmentsOf(yab), ['local', 'staging', 'production'])
    const kinds = (one: Desired) => [...new Set(objectsOf(one).map(({ kind }) => kind))]
    assert.ok(
      !kinds(local).some((kind) => ['NetworkPolicy', 'VaultAuth', 'ResourceQuota', 'ClusterIssuer'].includes(kind)),
    )
    assert.ok(kinds(staging).includes('NetworkPolicy') && kinds(staging).includes('VaultStaticSecret'))
    assert.ok(!kinds(staging).includes('ResourceQuota') && kinds(production).includes('ResourceQuota'))
    assert.equal(find(local, 'Deployment/yab-api').spec?.replicas, 1)
  })

  test('YB-04 the hosts are api.local.dev at home, api.example.dev and app.example.dev where nobody said another', () => {
    const own = (environment: 'local' | 'production') => ({
      domain: environment === 'local' ? 'local.dev' : 'example.dev',
    })
    assert.equal(hostOf('api', yabWith({ environment: 'local', own: own('local') })), 'api.local.dev')
    const unsaid = yabWith({ own: own('production') })
    assert.deepEqual(
      ['api', 'web', 'admin'].map((app) => hostOf(app, unsaid)),
      ['api.example.dev', 'app.example.dev', 'admin.example.dev'],
    )
  })

  test('YB-06 commits, versions and digests are taken, and what may move is refused', () => {
    for (const tag of [TAG, '1.4.2', 'v2.0.0-rc.1', `sha256:${'0a'.repeat(32)}`]) yabWith({ tags: { api: tag } })
    for (const tag of ['latest', 'edge', 'main', 'feature-login', 'abc', 'sha-xyz']) {
      const refused = refusalOf({ web: tag })
      assert.equal(refused.code, 'bad-tag')
      assert.match(refused.message, tag === 'latest' ? /whatever was pushed last/ : /another build tomorrow|image web/)
    }
  })

  test('YB-06 each component has a tag of its own', () => {
    const mixed = yabWith({ tags: { web: '1.4.2' } })
    const imageOf = (app: string) => find(mixed, `Deployment/yab-${app}`).spec?.template.spec?.containers[0]?.image
    assert.equal(imageOf('api'), `ghcr.io/yourorg/api:${TAG}`)
    assert.equal(imageOf('web'), 'ghcr.io/yourorg/web:1.4.2')
    assert.deepEqual(mixed.tags, { api: TAG, web: '1.4.2', admin: TAG })
  })

  test('YB-07 the kind cluster yab-local maps 8000, 8080, 80 and 443', () => {
    const config = kindConfig('yab-local')
    assert.match(config, /^name: yab-local$/m)
    for (const port of [8000, 8080, 80, 443]) assert.match(config, new RegExp(`hostPort: ${port}$`, 'm'))
  })

  test('YB-08 each component has an Ingress with its host, its own switch and its own certificate', () => {
    for (const [app, port] of [
      ['api', 8000],
      ['web', 8080],
      ['admin', 8080],
    ] as const) {
      const { spec } = find(production, `Ingress/yab-${app}`)
      assert.deepEqual(spec?.rules?.[0]?.http?.paths, [
        { path: '/', pathType: 'Prefix', backend: { service: { name: `yab-${app}`, port: { number: port } } } },
      ])
      assert.deepEqual(spec?.tls, [{ hosts: [hostOf(app, production)], secretName: `yab-${app}-tls` }])
    }
    assert.equal(hostOf('web', yabWith({ own: { web: { ingress: { host: 'shop.acme.dev' } } } })), 'shop.acme.dev')
    const inside = yabWith({ own: { api: { ingress: { enabled: false } } } })
    assert.ok(!namesOf(inside).includes('Ingress/yab-api'))
    assert.ok(inside.proofs.some((proof) => proof.kind === 'backed' && proof.service.name === 'yab-api'))
    assert.equal(inside.health, undefined)
  })

  test("YB-08 the issuer that the environment asks for is made: Let's Encrypt's two, and one that signs itself", () => {
    const made = (one: Desired) => namesOf(one).filter((name) => name.startsWith('ClusterIssuer/'))
    assert.deepEqual(made(production), ['ClusterIssuer/letsencrypt-prod'])
    assert.deepEqual(made(staging), ['ClusterIssuer/letsencrypt-staging'])
    const signed = yabWith({ environment: 'local', own: { tls: { from: 'issuer' } } })
    assert.deepEqual(made(signed), ['ClusterIssuer/self-signed'])
    assert.deepEqual(find(signed, 'ClusterIssuer/self-signed').spec, { selfSigned: {} })
    assert.deepEqual(made(yabWith({ own: { issuers: { from: 'existing' }, tls: { issuer: 'company' } } })), [])
    assert.match(refusals({ tls: { issuer: 'company' } }).join(), /tls\.issuer must be letsencrypt-staging/)
    assert.match((staging.advice ?? []).join('\n'), /no browser trusts letsencrypt-staging/)
  })

  test('YB-08 a certificate that signs itself is not proven, and plain HTTP stays beside it', () => {
    const signed = yabWith({ environment: 'local', own: { tls: { from: 'issuer' } } })
    assert.ok(signed.proofs.every(({ kind }) => kind !== 'certificate' && kind !== 'redirects'))
    const annotations = find(signed, 'Ingress/yab-api').metadata.annotations
    assert.equal(annotations?.['nginx.ingress.kubernetes.io/ssl-redirect'], 'false')
  })

  test('YB-21 with TLS or DNS not there yet users come in by HTTP: asked there, advised against, redirected nowhere', () => {
    const plain = yabWith({ own: { tls: { from: 'none' } } })
    const asked = plain.proofs.filter((proof) => proof.kind === 'serves')
    assert.equal(asked.length, 3)
    assert.ok(asked.every((proof) => proof.scheme === 'http'))
    assert.equal(plain.health?.scheme, 'http')
    assert.equal(find(plain, 'Ingress/yab-api').spec?.tls, undefined)
    assert.match((plain.advice ?? []).join('\n'), /plain HTTP/)
    assert.equal(plain.tlsTimeout, 0)
  })

  test('every site is asked from outside, by its own build where it tells it', () => {
    const [health, ...pages] = production.proofs.filter((proof) => proof.kind === 'serves')
    assert.deepEqual([health?.host, health?.path, health?.fields], [`api.${DOMAIN}`, '/health/', { build: TAG }])
    assert.deepEqual(
      pages.map(({ host }) => host),
      [`app.${DOMAIN}`, `admin.${DOMAIN}`],
    )
    const names = production.proofs.map(({ kind, name }) => `${kind} ${name}`)
    assert.equal(new Set(names).size, names.length)
  })

  test('settings that contradict each other or are not known are refused', () => {
    assert.match(refusals({ secrets: 'sealed' }).join(), /sealedSecrets must name the files/)
    assert.match(refusals({ sealedSecrets: ['a.yaml'] }).join(), /must be empty unless secrets=sealed/)
    assert.match(refusals({ api: { replicas: 2 } }).join(), /Unrecognized key: "replicas"/)
    assert.match(refusals({ networkPolicy: { database: { cidr: 'db' } } }).join(), /must be a range of addresses/)
    assert.throws(() => settingsWith('production', { observability: { otlpEndpoint: 'collector' } }), /must be a URL/)
  })
})
