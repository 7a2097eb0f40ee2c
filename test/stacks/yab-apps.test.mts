import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { containersOf, templateOf } from '../../lib/kube/containers.mts'
import { validate } from '../../lib/kube/validate.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import { find, namesOf, objectsOf } from './rendered.mts'
import { restrictedFaults } from './restricted.mts'
import { refusals, TAG, VARIANTS, yabWith } from './yab.mts'

const desired = yabWith()
const api = find(desired, 'Deployment/yab-api')

function podOf(app: string, from: Desired = desired) {
  return find(from, `Deployment/yab-${app}`).spec?.template.spec
}

function needsOf(name: string): readonly string[] {
  return desired.components.find((one) => one.name === name)?.needs ?? []
}

suite('yab apps', () => {
  test('YB-01 api, web and admin run, the worker does not, and each is gone with its switch', () => {
    const running = (one: Desired) => namesOf(one).filter((name) => name.startsWith('Deployment/'))
    assert.deepEqual(running(desired), ['Deployment/yab-api', 'Deployment/yab-web', 'Deployment/yab-admin'])
    for (const app of ['api', 'web', 'admin'] as const) {
      const without = namesOf(yabWith({ own: { [app]: { enabled: false } } }))
      assert.deepEqual(
        without.filter((name) => name.endsWith(`/yab-${app}`)),
        [],
      )
      assert.equal(without.includes(`ConfigMap/${app}-config`), false)
      assert.equal(without.includes('Job/yab-migrations'), app !== 'api')
    }
  })

  test("YB-01 the migrations are a Job on the API's image that the API waits for", () => {
    const job = find(desired, 'Job/yab-migrations').spec?.template.spec?.containers[0]
    assert.equal(job?.image, podOf('api')?.containers[0]?.image)
    assert.deepEqual(job?.command, ['alembic', 'upgrade', 'head'])
    assert.ok(needsOf('api').includes('migrations'))
    assert.ok(needsOf('migrations').includes('secrets'))
    assert.ok(desired.proofs.some((proof) => proof.kind === 'job-done' && proof.job.name.startsWith('yab-migrations-')))
  })

  test('YB-01 a new image is a new Job, and the same one is the same', () => {
    const nameOf = (one: Desired) => objectsOf(one).find(({ kind }) => kind === 'Job')?.metadata.name
    assert.equal(nameOf(yabWith()), nameOf(desired))
    assert.notEqual(nameOf(yabWith({ tags: { api: '1.4.2' } })), nameOf(desired))
    assert.equal(nameOf(yabWith({ tags: { web: '1.4.2' } })), nameOf(desired))
  })

  test('YB-01 the worker runs the image of the API, alone and after its predecessor unless its jobs may run twice', () => {
    const command = ['python', '-m', 'app.worker']
    const one = find(yabWith({ own: { worker: { enabled: true, command } } }), 'Deployment/yab-worker').spec
    assert.equal(one?.template.spec?.containers[0]?.image, api.spec?.template.spec?.containers[0]?.image)
    assert.deepEqual(one?.template.spec?.containers[0]?.command, command)
    assert.deepEqual(one?.template.spec?.containers[0]?.envFrom?.at(-1), { secretRef: { name: 'worker-env' } })
    assert.deepEqual([one?.replicas, one?.strategy], [1, { type: 'Recreate' }])
    const many = yabWith({ own: { worker: { enabled: true, command, replicaCount: 3, idempotent: true } } })
    assert.equal(find(many, 'Deployment/yab-worker').spec?.strategy?.type, 'RollingUpdate')
    assert.match((many.advice ?? []).join('\n'), /several workers take jobs out of their order/)
  })

  test('YB-01 YB-21 a worker without a command, and several that are not idempotent, are refused', () => {
    assert.match(refusals({ worker: { enabled: true } }).join(), /^worker\.command must say how/)
    assert.match(refusals({ worker: { replicaCount: 2 } }).join(), /worker\.replicaCount must be 1 unless worker\.idem/)
  })

  test('YB-04 every object of an app has the recommended labels, pods too, and no selector has them', () => {
    const labels = {
      'app.kubernetes.io/name': 'api',
      'app.kubernetes.io/part-of': 'yetanotherboilerplate',
      'app.kubernetes.io/component': 'api',
      'app.kubernetes.io/instance': 'yab-api',
      'app.kubernetes.io/managed-by': 'landfall',
      'app.kubernetes.io/version': TAG,
    }
    assert.deepEqual({ ...api.metadata.labels, ...labels }, api.metadata.labels)
    assert.deepEqual({ ...api.spec?.template.metadata?.labels, ...labels }, api.spec?.template.metadata?.labels)
    assert.deepEqual(api.spec?.selector, { matchLabels: { app: 'yab-api' } })
    for (const { kind, metadata } of objectsOf(desired))
      assert.equal(metadata.labels?.['app.kubernetes.io/part-of'], 'yetanotherboilerplate', `${kind}/${metadata.name}`)
  })

  test('YB-05 the API: image, port, user, probes on /health/, amounts, two replicas', () => {
    const pod = podOf('api')
    const [container] = pod?.containers ?? []
    assert.equal(container?.image, `ghcr.io/yourorg/api:${TAG}`)
    assert.deepEqual(container?.ports, [{ name: 'http', containerPort: 8000 }])
    assert.ok((pod?.securityContext?.runAsUser ?? 0) > 0)
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const)
      assert.deepEqual(container?.[probe]?.httpGet, { path: '/health/', port: 8000 })
    assert.deepEqual(container?.resources, {
      requests: { cpu: '200m', memory: '256Mi' },
      limits: { cpu: '500m', memory: '512Mi' },
    })
    assert.equal(api.spec?.replicas, 2)
  })

  test('YB-11 each app has a ServiceAccount of its own, and a token only where it was asked for', () => {
    for (const app of ['api', 'web', 'admin']) {
      assert.equal(podOf(app)?.serviceAccountName, `yab-${app}`)
      assert.equal(find(desired, `ServiceAccount/yab-${app}`).automountServiceAccountToken, false)
      assert.equal(podOf(app)?.automountServiceAccountToken, false)
    }
    const asked = yabWith({ own: { web: { serviceAccountToken: 'mounted' } } })
    assert.equal(podOf('web', asked)?.automountServiceAccountToken, true)
    assert.equal(podOf('api', asked)?.automountServiceAccountToken, false)
  })

  test('YB-14 autoscaler and budget are off; switched on, the autoscaler alone says how many', () => {
    assert.deepEqual(
      namesOf(desired).filter((name) => /HorizontalPod|Disruption/.test(name)),
      [],
    )
    const own = { api: { autoscaling: { enabled: true }, disruptionBudget: { enabled: true } } }
    const scaled = yabWith({ own })
    const { minReplicas, maxReplicas, metrics, scaleTargetRef } =
      find(scaled, 'HorizontalPodAutoscaler/yab-api').spec ?? {}
    assert.deepEqual([minReplicas, maxReplicas, scaleTargetRef?.name], [2, 6, 'yab-api'])
    assert.deepEqual(metrics, [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
    ])
    assert.equal(find(scaled, 'PodDisruptionBudget/yab-api').spec?.minAvailable, 1)
    assert.equal(find(scaled, 'Deployment/yab-api').spec?.replicas, undefined)
    assert.match(refusals({ api: { autoscaling: { minReplicas: 9 } } }).join(), /maxReplicas must be at least/)
  })

  test('YB-15 pods of the API prefer different nodes and zones, or insist; affinity is a setting of every stack', () => {
    const rules = (one: Desired) =>
      (podOf('api', one)?.topologySpreadConstraints ?? []).map((rule) => [rule.topologyKey, rule.whenUnsatisfiable])
    const [zone, node] = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']
    assert.deepEqual(rules(desired), [
      [zone, 'ScheduleAnyway'],
      [node, 'ScheduleAnyway'],
    ])
    assert.deepEqual(rules(yabWith({ own: { api: { spread: 'require' } } })).at(-1), [node, 'DoNotSchedule'])
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: node }] } }
    assert.deepEqual(podOf('api', yabWith({ common: { placement: { affinity } } }))?.affinity, affinity)
  })

  test('YB-17 config.js of web and admin lies over the one in the image and tells where the API is', () => {
    for (const app of ['web', 'admin'] as const) {
      const text = find(desired, `ConfigMap/${app}-config`).data?.['config.js'] ?? ''
      assert.match(text, /^window\.__CONFIG__ = \{/)
      assert.match(text, /"apiUrl": "https:\/\/api\.yab\.acme\.dev"/)
      const mount = podOf(app)?.containers[0]?.volumeMounts?.find(({ subPath }) => subPath === 'config.js')
      assert.equal(mount?.mountPath, '/usr/share/nginx/html/config.js')
    }
    const more = yabWith({ own: { web: { config: { analyticsId: 'abc' } } } })
    assert.match(find(more, 'ConfigMap/web-config').data?.['config.js'] ?? '', /"analyticsId": "abc"/)
  })

  test('every object of every variant is what the schema takes, and Pod Security restricted admits every pod', () => {
    for (const object of VARIANTS.flatMap(objectsOf)) {
      assert.deepEqual(validate(object), [], `${object.kind}/${object.metadata.name}`)
      const pod = templateOf(object)?.spec
      if (pod === undefined) continue
      assert.deepEqual(restrictedFaults(pod), [], object.metadata.name)
      for (const { resources } of containersOf(pod)) assert.ok(resources?.requests?.['cpu'])
    }
  })
})
