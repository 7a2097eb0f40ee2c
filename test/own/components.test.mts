import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { app, job, outline, refused, renderPlain, stackOf, stream } from './plain.mts'

const object = (apiVersion: string, kind: string, name: string, rest = ''): string =>
  `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: ${name}}${rest}}`

suite('stackOfManifests()', () => {
  test('stackOfManifests() makes each workload a component, with what is there for it alone, behind what has no life of its own', () => {
    const text = stream(
      app('web', '      volumes: [{name: data, persistentVolumeClaim: {claimName: disk}}]'),
      object('networking.k8s.io/v1', 'Ingress', 'site', ', spec: {rules: [{host: shop.localhost}]}'),
      object(
        'autoscaling/v2',
        'HorizontalPodAutoscaler',
        'web',
        ', spec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: web}}',
      ),
      object('policy/v1', 'PodDisruptionBudget', 'web', ', spec: {selector: {matchLabels: {app: web}}}'),
      object('v1', 'PersistentVolumeClaim', 'disk', ', spec: {accessModes: [ReadWriteOnce]}'),
      object('v1', 'ConfigMap', 'words'),
      object('v1', 'ServiceAccount', 'robot'),
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'queues.acme.dev'),
      object('acme.dev/v1', 'Queue', 'orders'),
      object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'guard'),
      app('api'),
    )
    assert.deepEqual(outline(renderPlain(text)), [
      'namespace: Namespace shop',
      'definitions: CustomResourceDefinition queues.acme.dev',
      'config: ServiceAccount robot, ConfigMap words < definitions',
      'edge: Ingress site < definitions, config',
      'custom: Queue orders < definitions, config',
      'web: PodDisruptionBudget web, PersistentVolumeClaim disk, Service web, Deployment web, HorizontalPodAutoscaler web < definitions, config',
      'api: Service api, Deployment api < definitions, config',
      'webhooks: ValidatingWebhookConfiguration guard < definitions, config, web, api',
    ])
  })

  test('stackOfManifests() leaves a Service of two workloads, or of none, with what has no life of its own', () => {
    const green = app('green').replaceAll('{app: green}', '{app: web}')
    const text = stream(app('web'), green.slice(0, green.indexOf('---')), object('v1', 'Service', 'elsewhere'))
    assert.deepEqual(outline(renderPlain(text)), [
      'namespace: Namespace shop',
      'config: Service web, Service elsewhere',
      'web: Deployment web < config',
      'green: Deployment green < config',
    ])
  })

  test('stackOfManifests() tells workloads of one name apart', () => {
    const names = outline(renderPlain(stream(app('web'), job('web'), app('config')))).map(
      (line) => line.split(':')[0] ?? '',
    )
    assert.deepEqual(names, ['namespace', 'web', 'job-web', 'deployment-config'])
  })

  test("stackOfManifests() keeps the moments of Helm's hooks, in the order of their weights", () => {
    const hook = (when: string, weight = 0): string => `{helm.sh/hook: '${when}', helm.sh/hook-weight: '${weight}'}`
    const text = stream(
      app('web'),
      job('second', hook('pre-upgrade', 5)),
      job('first', hook('pre-install,pre-upgrade', -5)),
      job('warm', hook('post-install')),
      job('probe', hook('test')),
      job('goodbye', hook('pre-delete')),
    )
    assert.deepEqual(outline(renderPlain(text)), [
      'namespace: Namespace shop',
      'first: Job first',
      'second: Job second < first',
      'web: Service web, Deployment web < second',
      'warm: Job warm < second, web',
    ])
    assert.deepEqual(stackOf(text).told?.notes, [
      "left out job/probe (shop.yaml:43): Helm's hook test",
      "left out job/goodbye (shop.yaml:50): Helm's hook pre-delete",
    ])
  })

  test('stackOfManifests() lives in the one namespace that all objects name, else in that of its name', () => {
    const inside = (name: string, namespace: string): string =>
      `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}, namespace: ${namespace}}}`
    const outside = object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'reader')
    const rows: [string, string][] = [
      [stream(inside('a', 'store'), inside('b', 'store'), outside), 'store'],
      [stream(inside('a', 'store'), inside('b', 'other')), 'shop'],
      [stream(inside('a', 'kube-system'), object('v1', 'ConfigMap', 'b')), 'shop'],
      [object('v1', 'ConfigMap', 'b'), 'shop'],
    ]
    for (const [text, home] of rows) assert.equal(renderPlain(text).home, home, text)
    const moved = renderPlain(stream(inside('a', 'store'), object('v1', 'ConfigMap', 'b')), 'there')
    const at = moved.components.flatMap(({ objects }) => objects.map(({ metadata }) => metadata.namespace))
    assert.deepEqual(at, [undefined, 'store', 'there'])
  })

  test('stackOfManifests() refuses an object that stands twice, also where only the home namespace makes it so', () => {
    const named = '{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: store}}'
    const twice = stream(named, object('v1', 'ConfigMap', 'a'))
    assert.match(
      refused(() => renderPlain(twice, 'store')),
      /shop\.yaml:3: configmap\/a stands in shop\.yaml:1 already/,
    )
    assert.equal(renderPlain(twice).components.length, 2)
  })

  test('stackOfManifests() proves by endpoints, Jobs that ended, and pods that read the newest data', () => {
    const asleep = app('asleep').replace('spec:\n', 'spec:\n  replicas: 0\n')
    const text = stream(
      app('web').replace('/proxy:7}', '/proxy:7, envFrom: [{configMapRef: {name: words}}]}'),
      asleep,
      job('seed'),
      object('v1', 'ConfigMap', 'words'),
      object(
        'networking.k8s.io/v1',
        'Ingress',
        'site',
        ", spec: {rules: [{host: shop.localhost}, {host: '*.shop.localhost'}]}",
      ),
    )
    const { proofs } = renderPlain(text)
    assert.deepEqual(
      proofs.map(({ kind, name }) => `${kind} ${name}`),
      ['backed service web', 'job-done job seed', 'fresh web fresh', 'dns dns'],
    )
    const [backed] = proofs
    assert.ok(backed?.kind === 'backed')
    assert.equal(backed.image, 'registry.example/acme/web:1.4', 'the container that has the port')
    assert.equal(backed.service.namespace, 'shop')
  })

  test('stackOfManifests() holds pods back until a custom resource has filled the Secret they read', () => {
    const text = stream(
      app('web').replace(
        'ports: [{containerPort: 8080}]}',
        'ports: [{containerPort: 8080}], env: [{name: A, valueFrom: {secretKeyRef: {name: keys, key: TOKEN}}}]}',
      ),
      object('external-secrets.io/v1', 'ExternalSecret', 'from-store', ', spec: {target: {name: keys}}'),
    )
    assert.deepEqual(renderPlain(text).secrets, [{ namespace: 'shop', name: 'keys', keys: ['TOKEN'] }])
  })

  test('stackOfManifests() tells every value that its Secrets hold, as it is and decoded', () => {
    const data = `{data: {a: ${Buffer.from('not-a-real-one').toString('base64')}}, stringData: {b: neither-is-this}`
    const text = `${data}, apiVersion: v1, kind: Secret, metadata: {name: keys}}`
    const told = (stackOf(text).told?.secrets ?? []).map((value) => value.reveal())
    assert.deepEqual(told, ['bm90LWEtcmVhbC1vbmU=', 'not-a-real-one', 'neither-is-this'])
  })
})
