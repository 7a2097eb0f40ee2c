import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { httpApp, staticWeb } from '../../../lib/stacks/parts/http.mts'
import { runtimeConfig } from '../../../lib/stacks/parts/config.mts'
import { migrationJob } from '../../../lib/stacks/parts/migration.mts'
import { autoscaler, disruptionBudget } from '../../../lib/stacks/parts/scaling.mts'
import { site } from '../../../lib/stacks/parts/site.mts'
import { celeryWorker } from '../../../lib/stacks/parts/worker.mts'
import { API, WORKER } from './everything.mts'

suite('httpApp()', () => {
  test('httpApp() leaves the count to an autoscaler where it is told so, and says it otherwise', () => {
    const counts = [undefined, 3, 'autoscaled' as const].map((replicas) => {
      const [{ spec }] = httpApp(replicas === undefined ? API : { ...API, replicas })
      return spec !== undefined && 'replicas' in spec ? spec.replicas : 'absent'
    })
    assert.deepEqual(counts, [1, 3, 'absent'])
  })

  test('httpApp() asks the health path in its startup probe, for as long as a start may take', () => {
    const [{ spec }] = httpApp({ ...API, startup: 62 })
    const { startupProbe, livenessProbe } = spec?.template.spec?.containers[0] ?? {}
    assert.deepEqual(startupProbe, { httpGet: { path: '/health', port: 8000 }, periodSeconds: 5, failureThreshold: 13 })
    assert.equal(livenessProbe?.initialDelaySeconds, 10)
    const [{ spec: without }] = httpApp(API)
    assert.equal(without?.template.spec?.containers[0]?.startupProbe, undefined)
  })

  test('httpApp() spreads several pods over zones and nodes and never keeps one from starting by it', () => {
    const over = (options: Partial<Parameters<typeof httpApp>[0]>) =>
      (httpApp({ ...API, ...options })[0].spec?.template.spec?.topologySpreadConstraints ?? []).map(
        ({ topologyKey, whenUnsatisfiable }) => `${topologyKey} ${whenUnsatisfiable}`,
      )
    const gently = ['topology.kubernetes.io/zone ScheduleAnyway', 'kubernetes.io/hostname ScheduleAnyway']
    assert.deepEqual(over({}), [])
    assert.deepEqual(over({ replicas: 2 }), gently)
    assert.deepEqual(over({ replicas: 'autoscaled' }), gently)
    assert.deepEqual(over({ replicas: 2, spread: 'require' }), [gently[0], 'kubernetes.io/hostname DoNotSchedule'])
  })

  test('httpApp() reads ConfigMaps before Secrets, in the app and in its migration', () => {
    const [{ spec }] = httpApp(API)
    const both = [{ configMapRef: { name: 'api-config' } }, { secretRef: { name: 'api-env' } }]
    const { initContainers = [], containers = [] } = spec?.template.spec ?? {}
    assert.deepEqual(
      [...initContainers, ...containers].map(({ envFrom }) => envFrom),
      [both, both],
    )
  })

  test('httpApp() runs under its own account, with a token only where it is asked for', () => {
    const [{ spec }] = httpApp({ ...API, account: { name: 'api' } })
    assert.equal(spec?.template.spec?.serviceAccountName, 'api')
    assert.equal(spec?.template.spec?.automountServiceAccountToken, false)
    const [talking] = httpApp({ ...API, account: { name: 'api', token: 'mounted' } })
    assert.equal(talking.spec?.template.spec?.automountServiceAccountToken, true)
  })

  test('staticWeb() lays the runtime configuration over the one of the image', () => {
    const [{ spec }] = staticWeb({ name: 'web', image: 'web:1', runtime: 'web-config' })
    const mounts = spec?.template.spec?.containers[0]?.volumeMounts ?? []
    assert.deepEqual(mounts[0], {
      name: 'web-config',
      mountPath: '/usr/share/nginx/html/config.js',
      subPath: 'config.js',
      readOnly: true,
    })
  })

  test('runtimeConfig() is a script that sets one global, and no value ends it', () => {
    const { data = {} } = runtimeConfig('web-config', { api: 'https://x/</script><b>' })
    const page: { window: Record<string, unknown> } = { window: {} }
    runInNewContext(data['config.js'] ?? '', page)
    assert.equal(JSON.stringify(page.window['__CONFIG__']), JSON.stringify({ api: 'https://x/</script><b>' }))
    assert.ok(!data['config.js']?.includes('</script'))
  })
})

