import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { containersOf, templateOf } from '../../lib/kube/containers.mts'
import { defaultInput } from '../../lib/stacks/defaults.mts'
import { kustomizeFiles } from '../../lib/stacks/kustomize.mts'
import { sourcesOf } from '../../lib/stacks/parts/secret.mts'
import pybase from '../../lib/stacks/pybase.mts'
import { platformNames } from '../../lib/stacks/pybase/platforms.mts'
import { render } from '../../lib/stacks/render.mts'
import { loadSettings } from '../../lib/settings/load.mts'
import { validate } from '../../lib/kube/validate.mts'
import { complaints, ELSEWHERE, pybaseWith } from './pybase.mts'
import { find, namesOf, objectsOf } from './rendered.mts'

const ROOT = new URL('../../', import.meta.url).pathname
const EXAMPLES = join(ROOT, 'examples/values')

/** What a deploy with these flags would be given. */
async function loaded(...flags: string[]) {
  const settings = await loadSettings(['--stack', 'pybase', '--tag', '1.4.0', ...flags], 'deploy', {
    env: {},
    cwd: ROOT,
  })
  return render(settings.stack, settings)
}

/** The error of flags that cannot be used. */
async function refusal(values: string, ...flags: string[]): Promise<string> {
  const world = { env: {}, cwd: '/nowhere', readFile: () => values }
  const args = ['--stack', 'pybase', '--tag', '1.4.0', '--set', 'domain=pybase.acme.dev', ...flags]
  const error = await loadSettings([...args, '-f', 'values.yaml'], 'deploy', world).then(
    () => undefined,
    (thrown: Error & { code?: string }) => thrown,
  )
  assert.ok(error, 'it was taken')
  return `${error.code}: ${error.message}`
}

