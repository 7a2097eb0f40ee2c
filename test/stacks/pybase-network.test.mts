import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { intents } from '../../lib/stacks/pybase/network.mts'
import { settings } from '../../lib/stacks/pybase/settings.mts'
import { intended, mayReach, networkOf, reachable, type Actor } from '../../lib/stacks/parts/reach.mts'
import { ELSEWHERE, pybaseWith } from './pybase.mts'
import { namesOf, objectsOf } from './rendered.mts'

type Own = NonNullable<Parameters<typeof pybaseWith>[0]>['own'] & object

const tcp = (port: number) => ({ port, protocol: 'TCP' as const })

/** Who else is there: the ingress controller, the API server, the names, somebody's pod, the world. */
const OTHERS: readonly Actor[] = [
  { name: 'ingress', namespace: 'ingress-nginx', labels: {}, listens: [] },
  { name: 'api-server', labels: {}, ip: '10.0.0.2', listens: [tcp(6443), tcp(443)] },
  { name: 'stranger', namespace: 'elsewhere', labels: { app: 'api' }, listens: [tcp(8000)] },
  { name: 'world', labels: {}, ip: '203.0.113.9', listens: [tcp(443), tcp(5432)] },
]

const CLOSED: Own = { tls: { from: 'existing' }, networkPolicy: { apiServer: { cidr: '10.0.0.2/32' } } }

/** Every connection that the rendered policies allow, but for names, which everybody may ask for anywhere. */
function matrix(own: Own, others = OTHERS): string[] {
  return reachable(networkOf(objectsOf(pybaseWith({ own })), 'pybase', others)).filter(
    (line) => !/:53(\/UDP)?$/.test(line),
  )
}

const PODS = [
  'api',
  'extraction-worker',
  'frontend',
  'meilisearch',
  'minio',
  'minio-init-bucket',
  'postgres',
  'redis',
  'search-worker',
]

const CRITERION = [
  ...['api:8000', 'frontend:8080', 'minio:9000', 'minio:9001'].map((to) => `ingress → ${to}`),
  'frontend → api:8000',
  ...['postgres:5432', 'redis:6379', 'minio:9000', 'minio:9001', 'meilisearch:7700'].map((to) => `api → ${to}`),
  ...['postgres:5432', 'redis:6379', 'minio:9000', 'minio:9001'].map((to) => `extraction-worker → ${to}`),
  ...['postgres:5432', 'redis:6379', 'meilisearch:7700'].map((to) => `search-worker → ${to}`),
  'minio-init-bucket → minio:9000',
]

/** A Job's pods are named with its hash; who they are does not depend on it. */
function plain(lines: readonly string[]): string[] {
  return lines.map((line) => line.replaceAll(/minio-init-bucket-[0-9a-f]{8}/g, 'minio-init-bucket')).toSorted()
}