test('migrationJob() runs the migration of an image once, each attempt in a pod of its own', () => {
  const { spec } = migrationJob({ name: 'migrate', image: 'api:1', uid: 1001, command: ['alembic', 'upgrade', 'head'] })
  assert.equal(spec?.template.spec?.restartPolicy, 'Never')
  assert.equal(spec?.ttlSecondsAfterFinished, undefined)
  assert.deepEqual(spec?.template.spec?.containers[0]?.command, ['alembic', 'upgrade', 'head'])
})

suite('celeryWorker()', () => {
  test('celeryWorker() lets a task end for as long as it was given', () => {
    assert.equal(celeryWorker(WORKER).spec?.template.spec?.terminationGracePeriodSeconds, 3600)
  })

  test('celeryWorker() starts celery with its app, queues and concurrency', () => {
    const [container] = celeryWorker({ ...WORKER, queues: ['a', 'b'] }).spec?.template.spec?.containers ?? []
    const words = [...(container?.command ?? []), ...(container?.args ?? [])].join(' ')
    assert.equal(words, 'celery -A app.worker worker --queues a,b --concurrency 2 --loglevel INFO')
  })

  test('celeryWorker() is probed by the age of a file whose place the app is told, and never by celery', () => {
    const heartbeat = { file: '/tmp/beat', within: 45 }
    const [container] = celeryWorker({ ...WORKER, heartbeat }).spec?.template.spec?.containers ?? []
    assert.deepEqual(container?.env, [{ name: 'HEARTBEAT_FILE', value: '/tmp/beat' }])
    for (const probe of [container?.startupProbe, container?.livenessProbe, container?.readinessProbe]) {
      const words = probe?.exec?.command?.join(' ') ?? ''
      assert.match(words, /stat -c %Y \/tmp\/beat.*-lt 45$/)
      assert.doesNotMatch(words, /celery/)
    }
  })
})

suite('site()', () => {
  const ONE = {
    name: 'shop',
    host: 'shop.acme.dev',
    className: 'nginx',
    routes: [{ path: '/', service: 'web', port: 80 }],
  }

  test('site() without TLS has neither a certificate nor a redirect', () => {
    const { metadata, spec } = site({ ...ONE, tls: 'none' })
    assert.deepEqual([metadata.annotations, spec?.tls], [{}, undefined])
  })

  test("site() takes a platform's annotations beside its own", () => {
    const { metadata } = site({
      ...ONE,
      tls: { secretName: 't', issuer: 'letsencrypt-prod' },
      annotations: { 'x/y': 'z' },
    })
    assert.deepEqual(metadata.annotations, {
      'cert-manager.io/cluster-issuer': 'letsencrypt-prod',
      'nginx.ingress.kubernetes.io/ssl-redirect': 'true',
      'x/y': 'z',
    })
  })
})

suite('scaling', () => {
  test('autoscaler() goes up by 50 % or 2 pods in 15 s and down by 10 % or 1 pod in 60 s, after five minutes', () => {
    const { spec } = autoscaler({ app: 'api', min: 2, max: 10, cpu: 70, memory: 80 })
    assert.deepEqual([spec?.minReplicas, spec?.maxReplicas, spec?.scaleTargetRef.name], [2, 10, 'api'])
    assert.deepEqual(
      spec?.metrics?.map(({ resource }) => [resource?.name, resource?.target.averageUtilization]),
      [
        ['cpu', 70],
        ['memory', 80],
      ],
    )
    const { scaleUp, scaleDown } = spec?.behavior ?? {}
    const told = (rules: typeof scaleUp) =>
      rules?.policies?.map(({ type, value, periodSeconds }) => [type, value, periodSeconds])
    assert.deepEqual(told(scaleUp), [
      ['Percent', 50, 15],
      ['Pods', 2, 15],
    ])
    assert.deepEqual(told(scaleDown), [
      ['Percent', 10, 60],
      ['Pods', 1, 60],
    ])
    assert.deepEqual([scaleUp?.stabilizationWindowSeconds, scaleDown?.stabilizationWindowSeconds], [undefined, 300])
  })

  test('disruptionBudget() selects the pods that httpApp makes, and sick ones hold no drain up', () => {
    const { spec } = disruptionBudget('api', { maxUnavailable: 1 })
    const [{ spec: app }] = httpApp(API)
    assert.deepEqual(spec?.selector, app?.selector)
    assert.deepEqual(
      [spec?.maxUnavailable, spec?.minAvailable, spec?.unhealthyPodEvictionPolicy],
      [1, undefined, 'AlwaysAllow'],
    )
  })
})