suite('pybase settings', () => {
  test('PB-09 the keys of the values file decide counts, sizes, switches and endpoints', () => {
    const own = {
      api: { replicaCount: 3 },
      extractionWorker: { replicaCount: 4 },
      searchWorker: { replicaCount: 2, autoscaling: { enabled: false } },
      frontend: { replicaCount: 5 },
      postgresql: { primary: { persistence: { size: '50Gi' } } },
      redis: { master: { persistence: { size: '3Gi' } } },
      minio: { persistence: { size: '100Gi' } },
      meilisearch: { persistence: { size: '7Gi' } },
    }
    const said = pybaseWith({ own })
    const sizes = JSON.stringify(objectsOf(said))
      .match(/"storage":"[^"]+"/g)
      ?.toSorted()
    assert.deepEqual(sizes, ['"storage":"100Gi"', '"storage":"3Gi"', '"storage":"50Gi"', '"storage":"7Gi"'])
    const least = (app: string) => find(said, `HorizontalPodAutoscaler/${app}`).spec?.minReplicas
    assert.deepEqual([least('api'), least('extraction-worker'), least('frontend')], [3, 4, 5])
    assert.equal(find(said, 'Deployment/search-worker').spec?.replicas, 2)
  })

  test('PB-09 image and resources of all eight components, and where their pods run, are settings', () => {
    const names = ['api', 'extraction-worker', 'search-worker', 'frontend', 'postgres', 'redis', 'minio', 'meilisearch']
    const images = Object.fromEntries(names.map((name) => [name, { repository: `registry.acme.dev/${name}` }]))
    const resources = Object.fromEntries(names.map((name) => [name, { requests: { cpu: '7m' } }]))
    const placement = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'spot', operator: 'Exists' as const }],
      affinity: { nodeAffinity: {} },
    }
    const said = pybaseWith({ common: { images, resources, placement } })
    const pods = objectsOf(said).flatMap((object) => templateOf(object)?.spec ?? [])
    for (const pod of pods) {
      assert.deepEqual([pod.nodeSelector, pod.tolerations?.[0]?.key], [{ disk: 'ssd' }, 'spot'])
      assert.ok(pod.affinity?.nodeAffinity)
    }
    const containers = pods.flatMap((pod) => containersOf(pod))
    for (const name of names) {
      const container = containers.find((one) => one.name === name)
      assert.match(container?.image ?? '', new RegExp(`^registry.acme.dev/${name}:`))
      assert.equal(container?.resources?.requests?.['cpu'], '7m')
    }
  })

  test('PB-09 what contradicts itself or makes no sense is refused with the key that does', () => {
    const rows = [
      [{ postgresql: { enabled: false } }, /^postgresql\.enabled .*externalServices\.databaseUrl/],
      [{ redis: { enabled: true }, ...ELSEWHERE }, /^externalServices\.redisUrl .*redis\.enabled=true/],
      [{ minio: { enabled: false } }, /^minio\.enabled .*s3\.endpointUrl/],
      [{ meilisearch: { enabled: false } }, /^meilisearch\.enabled .*meilisearch\.host/],
      [{ api: { replicaCount: 12 } }, /^api\.autoscaling\.maxReplicas must be at least api\.replicaCount \(12\)/],
      [{ externalServices: { databaseUrl: 'mysql://db/x' } }, /^externalServices\.databaseUrl must be a URL/],
      [
        { externalServices: { redisUrl: 'rediss://:s3cr3t@cache:6379' } },
        /^externalServices\.redisUrl .* without a password/,
      ],
      [{ networkPolicy: { apiServer: { cidr: '10.0.0.2' } } }, /^networkPolicy\.apiServer\.cidr must be a range/],
      [
        { postgresql: { primary: { persistence: { size: 'big' } } } },
        /persistence\.size must be a Kubernetes quantity/,
      ],
    ] as const
    for (const [own, words] of rows) {
      const said = complaints(own)
      assert.equal(said.length, 1, said.join('\n'))
      assert.match(said[0] ?? '', words)
    }
    assert.deepEqual(complaints(ELSEWHERE), [])
    assert.deepEqual(complaints({ ...ELSEWHERE, postgresql: { enabled: false }, minio: { enabled: false } }), [])
  })

  for (const name of ['development', 'production', 'external', 'ha'])
    test(`PB-09 examples/values/pybase-${name}.yaml renders objects that the server's schema takes`, async () => {
      assert.ok(readdirSync(EXAMPLES).includes(`pybase-${name}.yaml`))
      const said = await loaded('-f', `examples/values/pybase-${name}.yaml`)
      for (const object of objectsOf(said)) assert.deepEqual(validate(object), [], object.metadata.name)
      assert.ok(namesOf(said).includes('Deployment/extraction-worker'))
    })

  test('PB-09 the examples are what they are called', async () => {
    const [development, external, ha] = await Promise.all(
      ['development', 'external', 'ha'].map((name) => loaded('-f', `examples/values/pybase-${name}.yaml`)),
    )
    assert.ok(development && external && ha)
    assert.equal(find(development, 'Deployment/api').spec?.replicas, 1)
    assert.ok(!namesOf(external).some((name) => /postgres|redis|minio|meilisearch/.test(name)))
    assert.ok((find(ha, 'HorizontalPodAutoscaler/api').spec?.minReplicas ?? 0) >= 3)
  })

  test('PB-09 Kustomize overlays are made of both environments, the policies and autoscalers among them', async () => {
    const variants = ['development', 'production'].map((environment) => ({
      environment,
      desired: render(pybase, defaultInput(pybase, environment)),
    }))
    const files = [...kustomizeFiles(variants, 'deploy').keys()]
    for (const file of ['base/kustomization.yaml', 'overlays/development/kustomization.yaml'])
      assert.ok(files.includes(file), files.join('\n'))
    assert.ok(files.some((file) => file.includes('networkpolicy')))
    assert.ok(files.some((file) => /overlays\/production\/.*horizontalpodautoscaler/.test(file)))
  })

  test('PB-10 PB-13 each platform has its storage class and its ingress', () => {
    const told = platformNames.map((platform) => {
      const said = pybaseWith({ own: { platform } })
      const { metadata, spec } = find(said, 'Ingress/pybase')
      const className = spec?.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class']
      const storage = find(said, 'PersistentVolumeClaim/redis-data').spec?.storageClassName ?? 'default'
      return `${platform} ${storage} ${className} ${spec?.tls === undefined ? 'platform' : 'secret'}`
    })
    assert.deepEqual(told, [
      'none default nginx secret',
      'eks gp3 alb platform',
      'gke standard-rwo gce platform',
      'aks managed-csi azure-application-gateway secret',
      'k3s local-path traefik secret',
      'kubeadm default nginx secret',
      'minikube standard nginx secret',
      'microk8s microk8s-hostpath public secret',
    ])
  })

  test('PB-10 every platform sends plain HTTP to HTTPS in its own words, and every object is one that a server takes', () => {
    const redirect = {
      none: 'nginx.ingress.kubernetes.io/ssl-redirect',
      eks: 'alb.ingress.kubernetes.io/ssl-redirect',
      gke: 'networking.gke.io/v1beta1.FrontendConfig',
      aks: 'appgw.ingress.kubernetes.io/ssl-redirect',
      kubeadm: 'nginx.ingress.kubernetes.io/ssl-redirect',
      minikube: 'nginx.ingress.kubernetes.io/ssl-redirect',
      microk8s: 'nginx.ingress.kubernetes.io/ssl-redirect',
    }
    for (const platform of platformNames) {
      const said = pybaseWith({ own: { platform } })
      const known = objectsOf(said).filter(({ apiVersion }) => !apiVersion.startsWith('networking.gke.io/'))
      for (const object of known) assert.deepEqual(validate(object), [], `${platform} ${object.metadata.name}`)
      // Traefik redirects where its entry point is told to, which no Ingress can do.
      if (platform === 'k3s') continue
      assert.ok(Object.keys(find(said, 'Ingress/pybase').metadata.annotations ?? {}).includes(redirect[platform]))
    }
    const gke = namesOf(pybaseWith({ own: { platform: 'gke' } }))
    assert.ok(gke.includes('ManagedCertificate/pybase') && gke.includes('FrontendConfig/pybase'))
  })

  test("PB-10 a cloud's identity is on the two accounts that open the store, which then need no keys", () => {
    const rows = [
      ['eks', 'eks.amazonaws.com/role-arn', 'arn:aws:iam::111122223333:role/pybase'],
      ['gke', 'iam.gke.io/gcp-service-account', 'pybase@acme.iam.gserviceaccount.com'],
      ['aks', 'azure.workload.identity/client-id', '0000-1111'],
    ] as const
    for (const [platform, annotation, identity] of rows) {
      const own = { platform, serviceAccount: { identity }, s3: { endpointUrl: 'https://store.acme.dev' } }
      const said = pybaseWith({ own })
      const on = ['api', 'extraction-worker', 'search-worker', 'frontend'].map(
        (app) => find(said, `ServiceAccount/pybase-${app}`).metadata.annotations?.[annotation],
      )
      assert.deepEqual(on, [identity, identity, undefined, undefined])
      assert.ok(!said.secrets[0]?.keys.some((key) => key.startsWith('S3_')))
      assert.ok(!JSON.stringify(find(said, 'Deployment/api')).includes('S3_ACCESS_KEY'))
    }
    const aks = pybaseWith({ own: { platform: 'aks', serviceAccount: { identity: '0000-1111' } } })
    const labels = find(aks, 'Deployment/api').spec?.template.metadata?.labels
    assert.equal(labels?.['azure.workload.identity/use'], 'true')
    assert.deepEqual(find(aks, 'Deployment/api').spec?.selector, { matchLabels: { app: 'api' } })
  })

  test('PB-12 a password in a values file is refused, wherever it hides', async () => {
    const rows = [
      'externalServices:\n  databaseUrl: postgresql://u:s3cr3t@db.acme.internal/x\n',
      'externalServices:\n  redisUrl: rediss://:s3cr3t@cache.acme.internal:6379\n',
      's3:\n  secretKey: s3cr3t\n',
      's3:\n  accessKey: s3cr3t\n',
      'postgresql:\n  auth:\n    password: s3cr3t\n',
      'meilisearch:\n  masterKey: s3cr3t\n',
    ]
    for (const values of rows) {
      const said = await refusal(values)
      assert.match(said, /^bad-setting: Cannot take \S+ from values.yaml: a secret/, values)
      assert.doesNotMatch(said, /s3cr3t/)
    }
  })

  test('PB-12 a URL with a password from the environment is refused as well, and not repeated', async () => {
    const env = { LANDFALL_EXTERNAL_SERVICES_DATABASE_URL: 'postgresql://u:s3cr3t@db.acme.internal/x' }
    const args = ['--stack', 'pybase', '--tag', '1.4.0', '--set', 'domain=pybase.acme.dev']
    await assert.rejects(loadSettings(args, 'deploy', { env, cwd: '/nowhere', readFile: () => '' }), {
      code: 'bad-setting',
      message: /^(?!.*s3cr3t).*databaseUrl=\*\*\*.* without a password/,
    })
  })

  test('PB-12 the Secret is there already, filled from the operator’s variables, or made by Vault; its values are never rendered', () => {
    const made = (secrets: 'existing' | 'environment' | 'vault') =>
      namesOf(pybaseWith({ own: { secrets } })).filter((name) => /^(Secret|Vault)/.test(name))
    assert.deepEqual(made('existing'), [])
    assert.deepEqual(made('vault'), ['VaultAuth/pybase-auth', 'VaultStaticSecret/pybase-secrets'])
    assert.deepEqual(made('environment'), ['Secret/pybase-secrets'])
    const said = pybaseWith({ own: { secrets: 'environment' } })
    const secret = find(said, 'Secret/pybase-secrets')
    assert.equal(secret.data, undefined)
    assert.deepEqual(
      sourcesOf(secret).map(({ key, variable }) => `${variable} → ${key}`),
      said.secrets[0]?.keys.map((key) => `PYBASE_${key} → ${key}`),
    )
  })

  test('PB-12 every key that a pod reads is one that the Secret is declared to have, and none is a literal', () => {
    for (const own of [{}, ELSEWHERE]) {
      const said = pybaseWith({ own })
      const read = objectsOf(said)
        .flatMap((object) => containersOf(templateOf(object)?.spec))
        .flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []))
      assert.deepEqual(new Set(read.map(({ name }) => name)), new Set(['pybase-secrets']))
      assert.deepEqual(new Set(read.map(({ key }) => key)), new Set(said.secrets[0]?.keys))
    }
  })

  test('PB-12 no image is one of Bitnami’s', () => {
    assert.ok(Object.values(pybase.images).every((image) => !image.includes('bitnami')))
  })

  test('PB-13 everything is in namespace pybase, or in the one that is set; TLS is cert-manager’s or a Secret that is there', () => {
    const spaces = (said: ReturnType<typeof pybaseWith>) =>
      new Set(objectsOf(said).flatMap(({ metadata }) => metadata.namespace ?? []))
    assert.deepEqual(spaces(pybaseWith()), new Set(['pybase']))
    assert.deepEqual(spaces(pybaseWith({ namespace: 'knowledge' })), new Set(['knowledge']))
    const { metadata, spec } = find(pybaseWith({ own: { domain: 'pybase.acme.dev' } }), 'Ingress/pybase')
    assert.deepEqual(spec?.tls, [{ hosts: ['pybase.acme.dev'], secretName: 'pybase-tls' }])
    assert.equal(metadata.annotations?.['cert-manager.io/cluster-issuer'], 'letsencrypt-prod')
    const paths = spec?.rules?.[0]?.http?.paths.map(
      ({ path, backend }) => `${path} ${backend.service?.name}:${backend.service?.port?.number}`,
    )
    assert.deepEqual(paths, ['/api/ api:8000', '/ frontend:8080'])
    const existing = pybaseWith({ own: { tls: { from: 'existing' } } })
    assert.equal(find(existing, 'Ingress/pybase').metadata.annotations?.['cert-manager.io/cluster-issuer'], undefined)
    assert.ok(existing.secrets.some(({ name }) => name === 'pybase-tls'))
  })

  test('PB-13 the placeholder is the default domain, and the ingress class and its annotations can be others', () => {
    assert.equal(find(pybaseWith(), 'Ingress/pybase').spec?.rules?.[0]?.host, 'pybase.example.com')
    const own = { platform: 'eks' as const, ingress: { className: 'nginx', annotations: { 'a.dev/b': 'c' } } }
    const { metadata, spec } = find(pybaseWith({ own }), 'Ingress/pybase')
    assert.equal(spec?.ingressClassName, 'nginx')
    assert.ok(!Object.keys(metadata.annotations ?? {}).some((key) => key.startsWith('alb.')))
    assert.equal(metadata.annotations?.['a.dev/b'], 'c')
  })
})
