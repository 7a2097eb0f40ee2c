import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DeployError } from '../../lib/error.mts'
import { intended, networkOf, reachable, type Actor } from '../../lib/stacks/parts/reach.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import { intents } from '../../lib/stacks/yab/network.mts'
import { find, namesOf, objectsOf } from './rendered.mts'
import { SEALED_FILE, settingsWith, yabWith } from './yab.mts'

const TCP = (port: number) => ({ port, protocol: 'TCP' as const })
const OTHERS: readonly Actor[] = [
  { name: 'controller', namespace: 'ingress', labels: {}, listens: [] },
  { name: 'prometheus', namespace: 'observability', labels: {}, listens: [TCP(4318)] },
  { name: 'stranger', namespace: 'default', labels: {}, listens: [TCP(80)] },
  { name: 'database', labels: {}, ip: '10.20.0.5', listens: [TCP(5432)] },
  { name: 'cache', labels: {}, ip: '10.20.0.6', listens: [TCP(6379)] },
  { name: 'internet', labels: {}, ip: '198.51.100.7', listens: [TCP(443)] },
]
const OWN = {
  networkPolicy: { database: { cidr: '10.20.0.5/32' }, redis: { cidr: '10.20.0.6/32' } },
  observability: { enabled: true, otlpEndpoint: 'http://collector.observability:4318' },
  worker: { enabled: true, command: ['python', '-m', 'app.worker'] },
}

/** Who reaches whom, without the names that everybody may ask for. */
function linesOf(desired: Desired): string[] {
  const job = /^yab-migrations-[0-9a-f]+/
  return reachable(networkOf(objectsOf(desired), 'apps', OTHERS))
    .filter((line) => !line.includes(':53'))
    .map((line) => line.replace(job, 'yab-migrations'))
}

