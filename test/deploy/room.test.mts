import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Checked } from '../../lib/deploy/preflight.mts'
import { newPods, roomRows, shortages } from '../../lib/deploy/preflight/room.mts'
import type { Action, Step } from '../../lib/deploy/types.mts'
import { demandOf } from '../../lib/kube/demand.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { refOf } from '../../lib/kube/object.mts'
import type { ResourceQuota } from '../../lib/kube/schema/types.mts'
import { forbidden } from './refused.mts'
import { cluster, configMap, deployment, job, web } from './world.mts'

const { signal } = new AbortController()
const RESOURCES = { requests: { cpu: '500m', memory: '1Mi' }, limits: { memory: '2Mi' } }
const POD = {
  namespace: 'toy',
  of: 'deployment web',
  asks: demandOf({ containers: [{ name: 'web', resources: RESOURCES }] }),
}

function quota(
  hard: Record<string, string>,
  used: Record<string, string> = {},
  more: object = {},
): Live<ResourceQuota> {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'limit', namespace: 'toy', uid: 'u', resourceVersion: '1' },
    spec: { hard, ...more },
    status: { hard, used },
  }
}

function step(object: KubeObject, action: Action, ...paths: string[]): Step {
  const placed = { ...object, metadata: { namespace: 'toy', ...object.metadata } }
  const changes = paths.map((path) => ({ path }))
  return { component: 'web', ref: refOf(placed), action, object: placed, changes, warnings: [] }
}

function asking(cpu: string, memory = '1Mi'): KubeObject {
  const object = structuredClone(deployment('web'))
  Object.assign(object.spec.template.spec.containers[0] ?? {}, { resources: { requests: { cpu, memory } } })
  return object
}

suite('shortages()', () => {
  for (const [what, hard, used, short] of [
    ['room for one more', { pods: '3' }, { pods: '2' }, []],
    ['no room for one more', { pods: '3' }, { pods: '3' }, ['pods']],
    ['room to the last bit', { 'requests.cpu': '1' }, { 'requests.cpu': '500m' }, []],
    ['too little processor', { 'requests.cpu': '1' }, { 'requests.cpu': '501m' }, ['requests.cpu']],
    ['too little memory', { memory: '2Mi' }, { memory: '1025Ki' }, ['memory']],
    ['too low a limit', { 'limits.memory': '3Mi' }, { 'limits.memory': '2Mi' }, ['limits.memory']],
    ['other limits', { services: '0', 'limits.cpu': '0' }, {}, []],
    ['no limit', {}, {}, []],
  ] as [string, Record<string, string>, Record<string, string>, string[]][]) {
    test(`shortages() judges a quota with ${what}`, () => {
      const rows = shortages(quota(hard, used), [POD])
      assert.deepEqual(
        rows.map(({ code, says }) => [code, / (\S+) left$/.exec(says)?.[1]]),
        short.map((name) => ['quota', name]),
      )
    })
  }

  test('shortages() leaves a quota that counts only some pods to the server', () => {
    assert.deepEqual(shortages(quota({ pods: '0' }, {}, { scopes: ['BestEffort'] }), [POD]), [])
    assert.deepEqual(shortages(quota({ pods: '0' }, {}, { scopeSelector: { matchExpressions: [] } }), [POD]), [])
  })
})

suite('newPods()', () => {
  const image = 'spec.template.spec.containers[web].image'
  const set = { ...deployment('db'), kind: 'StatefulSet' }
  for (const [what, one, count] of [
    ['a new Deployment', step(deployment('web'), 'create'), 1],
    ['a new Job', step(job('once'), 'create'), 1],
    ['a Job made anew', step(job('once'), 'replace'), 1],
    ['an update that surges', step(deployment('web'), 'update', image), 1],
    ['more replicas', step(deployment('web'), 'update', 'spec.replicas'), 1],
    ['an update that recreates', step(deployment('web', { strategy: { type: 'Recreate' } }), 'update', image), 0],
    [
      'an update that takes a pod away first',
      step(deployment('web', { strategy: { rollingUpdate: { maxSurge: 0 } } }), 'update', image),
      0,
    ],
    ['an update of a StatefulSet, whose pods keep their places', step(set, 'update', image), 0],
    ['an update that moves no pod', step(deployment('web'), 'update', 'metadata.labels.team'), 0],
    ['what has no pods', step(configMap('config'), 'create'), 0],
  ] as const) {
    test(`newPods() counts ${count} for ${what}`, () => {
      assert.equal(newPods(one).length, count)
    })
  }
})

test('demandOf() counts the sum of the containers or the largest init container, whichever is more', () => {
  const resources = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } })
  const containers = [
    { name: 'a', ...resources('100m', '1Mi') },
    { name: 'b', ...resources('100m', '1Mi') },
  ]
  const initContainers = [
    { name: 'i', ...resources('150m', '3Mi') },
    { name: 'j', ...resources('150m', '3Mi') },
  ]
  const { cpu, memory } = demandOf({ containers, initContainers })
  assert.deepEqual([cpu, memory], [0.2, 3 * 2 ** 20])
})

suite('roomRows()', () => {
  const node = (cpu: string, more: object = {}): KubeObject =>
    ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${cpu}` },
      spec: more,
      status: { allocatable: { cpu, memory: '1Gi' } },
    }) as KubeObject
  const running = (cpu: string, nodeName: string): KubeObject =>
    ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${cpu}`, namespace: 'other' },
      spec: { nodeName, containers: [{ name: 'x', resources: { requests: { cpu } } }] },
    }) as KubeObject

  const checked = (...written: Step[]): Checked => ({
    desired: web(),
    survey: { records: [], live: new Map(), pods: [], configs: new Map(), unserved: [] },
    written,
    newNamespaces: [],
    signal,
  })

  for (const [what, objects, cpu, state] of [
    ['a node with room', [node('2')], '1', 'ok'],
    ['no node at all', [], '1', 'warning'],
    ['a node that is too small', [node('500m')], '1', 'warning'],
    ['a node that is full', [node('2'), running('1500m', 'node-2')], '1', 'warning'],
    ['a pod on another node', [node('2'), running('1500m', 'node-9')], '1', 'ok'],
    ['a node that takes nothing', [node('2', { unschedulable: true })], '1', 'warning'],
  ] as const) {
    test(`roomRows() is ${state} with ${what}, and never blocks for it`, async () => {
      const fake = cluster()
      for (const object of objects) fake.put(object)
      const rows = await roomRows(fake, checked(step(asking(cpu), 'create')))
      assert.deepEqual(
        rows.map((row) => row.state),
        [state],
      )
    })
  }

  test('roomRows() finds a quota that is used up, and names the workload', async () => {
    const fake = cluster()
    fake.put(node('2'))
    fake.put(quota({ pods: '1' }, { pods: '1' }))
    const [row] = await roomRows(fake, checked(step(asking('1'), 'create')))
    assert.equal(row?.state, 'blocking')
    assert.match(row.says, /pod of deployment web: quota limit has 0 of 1 pods left/)
  })

  test('roomRows() cannot check without permission', async () => {
    const fake = cluster()
    fake.before = ({ verb }) => {
      if (verb === 'list') throw forbidden('list nodes')
    }
    const rows = await roomRows(fake, checked(step(asking('1'), 'create')))
    assert.deepEqual(
      rows.map(({ state }) => state),
      ['unknown', 'unknown'],
    )
  })

  test('roomRows() asks nothing where no pod comes', async () => {
    const fake = cluster()
    assert.deepEqual(await roomRows(fake, checked(step(configMap('config'), 'create'))), [])
    assert.deepEqual(fake.asked, [])
  })
})
