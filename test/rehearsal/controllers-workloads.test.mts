import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import type {
  Deployment,
  EndpointSlice,
  Job,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
} from '../../lib/kube/schema/types.mts'
import { told } from '../health/pods.mts'
import { deployment, job, pod, shell, statefulSet, web } from '../record/made.mts'
import { openScene, type Scene } from './playing.mts'

const IMAGES = { images: [{ image: /busybox/, present: true }] }
const POD = { apiVersion: 'v1', kind: 'Pod' }
const SET = { apiVersion: 'apps/v1', kind: 'ReplicaSet' }
const NAMESPACE = 'demo'

function pods(scene: Scene): Live<Pod>[] {
  return scene.store.list<Pod>(POD, NAMESPACE)
}

function verdict(scene: Scene, object: Live, since = 0): string {
  return told(judge({ object, since }, scene.snapshot()))
}

function get<T extends KubeObject>(scene: Scene, { apiVersion, kind, metadata: { name } }: KubeObject): Live<T> {
  const found = scene.store.get<T>({ apiVersion, kind, namespace: NAMESPACE, name })
  assert.ok(found !== undefined, `${kind} ${name} is there`)
  return found
}

const version = (number: number, more = {}): KubeObject =>
  deployment(pod(web({ env: [{ name: 'VERSION', value: String(number) }] })), more)

describe('Deployments', () => {
  test('startDeployments() keeps every replica available while it rolls, with one pod more', () => {
    using scene = openScene(NAMESPACE, IMAGES)
    scene.apply(version(1, { replicas: 3 }))
    scene.time.advance(5_000)
    const subject = scene.apply(version(2, { replicas: 3 }))
    const counts = new Set<number>()
    let least = Number.POSITIVE_INFINITY
    for (let step = 0; step < 200; step += 1) {
      scene.time.advance(50)
      const active = pods(scene).filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      const ready = active.filter(({ status }) =>
        status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
      )
      counts.add(active.length)
      least = Math.min(least, ready.length)
    }
    assert.equal(Math.max(...counts), 4)
    assert.equal(least, 3)
    assert.equal(verdict(scene, subject), 'ready 3/3, old pods gone')
  })

  test('startDeployments() gives a template that comes back its ReplicaSet under a new revision', () => {
    using scene = openScene(NAMESPACE, IMAGES)
    for (const number of [1, 2, 1]) {
      scene.apply(version(number))
      scene.time.advance(5_000)
    }
    const revisions = scene.store
      .list<ReplicaSet>(SET, NAMESPACE)
      .map(({ metadata, spec }) => [metadata.annotations?.['deployment.kubernetes.io/revision'], spec?.replicas])
    assert.deepEqual(
      revisions.toSorted(([a = ''], [b = '']) => String(a).localeCompare(String(b))),
      [
        ['2', 0],
        ['3', 1],
      ],
    )
  })

  test('startDeployments() with Recreate starts nothing new before the last old pod is gone', () => {
    using scene = openScene(NAMESPACE, { ...IMAGES, parts: [{ plays: { stop: { takes: 900 } } }] })
    const more = { strategy: { type: 'Recreate', rollingUpdate: undefined } }
    scene.apply(version(1, more))
    scene.time.advance(3_000)
    scene.apply(version(2, more))
    for (let step = 0; step < 100; step += 1) {
      scene.time.advance(50)
      assert.ok(pods(scene).length <= 1, 'never two at once')
    }
    assert.equal(pods(scene)[0]?.spec?.containers[0]?.env?.[0]?.value, '2')
  })

  test('startDeployments() gives up at its progress deadline', () => {
    using scene = openScene(NAMESPACE, { ...IMAGES, parts: [{ plays: { ready: { after: 'never' } } }] })
    const subject = scene.apply(version(1, { progressDeadlineSeconds: 20 }))
    scene.time.advance(18_000)
    const progress = (): string | undefined =>
      get<Deployment>(scene, subject).status?.conditions?.find(({ type }) => type === 'Progressing')?.reason
    assert.equal(progress(), 'ReplicaSetUpdated')
    scene.time.advance(6_000)
    assert.equal(progress(), 'ProgressDeadlineExceeded')
  })

  test('startDeployments() scales without a new ReplicaSet and keeps the history that it was told to', () => {
    using scene = openScene(NAMESPACE, IMAGES)
    for (const number of [1, 2, 3, 4]) {
      scene.apply(version(number, { revisionHistoryLimit: 1 }))
      scene.time.advance(5_000)
    }
    scene.apply(version(4, { revisionHistoryLimit: 1, replicas: 2 }))
    scene.time.advance(3_000)
    const sizes = scene.store.list<ReplicaSet>(SET, NAMESPACE).map(({ spec }) => spec?.replicas)
    assert.deepEqual(new Set(sizes), new Set([0, 2]))
  })
})