suite('yab policies, limits, secrets, monitoring', () => {
  test('YB-12 nobody reaches anybody but as declared: from ingress and observability in, DNS and databases out', () => {
    assert.deepEqual(linesOf(yabWith({ own: OWN })), [
      'controller → yab-admin:8080',
      'controller → yab-api:8000',
      'controller → yab-web:8080',
      'prometheus → yab-api:8000',
      'yab-api → cache:6379',
      'yab-api → database:5432',
      'yab-api → prometheus:4318',
      'yab-migrations → database:5432',
      'yab-worker → cache:6379',
      'yab-worker → database:5432',
      'yab-worker → prometheus:4318',
    ])
  })

  test('YB-12 the policies say what the intents mean, names of services included', () => {
    const desired = yabWith({ own: OWN })
    const network = networkOf(objectsOf(desired), 'apps', OTHERS)
    assert.deepEqual(reachable(network), intended(intents(settingsWith('production', OWN)), network, 'apps'))
    assert.ok(reachable(network).includes('yab-web → internet:53/UDP'))
  })

  test("YB-12 the ingress controller's namespace is a setting", () => {
    const moved = linesOf(yabWith({ own: { ...OWN, ingress: { namespace: 'default' } } }))
    assert.ok(moved.includes('stranger → yab-api:8000') && !moved.includes('controller → yab-api:8000'))
  })

  test('YB-12 they are off at home and on elsewhere, and what stays wide is said', () => {
    const policies = (one: Desired) => namesOf(one).filter((name) => name.startsWith('NetworkPolicy/')).length
    assert.equal(policies(yabWith({ environment: 'local' })), 0)
    const [production, staging] = [yabWith(), yabWith({ environment: 'staging' })]
    assert.ok(policies(production) > 0 && policies(production) === policies(staging))
    assert.match((production.advice ?? []).join('\n'), /port 5432 anywhere: set networkPolicy\.database\.cidr/)
    assert.doesNotMatch((yabWith({ own: OWN }).advice ?? []).join('\n'), /anywhere/)
  })

  test('YB-13 production alone has a quota, and a range that gives amounts to pods which ask for none', () => {
    const desired = yabWith()
    assert.equal(find(desired, 'ResourceQuota/yab').spec?.hard?.['pods'], '40')
    const [range] = find(desired, 'LimitRange/yab').spec?.limits ?? []
    assert.deepEqual(range?.default, { cpu: '250m', memory: '256Mi' })
    for (const environment of ['local', 'staging'] as const)
      assert.ok(!namesOf(yabWith({ environment })).some((name) => /ResourceQuota|LimitRange/.test(name)))
    const needs = desired.components.find(({ name }) => name === 'web')?.needs ?? []
    assert.ok(needs.includes('limits'), 'pods that are made before the range get nothing from it')
  })

  test('YB-16 at home the variables of whoever deploys fill the Secret; elsewhere Vault does', () => {
    const local = find(yabWith({ environment: 'local' }), 'Secret/api-env')
    assert.equal(local.data, undefined)
    assert.match(Object.values(local.metadata.annotations ?? {}).join(), /YAB_API_DATABASE_URL/)
    for (const environment of ['staging', 'production'] as const) {
      const copy = find(yabWith({ environment }), 'VaultStaticSecret/api-env')
      assert.deepEqual([copy.spec.path, copy.spec.destination.name], ['yab/api', 'api-env'])
    }
    assert.deepEqual(yabWith().secrets, [{ namespace: 'apps', name: 'api-env', keys: ['DATABASE_URL', 'REDIS_URL'] }])
  })

  test('YB-16 a SealedSecret goes to the server as the file has it, and a Secret that nobody sealed is refused', () => {
    const own = { secrets: 'sealed' as const, sealedSecrets: ['sealed/api-env.yaml'] }
    const sealed = objectsOf(yabWith({ own, files: SEALED_FILE })).find(({ kind }) => kind === 'SealedSecret')
    assert.equal(sealed?.metadata.name, 'api-env')
    assert.deepEqual((sealed as { spec?: unknown } | undefined)?.spec, {
      encryptedData: { DATABASE_URL: 'AgBy3i4OJSWK', REDIS_URL: 'AgCtrXQ2Bv7f' },
    })
    const plain = { 'sealed/api-env.yaml': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: api-env\n' }
    assert.throws(
      () => yabWith({ own, files: plain }),
      (error) =>
        error instanceof DeployError && error.code === 'bad-manifest' && /not a SealedSecret/.test(error.message),
    )
  })

  test('YB-04 YB-16 the Secrets are called api-env and worker-env, and nothing is asked for that nobody reads', () => {
    const named = (one: Desired) => one.secrets.map(({ name }) => name)
    assert.deepEqual(named(yabWith({ own: OWN })), ['api-env', 'worker-env'])
    const sites = yabWith({ own: { api: { enabled: false } } })
    assert.deepEqual(named(sites), [])
    assert.ok(!namesOf(sites).some((name) => name.startsWith('Vault')))
  })

  test('YB-10 with the switch on Prometheus collects /metrics, alerts on errors, and Grafana has a dashboard', () => {
    const desired = yabWith({ own: { observability: { enabled: true, release: 'prom' } } })
    const monitor = find(desired, 'ServiceMonitor/yab-api')
    assert.equal(monitor.metadata.namespace, 'observability')
    assert.equal(monitor.metadata.labels?.['release'], 'prom')
    assert.deepEqual(monitor.spec.namespaceSelector, { matchNames: ['apps'] })
    assert.deepEqual(monitor.spec.endpoints, [{ port: 'http', path: '/metrics', interval: '30s' }])
    const selected = monitor.spec.selector.matchLabels ?? {}
    assert.equal(
      find(desired, 'Service/yab-api').metadata.labels?.['app.kubernetes.io/name'],
      Object.values(selected)[0],
    )
    const rules = find(desired, 'PrometheusRule/yab-api').spec.groups?.[0]?.rules ?? []
    assert.equal(rules[0]?.annotations?.['summary'], 'API high error rate')
    const board = JSON.parse(find(desired, 'ConfigMap/yab-api').data?.['yab-api.json'] ?? '') as { panels: unknown[] }
    assert.equal(board.panels.length, 4)
    assert.ok(!namesOf(yabWith()).some((name) => /ServiceMonitor|PrometheusRule/.test(name)))
  })

  test('YB-10 traces go to the collector that the setting names, and Grafana is shown behind a password', () => {
    const own = { observability: { ...OWN.observability, grafana: { host: 'grafana.acme.dev' } } }
    const desired = yabWith({ own })
    const config = find(desired, 'ConfigMap/api-config').data
    assert.equal(config?.['OTEL_EXPORTER_OTLP_ENDPOINT'], 'http://collector.observability:4318')
    assert.equal(config['OTEL_SERVICE_NAME'], 'yab-api')
    assert.equal(find(yabWith(), 'ConfigMap/api-config').data?.['OTEL_SERVICE_NAME'], undefined)
    const grafana = find(desired, 'Ingress/yab-grafana')
    assert.equal(grafana.metadata.namespace, 'observability')
    assert.equal(grafana.metadata.annotations?.['nginx.ingress.kubernetes.io/auth-secret'], 'grafana-users')
  })

  test('YB-21 an autoscaler without the alert on slow answers is advised against', () => {
    const scaled = { api: { autoscaling: { enabled: true } } }
    assert.match((yabWith({ own: scaled }).advice ?? []).join('\n'), /does not see slow answers/)
    const seen = yabWith({ own: { ...scaled, observability: { enabled: true } } })
    assert.doesNotMatch((seen.advice ?? []).join('\n'), /slow answers/)
    const rules = find(seen, 'PrometheusRule/yab-api').spec.groups?.[0]?.rules ?? []
    assert.ok(rules.some(({ expr }) => /histogram_quantile\(0\.95/.test(String(expr))))
  })
})
