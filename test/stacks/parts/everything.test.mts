import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { containersOf, templateOf } from '../../../lib/kube/containers.mts'
import { normal } from '../../../lib/kube/normal.mts'
import type { Container, Probe, Service } from '../../../lib/kube/schema/types.mts'
import { validate } from '../../../lib/kube/validate.mts'
import { autoscaler, disruptionBudget } from '../../../lib/stacks/parts/scaling.mts'
import { labelled } from '../../../lib/stacks/parts/labels.mts'
import { patch } from '../../../lib/stacks/patch.mts'
import { restrictedFaults } from '../restricted.mts'
import { EVERYTHING } from './everything.mts'

const pods = EVERYTHING.flatMap((object) => {
  const spec = templateOf(object)?.spec
  return spec === undefined ? [] : [{ name: `${object.kind}/${object.metadata.name}`, spec }]
})
const containers = pods.flatMap(({ name, spec }) =>
  containersOf(spec).map((container) => ({ name: `${name}/${container.name}`, container, spec })),
)

suite('every part', () => {
  test('every part is valid by the schema of Kubernetes', () => {
    for (const object of EVERYTHING) assert.deepEqual(validate(normal(object)), [], object.metadata.name)
  })

  test('every pod is admitted by Pod Security restricted', () => {
    assert.equal(pods.length, 11)
    for (const { name, spec } of pods) assert.deepEqual(restrictedFaults(spec), [], name)
  })

  test('every pod does without a token of the API and without the variables of Services', () => {
    for (const { name, spec } of pods)
      assert.deepEqual([spec.automountServiceAccountToken, spec.enableServiceLinks], [false, false], name)
  })

  test('every container has a read-only root and writes to volumes alone', () => {
    for (const { name, container } of containers)
      assert.equal(container.securityContext?.readOnlyRootFilesystem, true, name)
  })

  test('every container asks for CPU and memory', () => {
    for (const { name, container } of containers)
      assert.deepEqual(Object.keys(container.resources?.requests ?? {}), ['cpu', 'memory'], name)
  })

  test('every mount has its volume, and every volume a mount', () => {
    for (const { name, spec } of pods) {
      const owner = EVERYTHING.find((object) => `${object.kind}/${object.metadata.name}` === name)
      const templates = (owner as { spec?: { volumeClaimTemplates?: { metadata: { name: string } }[] } }).spec
      const claimed = (templates?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name)
      const volumes = [...(spec.volumes ?? []).map((volume) => volume.name), ...claimed]
      const mounts = containersOf(spec).flatMap(({ volumeMounts = [] }) => volumeMounts.map((mount) => mount.name))
      assert.deepEqual([...new Set(mounts)].sort(), [...new Set(volumes)].sort(), name)
    }
  })

  test('every Service leads to a port that a container of its pods listens on', () => {
    const services = EVERYTHING.filter((object): object is Service => object.kind === 'Service')
    assert.equal(services.length, 7)
    for (const { metadata, spec } of services) {
      const found = EVERYTHING.find((object) => {
        const { labels = {} } = templateOf(object)?.metadata ?? {}
        return Object.entries(spec?.selector ?? {}).every(([key, value]) => labels[key] === value)
      })
      const listens = containersOf(found && templateOf(found)?.spec).flatMap(({ ports = [] }) =>
        ports.map(({ containerPort }) => containerPort),
      )
      for (const { targetPort } of spec?.ports ?? []) assert.ok(listens.includes(Number(targetPort)), metadata.name)
    }
  })

  test('every long-running container is asked whether it lives and whether it is ready', () => {
    const running = pods.flatMap(({ name, spec }) =>
      spec.restartPolicy === 'Never' ? [] : mains(name, spec.containers),
    )
    assert.equal(running.length, 9)
    for (const { name, container } of running) {
      assert.ok(container.livenessProbe, name)
      assert.ok(container.readinessProbe, name)
    }
  })

  test('every probe that starts a command gives it more than the one second of the default', () => {
    const probes = containers.flatMap(({ name, container }) => probesOf(container).map((probe) => ({ name, probe })))
    const commands = probes.filter(({ probe }) => probe.exec !== undefined)
    assert.ok(commands.length >= 12)
    for (const { name, probe } of commands) assert.ok((probe.timeoutSeconds ?? 1) >= 5, name)
  })

  test('patch() changes what no part has an option for, in any of them', () => {
    const patched = EVERYTHING.flatMap((object) => (object.kind === 'Deployment' ? [object.metadata.name] : [])).reduce(
      (objects, name) =>
        patch(objects, `Deployment/${name}`, { spec: { template: { spec: { priorityClassName: 'high' } } } }),
      [...EVERYTHING],
    )
    const classes = patched.flatMap((object) =>
      object.kind === 'Deployment' ? [templateOf(object)?.spec?.priorityClassName] : [],
    )
    assert.deepEqual(new Set(classes), new Set(['high']))
    const [stateful] = patch(EVERYTHING, 'StatefulSet/postgres', {
      spec: { template: { spec: { containers: [{ name: 'postgres', args: ['-c', 'max_connections=200'] }] } } },
    }).filter(({ metadata, kind }) => kind === 'StatefulSet' && metadata.name === 'postgres')
    const [server] = templateOf(stateful ?? assert.fail())?.spec?.containers ?? []
    assert.deepEqual(server?.args, ['-c', 'max_connections=200'])
    assert.equal(server?.image, 'postgres:16-alpine')
    const scaler = patch([autoscaler({ app: 'api', min: 2, max: 4, cpu: 70 })], 'HorizontalPodAutoscaler/api', {
      spec: { behavior: { scaleDown: null } },
    })
    assert.deepEqual(validate(normal(scaler[0] ?? assert.fail())), [])
    const budget = patch([disruptionBudget('api')], 'PodDisruptionBudget/api', (one) => ({
      ...one,
      metadata: { name: 'b' },
    }))
    assert.equal(budget[0]?.metadata.name, 'b')
  })

  test('labelled() marks objects and pods, and leaves every selector and claim alone', () => {
    const marks = {
      name: 'api',
      partOf: 'shop',
      instance: 'shop',
      component: 'backend',
      version: `sha256:${'a'.repeat(64)}`,
    }
    for (const [index, object] of labelled(EVERYTHING, marks).entries()) {
      assert.deepEqual(validate(normal(object)), [])
      assert.equal(object.metadata.labels?.['app.kubernetes.io/part-of'], 'shop')
      assert.equal(templateOf(object)?.metadata?.labels?.['app.kubernetes.io/managed-by'] ?? 'landfall', 'landfall')
      assert.deepEqual(fixed(object), fixed(EVERYTHING[index]))
    }
  })
})

function mains(name: string, all: readonly Container[]): { name: string; container: Container }[] {
  return all.map((container) => ({ name: `${name}/${container.name}`, container }))
}

function probesOf({ livenessProbe, readinessProbe, startupProbe }: Container): Probe[] {
  return [livenessProbe, readinessProbe, startupProbe].filter((probe) => probe !== undefined)
}

function fixed(object: object | undefined): unknown {
  const { spec } = object as { spec?: { selector?: unknown; volumeClaimTemplates?: unknown } }
  return [spec?.selector, spec?.volumeClaimTemplates]
}