describe('StatefulSets', () => {
  const set = (command: string, more = {}): KubeObject =>
    statefulSet(pod(web({ command: ['sh', '-c', command] })), { replicas: 2, ...more })

  test('startStatefulSets() starts the second pod when the first is ready, and updates from the last', () => {
    using scene = openScene(NAMESPACE, IMAGES)
    const subject = scene.apply(set('one'))
    const order: string[] = []
    scene.store.listen(({ type, object }) => {
      if (object.kind === 'Pod' && type !== 'MODIFIED') order.push(`${type} ${object.metadata.name}`)
    })
    scene.time.advance(5_000)
    assert.deepEqual(order.splice(0), ['ADDED store-0', 'ADDED store-1'])
    assert.equal(verdict(scene, subject), 'ready 2/2')
    scene.apply(set('two'))
    scene.time.advance(10_000)
    assert.deepEqual(order, ['DELETED store-1', 'ADDED store-1', 'DELETED store-0', 'ADDED store-0'])
    assert.equal(verdict(scene, get(scene, subject)), 'ready 2/2')
  })

  test('startStatefulSets() leaves a broken pod to whoever deletes it, and then makes it anew', () => {
    const broken = { refuses: 'exec: "minio": executable file not found in $PATH' }
    using scene = openScene(NAMESPACE, { ...IMAGES, parts: [{ command: /broken/, plays: broken }] })
    scene.apply(set('good', { replicas: 1 }))
    scene.time.advance(3_000)
    scene.apply(set('broken', { replicas: 1 }))
    scene.time.advance(5_000)
    scene.apply(set('good', { replicas: 1 }))
    scene.time.advance(60_000)
    assert.match(pods(scene)[0]?.spec?.containers[0]?.command?.join(' ') ?? '', /broken/)
    scene.remove(pods(scene)[0] as Live<Pod>)
    scene.time.advance(3_000)
    assert.equal(verdict(scene, get(scene, statefulSet(pod(web())))), 'ready 1/1')
  })

  test('startStatefulSets() makes claims that stay when the set goes', () => {
    using scene = openScene(NAMESPACE, IMAGES)
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }
    const subject = scene.apply(set('one', { replicas: 1, volumeClaimTemplates: [claim] }))
    scene.time.advance(5_000)
    scene.remove(subject)
    scene.time.advance(60_000)
    assert.deepEqual(pods(scene), [])
    const claims = scene.store.list<PersistentVolumeClaim>(
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
      NAMESPACE,
    )
    assert.deepEqual(
      claims.map(({ metadata, status }) => [metadata.name, status?.phase]),
      [['data-store-0', 'Bound']],
    )
  })
})

describe('Jobs', () => {
  test('startJobs() waits 10, 20, 40 s between attempts and gives up after the last that it may make', () => {
    const scenes = { ...IMAGES, parts: [{ plays: { exit: { after: 10, code: 1 } } }] }
    using scene = openScene(NAMESPACE, scenes)
    const began = scene.time.now()
    const made: number[] = []
    scene.store.listen(({ type, object }) => {
      if (object.kind === 'Pod' && type === 'ADDED') made.push(Math.round((scene.time.now() - began) / 1000))
    })
    const subject = scene.apply(job('import', pod(shell('mc', 'false')), { backoffLimit: 3 }))
    scene.time.advance(120_000)
    const gaps = made.map((at, index) => at - (made[index - 1] ?? at))
    assert.deepEqual(
      gaps.map((gap) => Math.round(gap / 10) * 10),
      [0, 10, 20, 40],
    )
    assert.equal(get<Job>(scene, subject).status?.failed, 4)
  })

  test('startJobs() ends one that takes longer than it may, and its pods', () => {
    using scene = openScene(NAMESPACE, IMAGES)
    const subject = scene.apply(job('import', pod(shell('mc', 'sleep')), { activeDeadlineSeconds: 5 }))
    scene.time.advance(10_000)
    assert.deepEqual(
      get<Job>(scene, subject).status?.conditions?.map(({ reason }) => reason),
      ['DeadlineExceeded', 'DeadlineExceeded'],
    )
    assert.deepEqual(pods(scene), [])
  })
})

