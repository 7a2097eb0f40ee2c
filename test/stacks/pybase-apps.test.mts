import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { containersOf, templateOf } from '../../lib/kube/containers.mts'
import type { Container, Deployment } from '../../lib/kube/schema/types.mts'
import { APPS, ELSEWHERE, pybaseWith } from './pybase.mts'
import { find, namesOf, objectsOf } from './rendered.mts'
import { restrictedFaults } from './restricted.mts'

const desired = pybaseWith()

function appOf(name: (typeof APPS)[number]): { deployment: Deployment; container: Container } {
  const deployment = find(desired, `Deployment/${name}`)
  const container = deployment.spec?.template.spec?.containers[0]
  assert.ok(container)
  return { deployment, container }
}

/** `200m/256Mi–1/1Gi`, as the requirements write it. */
function amountsOf({ resources = {} }: Container): string {
  const { requests = {}, limits = {} } = resources
  return `${requests['cpu']}/${requests['memory']}–${limits['cpu']}/${limits['memory']}`
}

suite('pybase apps', () => {
  test('PB-01 the API is live while it answers and ready while database and Redis do, after a start of two minutes at most', () => {
    const { startupProbe, livenessProbe, readinessProbe, ports } = appOf('api').container
    assert.deepEqual(ports, [{ name: 'http', containerPort: 8000 }])
    assert.deepEqual(startupProbe?.httpGet, { path: '/health', port: 8000 })
    assert.equal((startupProbe?.failureThreshold ?? 0) * (startupProbe?.periodSeconds ?? 0), 120)
    assert.deepEqual(livenessProbe?.httpGet, { path: '/health', port: 8000 })
    assert.deepEqual(readinessProbe?.httpGet, { path: '/health/ready', port: 8000 })
    assert.deepEqual(find(desired, 'Service/api').spec?.ports, [{ name: 'http', port: 8000, targetPort: 8000 }])
  })

  test('PB-01 init container alembic-migrate upgrades to head with what the API reads', () => {
    const { deployment, container } = appOf('api')
    const [migration] = deployment.spec?.template.spec?.initContainers ?? []
    assert.equal(migration?.name, 'alembic-migrate')
    assert.deepEqual(migration.command, ['alembic', 'upgrade', 'head'])
    assert.equal(migration.image, container.image)
    assert.deepEqual([migration.env, migration.envFrom], [container.env, container.envFrom])
  })

  test('PB-01 an update of the API never has fewer ready pods than replicas', () => {
    assert.deepEqual(appOf('api').deployment.spec?.strategy, {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    })
  })

  test('PB-01 PB-02 PB-03 each app asks for and is given what the requirements say', () => {
    assert.deepEqual(Object.fromEntries(APPS.map((name) => [name, amountsOf(appOf(name).container)])), {
      api: '200m/256Mi–1/1Gi',
      'extraction-worker': '200m/512Mi–1/2Gi',
      'search-worker': '100m/256Mi–500m/1Gi',
      frontend: '50m/64Mi–200m/128Mi',
    })
  })

  test('PB-02 the workers: queue, concurrency, and time to finish what they do', () => {
    const told = (name: (typeof APPS)[number]) => {
      const { deployment, container } = appOf(name)
      return [container.args?.slice(0, 4), deployment.spec?.template.spec?.terminationGracePeriodSeconds]
    }
    assert.deepEqual(told('extraction-worker'), [['--queues', 'extraction', '--concurrency', '2'], 3600])
    assert.deepEqual(told('search-worker'), [['--queues', 'search', '--concurrency', '4'], 300])
  })

  test('PB-02 the age of a heartbeat file is probed, and no Celery is asked', () => {
    for (const name of ['extraction-worker', 'search-worker'] as const) {
      const { startupProbe, livenessProbe, readinessProbe, env } = appOf(name).container
      const file = env?.find((one) => one.name === 'HEARTBEAT_FILE')?.value ?? 'unset'
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
        const command = probe?.exec?.command?.join(' ') ?? ''
        assert.ok(command.includes(file), command)
        assert.doesNotMatch(command, /celery|python/)
      }
    }
  })

  test('PB-03 the frontend is nginx without privileges on 8080, asked at /health', () => {
    const { deployment, container } = appOf('frontend')
    assert.equal(deployment.spec?.template.spec?.securityContext?.runAsUser, 101)
    assert.deepEqual(container.livenessProbe?.httpGet, { path: '/health', port: 8080 })
    assert.deepEqual(container.readinessProbe?.httpGet, { path: '/health', port: 8080 })
  })

  test('PB-05 four autoscalers with the bounds, targets and paces of the requirements', () => {
    const told = APPS.map((name) => {
      const { spec } = find(desired, `HorizontalPodAutoscaler/${name}`)
      const targets = spec?.metrics?.map(({ resource }) => resource?.target.averageUtilization)
      const { scaleUp, scaleDown } = spec?.behavior ?? {}
      const rule = (one: typeof scaleUp) =>
        one?.policies?.map(({ value, periodSeconds }) => `${value}/${periodSeconds}`)
      return [
        `${name} ${spec?.minReplicas}–${spec?.maxReplicas} ${targets?.join('/')}`,
        `up ${rule(scaleUp)?.join(' or ')}, down ${rule(scaleDown)?.join(' or ')} after ${scaleDown?.stabilizationWindowSeconds}`,
      ]
    })
    const usual = 'up 50/15 or 2/15, down 10/60 or 1/60 after 300'
    assert.deepEqual(told, [
      ['api 2–10 70/80', usual],
      ['extraction-worker 2–8 75/85', 'up 50/15 or 2/15, down 10/90 or 1/90 after 600'],
      ['search-worker 2–6 70/80', usual],
      ['frontend 2–6 70/80', usual],
    ])
  })

  test('PB-05 what an autoscaler counts has no replicas of its own; without one they are replicaCount', () => {
    for (const name of APPS) assert.equal(appOf(name).deployment.spec?.replicas, undefined, name)
    const fixed = pybaseWith({ own: { searchWorker: { replicaCount: 3, autoscaling: { enabled: false } } } })
    assert.equal(find(fixed, 'Deployment/search-worker').spec?.replicas, 3)
    assert.ok(!namesOf(fixed).includes('HorizontalPodAutoscaler/search-worker'))
  })

  test('PB-08 five budgets: one pod of each app stays, and a drain may take PostgreSQL', () => {
    const budgets = objectsOf(desired).filter(({ kind }) => kind === 'PodDisruptionBudget')
    const told = budgets.map(({ metadata }) => {
      const { minAvailable, maxUnavailable, selector } =
        find(desired, `PodDisruptionBudget/${metadata.name}`).spec ?? {}
      return [selector?.matchLabels?.['app'], minAvailable, maxUnavailable]
    })
    assert.deepEqual(
      told.toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
      [
        ['api', 1, undefined],
        ['extraction-worker', 1, undefined],
        ['frontend', 1, undefined],
        ['postgres', undefined, 1],
        ['search-worker', 1, undefined],
      ],
    )
  })

  test('PB-08 four ServiceAccounts, one for each app; no pod mounts a token', () => {
    const accounts = objectsOf(desired).filter(({ kind }) => kind === 'ServiceAccount')
    assert.deepEqual(
      accounts.map(({ metadata }) => metadata.name),
      APPS.map((name) => `pybase-${name}`),
    )
    for (const name of APPS)
      assert.equal(appOf(name).deployment.spec?.template.spec?.serviceAccountName, `pybase-${name}`)
    for (const object of objectsOf(desired)) {
      const spec = templateOf(object)?.spec
      if (spec !== undefined) assert.equal(spec.automountServiceAccountToken, false, object.metadata.name)
    }
  })

  test('PB-08 one Role reads one ConfigMap and says why; two bindings give it to the API and to the workers', () => {
    const role = find(desired, 'Role/pybase-config')
    assert.deepEqual(role.rules, [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['pybase-config'], verbs: ['get', 'watch'] },
    ])
    const bindings = objectsOf(desired).filter(({ kind }) => kind === 'RoleBinding')
    const subjects = bindings.map(({ metadata }) =>
      find(desired, `RoleBinding/${metadata.name}`).subjects?.map(({ name }) => name),
    )
    assert.deepEqual(subjects, [['pybase-api'], ['pybase-extraction-worker', 'pybase-search-worker']])
    for (const { metadata } of [role, ...bindings])
      assert.match(metadata.annotations?.['kubernetes.io/description'] ?? '', /configuration|workers/)
  })

  test('every pod is one that Pod Security restricted admits, and every container has a tag and asks for something', () => {
    const pods = [desired, pybaseWith({ own: ELSEWHERE })].flatMap(objectsOf).flatMap((object) => {
      const spec = templateOf(object)?.spec
      return spec === undefined ? [] : [{ name: object.metadata.name, spec }]
    })
    assert.equal(pods.length, 9 + 4)
    for (const { name, spec } of pods) {
      assert.deepEqual(restrictedFaults(spec), [], name)
      for (const { image, resources } of containersOf(spec)) {
        assert.match(image ?? '', /:(?!latest)[\w.-]+$/)
        assert.deepEqual(Object.keys(resources?.requests ?? {}), ['cpu', 'memory'], name)
      }
    }
  })
})