suite('pybase network policies', () => {
  test('PB-07 the whole matrix of who reaches whom is what criterion 6 allows on both sides, and the API server', () => {
    const apiServer = PODS.map((pod) => `${pod} → api-server:6443`)
    assert.deepEqual(plain(matrix(CLOSED)), [...CRITERION, ...apiServer].toSorted())
  })

  test('PB-07 without the policies everybody would reach everybody: the matrix does not come from the pods alone', () => {
    const open = plain(matrix({ ...CLOSED, networkPolicy: { enabled: false } }))
    assert.ok(open.includes('search-worker → minio:9000') && open.includes('stranger → postgres:5432'))
    assert.ok(namesOf(pybaseWith({ own: CLOSED })).includes('NetworkPolicy/default-deny'))
  })

  test('PB-07 every pod may ask for names by UDP and TCP, and nobody is asked by it', () => {
    const names = reachable(networkOf(objectsOf(pybaseWith({ own: CLOSED })), 'pybase', OTHERS)).filter((line) =>
      /:53(\/UDP)?$/.test(line),
    )
    const world = plain(names.filter((line) => line.includes('→ world')))
    assert.deepEqual(world, PODS.flatMap((pod) => [`${pod} → world:53`, `${pod} → world:53/UDP`]).toSorted())
    assert.ok(names.every((line) => !line.startsWith('world') && !line.startsWith('stranger')))
  })

  test('PB-07 what is rendered is what the intents mean, here, elsewhere and with an identity', () => {
    const variants: Own[] = [
      {},
      CLOSED,
      { ...ELSEWHERE, networkPolicy: { external: { postgresql: { cidr: '10.9.0.0/24' }, s3: { port: 9443 } } } },
      { ...ELSEWHERE, platform: 'gke', serviceAccount: { identity: 'pybase@acme.iam.gserviceaccount.com' } },
      { platform: 'eks', ingress: { cidrs: ['10.20.0.0/16'] } },
    ]
    for (const own of variants) {
      const network = networkOf(objectsOf(pybaseWith({ own })), 'pybase', OTHERS)
      assert.deepEqual(reachable(network), intended(intents(settings.parse(own)), network, 'pybase'))
    }
  })

  test('PB-07 services elsewhere are reached by their own users at their CIDR and port, and nothing else is', () => {
    const at = (ip: string, name: string, port: number): Actor => ({ name, labels: {}, ip, listens: [tcp(port)] })
    const others = [
      at('10.9.0.4', 'rds', 5433),
      at('10.9.1.4', 'cache', 6380),
      at('52.219.1.1', 's3', 443),
      at('10.9.3.4', 'search', 443),
      at('10.9.9.9', 'neighbour', 5433),
    ]
    const external = {
      postgresql: { cidr: '10.9.0.0/24' },
      redis: { cidr: '10.9.1.0/24' },
      s3: { cidr: '52.219.0.0/16' },
      meilisearch: { cidr: '10.9.3.4/32' },
    }
    const own: Own = { ...ELSEWHERE, tls: { from: 'existing' }, networkPolicy: { external } }
    const lines = matrix(own, others).filter((line) => / → (rds|cache|s3|search|neighbour):/.test(line))
    assert.deepEqual(lines.toSorted(), [
      'api → cache:6380',
      'api → rds:5433',
      'api → s3:443',
      'api → search:443',
      'extraction-worker → cache:6380',
      'extraction-worker → rds:5433',
      'extraction-worker → s3:443',
      'search-worker → cache:6380',
      'search-worker → rds:5433',
      'search-worker → search:443',
    ])
    assert.deepEqual(
      pybaseWith({ own }).advice?.filter((line) => line.includes('anywhere')),
      [],
    )
  })

  test('PB-07 preflight warns of a service elsewhere without a CIDR: its port is open anywhere', () => {
    const advice = pybaseWith({ own: ELSEWHERE }).advice ?? []
    assert.deepEqual(
      advice.filter((line) => line.includes('anywhere')).map((line) => line.replace(/.*set /, '')),
      ['postgresql', 'redis', 's3', 'meilisearch'].map((service) => `networkPolicy.external.${service}.cidr`),
    )
    const lines = matrix({ ...ELSEWHERE, networkPolicy: { external: { postgresql: { port: 5432 } } } })
    assert.ok(lines.includes('api → world:5432') && lines.includes('api → world:443'))
  })

  test('PB-07 the ingress controller is whoever is named: another namespace, or addresses', () => {
    const others: Actor[] = [
      { name: 'traefik', namespace: 'traefik', labels: {}, listens: [] },
      { name: 'balancer', labels: {}, ip: '10.20.1.7', listens: [] },
    ]
    const reached = (ingress: Own['ingress'], platform: Own['platform'] = 'none') =>
      matrix({ ...CLOSED, ingress, platform }, others).filter((line) =>
        /^(traefik|balancer) → (api|frontend):/.test(line),
      )
    assert.deepEqual(reached({ namespace: 'traefik' }), ['traefik → api:8000', 'traefik → frontend:8080'])
    assert.deepEqual(reached({ cidrs: ['10.20.0.0/16'] }, 'eks'), ['balancer → api:8000', 'balancer → frontend:8080'])
    assert.deepEqual(reached({}), [])
  })

  test('PB-07 a certificate by HTTP-01 can be fetched: the solver is reached by the ingress controller', () => {
    const solver: Actor = {
      name: 'solver',
      namespace: 'pybase',
      labels: { 'acme.cert-manager.io/http01-solver': 'true' },
      listens: [tcp(8089)],
    }
    const reaches = (own: Own, from: string) => {
      const network = networkOf(objectsOf(pybaseWith({ own })), 'pybase', OTHERS)
      return OTHERS.some((other) => other.name === from && mayReach(network, other, solver, tcp(8089)))
    }
    assert.ok(reaches({}, 'ingress'))
    assert.ok(!reaches({}, 'stranger'))
    assert.ok(!reaches(CLOSED, 'ingress'))
  })
})