describe('Services and owners', () => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'api' },
    spec: { selector: { app: 'api' }, ports: [{ name: 'http', port: 80, targetPort: 8000 }] },
  }

  test('startEndpoints() lists a pod as ready until it is told to leave', () => {
    using scene = openScene(NAMESPACE, { ...IMAGES, parts: [{ plays: { stop: { takes: 900 } } }] })
    scene.apply(service)
    const subject = scene.apply(version(1))
    const endpoints = (): unknown =>
      scene.store
        .list<EndpointSlice>({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }, NAMESPACE)
        .flatMap((slice) => slice.endpoints.map(({ conditions }) => conditions))
    scene.time.advance(3_000)
    assert.deepEqual(endpoints(), [{ ready: true, serving: true, terminating: false }])
    scene.remove(subject)
    scene.time.advance(300)
    assert.deepEqual(endpoints(), [{ ready: false, serving: true, terminating: true }])
    scene.time.advance(3_000)
    assert.deepEqual(endpoints(), [])
  })

  test('startCollector() takes ReplicaSets and pods along with their Deployment', () => {
    using scene = openScene(NAMESPACE, IMAGES)
    const subject = scene.apply(version(1))
    scene.time.advance(3_000)
    scene.remove(subject)
    scene.time.advance(5_000)
    assert.deepEqual([...pods(scene), ...scene.store.list(SET, NAMESPACE)], [])
  })

  test('startCollector() drops an owner in the foreground after the last of its own', () => {
    using scene = openScene(NAMESPACE, IMAGES)
    const subject = scene.apply(version(1))
    scene.time.advance(3_000)
    const gone: string[] = []
    scene.store.listen(({ type, object }) => type === 'DELETED' && object.kind !== 'Event' && gone.push(object.kind))
    const live = get(scene, subject)
    const leaving = { deletionTimestamp: '2026-11-21T12:00:03Z', finalizers: ['foregroundDeletion'] }
    scene.store.put({ ...live, metadata: { ...live.metadata, ...leaving } })
    scene.time.advance(5_000)
    assert.equal(gone.at(-1), 'Deployment')
    assert.deepEqual(gone.toSorted(), ['Deployment', 'Pod', 'ReplicaSet'])
  })

  test('startNamespaces() empties a namespace that is to go, and furnishes a new one', () => {
    using scene = openScene(NAMESPACE, IMAGES)
    scene.apply(version(1))
    scene.time.advance(3_000)
    const ref = { apiVersion: 'v1', kind: 'Namespace', name: NAMESPACE }
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: NAMESPACE, name: 'default' }
    assert.ok(scene.store.get(account) !== undefined)
    const live = scene.store.get(ref)
    assert.ok(live !== undefined)
    scene.store.put({ ...live, metadata: { ...live.metadata, deletionTimestamp: '2026-11-21T12:00:03Z' } })
    scene.time.advance(10_000)
    assert.equal(scene.store.get(ref), undefined)
    assert.deepEqual(pods(scene), [])
  })

  test('logs() tells what the run before has said', () => {
    const log = [{ after: 0, line: 'first words' }]
    const parts = [{ plays: [{ log, exit: { after: 10, code: 1 } }, { log: [{ after: 0, line: 'second words' }] }] }]
    using scene = openScene(NAMESPACE, { ...IMAGES, parts })
    scene.apply(version(1))
    scene.time.advance(4_000)
    const [at] = pods(scene)
    assert.ok(at !== undefined)
    assert.deepEqual(scene.logs(at, 'api', false), ['second words'])
    assert.deepEqual(scene.logs(at, 'api', true), ['first words'])
    assert.equal(scene.logs(at, 'none', false), undefined)
  })
})
