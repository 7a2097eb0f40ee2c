import assert from 'node:assert/strict'
import https from 'node:https'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { after, describe, test } from 'node:test'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { isForbidden, isGone } from '../../lib/kube/status.mts'
import { schemaOf } from '../../lib/rehearsal/apply/node.mts'
import { SERVED } from '../../lib/rehearsal/objects/served.mts'
import { OPERATOR } from '../../lib/rehearsal/server/identity.mts'
import recorded from '../fixtures/kube/refusals.json' with { type: 'json' }
import { connectRehearsal } from './connected.mts'

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' }
const POD = { apiVersion: 'v1', kind: 'Pod' }

function pod(name: string, fields: Record<string, unknown> = {}): KubeObject {
  const spec = { containers: [{ name: 'web', image: 'registry.test/web:abc' }] }
  return { ...POD, metadata: { name, namespace: 'corpus' }, spec, ...fields } as KubeObject
}

const LIMITED = { token: 'limited', name: 'limited', rules: [] }
const READER = {
  token: 'reader',
  name: 'reader',
  rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespace: 'corpus' }],
}

const opened = connectRehearsal({
  logs: (_pod, container, previous) => (container === 'web' && !previous ? ['one', 'two', 'three'] : undefined),
  proxy: ({ name, port, path }) => (name === 'web' ? { status: 200, body: `${port} ${path}` } : undefined),
})

describe('openRehearsalServer()', () => {
  test('openRehearsalServer() listens on loopback only and names itself in the kubeconfig', async () => {
    const { server, cluster } = await opened
    assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/)
    assert.deepEqual(cluster.where, {
      context: 'rehearsal',
      server: server.url,
      user: 'operator',
      namespace: 'default',
    })
    assert.equal(await cluster.version(), 'v1.35.4')
  })

  test('list() selects by labels and fields, in every way that a selector is written', async () => {
    const { cluster, store } = await opened
    const labels = (app: string, tier: string): Record<string, string> => ({ app, tier })
    for (const [name, app, tier] of [
      ['a', 'web', 'front'],
      ['b', 'web', 'back'],
      ['c', 'job', 'back'],
    ] as const)
      store.put(
        pod(name, { metadata: { name, namespace: 'chosen', labels: labels(app, tier) }, status: { phase: name } }),
      )
    const chosen = async (selection: object): Promise<string> =>
      (await cluster.list(POD, { namespace: 'chosen', ...selection })).items.map((one) => one.metadata.name).join('')
    assert.equal(await chosen({ labelSelector: 'app=web' }), 'ab')
    assert.equal(await chosen({ labelSelector: 'app==web,tier!=back' }), 'a')
    assert.equal(await chosen({ labelSelector: 'app in (job,other),tier' }), 'c')
    assert.equal(await chosen({ labelSelector: 'app notin (web)' }), 'c')
    assert.equal(await chosen({ labelSelector: '!app' }), '')
    assert.equal(await chosen({ fieldSelector: 'metadata.name=b' }), 'b')
    assert.equal(await chosen({ fieldSelector: 'status.phase!=a,status.phase!=c' }), 'b')
  })

  test('list() hands out pages, and a token that was never given is too old', async () => {
    const { cluster, store, server } = await opened
    for (let number = 0; number < 1_100; number += 1)
      store.put({ ...CONFIG_MAP, metadata: { name: `many-${number}`, namespace: 'many' } })
    const before = server.requests.length
    assert.equal((await cluster.list(CONFIG_MAP, { namespace: 'many' })).items.length, 1_100)
    assert.equal(server.requests.length - before, 3)
    const forgotten = 'limit=1&continue=00000000-0000-0000-0000-000000000000'
    await assert.rejects(cluster.read(`/api/v1/namespaces/many/configmaps?${forgotten}`), isGone)
  })

  test('logs() are the last lines of a run, and nothing where there was none', async () => {
    const { cluster, store } = await opened
    store.put(pod('logging', { spec: { nodeName: 'one', containers: [{ name: 'web' }, { name: 'late' }] } }))
    const at = { namespace: 'corpus', name: 'logging' }
    assert.deepEqual(await cluster.logs({ ...at, container: 'web' }, { tailLines: 2 }), ['two', 'three'])
    assert.deepEqual(await cluster.logs({ ...at, container: 'web' }, { previous: true }), [])
    await assert.rejects(
      cluster.read('/api/v1/namespaces/corpus/pods/logging/log?container=late'),
      /container "late" in pod "logging" is waiting to start: ContainerCreating/,
    )
  })

  test('serviceProxy() asks what stands behind the Service, and says 503 where nothing does', async () => {
    const { cluster, store } = await opened
    for (const name of ['web', 'idle'])
      store.put({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'corpus' } })
    const found = await cluster.serviceProxy({ namespace: 'corpus', name: 'web', port: 'http' }, '/health?x=1')
    assert.equal(`${found.status} ${found.body.toString()}`, '200 http /health?x=1')
    const idle = await cluster.serviceProxy({ namespace: 'corpus', name: 'idle', port: 80 }, '/')
    assert.equal(idle.status, 503)
    assert.match(idle.body.toString(), /no endpoints available for service \\"idle\\"/)
  })

  test('kubectl get is given the columns that it prints', async () => {
    const { server, store } = await opened
    const waiting = { name: 'web', ready: false, restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } }
    store.put(pod('printed', { status: { phase: 'Running', containerStatuses: [waiting] } }))
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
    const table = (await ask(server.url, '/api/v1/namespaces/corpus/pods/printed', accept)) as {
      columnDefinitions: { name: string }[]
      rows: { cells: unknown[] }[]
    }
    const names = table.columnDefinitions.map(({ name }) => name)
    assert.deepEqual(names, ['Name', 'Ready', 'Status', 'Restarts', 'Age'])
    assert.deepEqual(table.rows[0]?.cells.slice(0, 4), ['printed', '0/1', 'CrashLoopBackOff', '2'])
  })

  test('every kind that is served has a schema, is discovered and described', async () => {
    const { cluster } = await opened
    for (const served of SERVED) {
      assert.ok(schemaOf(served) !== undefined, served.kind)
      assert.notEqual(await cluster.scopeOf(served), 'unknown', served.kind)
    }
    const index = (await cluster.read('/openapi/v3')) as { paths: Record<string, { serverRelativeURL: string }> }
    for (const { serverRelativeURL } of Object.values(index.paths)) await cluster.read(serverRelativeURL)
    assert.ok('apis/apps/v1' in index.paths)
  })

  test('a request that this project never makes is 501 with its name', async () => {
    const { cluster } = await opened
    await assert.rejects(cluster.read('/api/v1/nodes/one/proxy'), /does not answer GET of nodes\/proxy/)
    await assert.rejects(cluster.read('/metrics'), /does not answer GET \/metrics/)
  })

  test('a pod on a node is given its time to end, one that never ran goes at once', async () => {
    const { cluster, store } = await opened
    store.put(pod('running', { spec: { nodeName: 'one', terminationGracePeriodSeconds: 5, containers: [] } }))
    store.put(pod('waiting'))
    await cluster.remove({ ...POD, namespace: 'corpus', name: 'running' }, {})
    await cluster.remove({ ...POD, namespace: 'corpus', name: 'waiting' }, {})
    const found = store.get({ ...POD, namespace: 'corpus', name: 'running' }) as Live & { metadata: object }
    assert.equal((found.metadata as { deletionGracePeriodSeconds?: number }).deletionGracePeriodSeconds, 5)
    assert.equal(store.get({ ...POD, namespace: 'corpus', name: 'waiting' }), undefined)
  })

  test('removal in the foreground waits for the collector', async () => {
    const { cluster, store } = await opened
    store.put({ ...CONFIG_MAP, metadata: { name: 'owner', namespace: 'corpus' } })
    await cluster.remove({ ...CONFIG_MAP, namespace: 'corpus', name: 'owner' }, { propagation: 'Foreground' })
    const found = store.get({ ...CONFIG_MAP, namespace: 'corpus', name: 'owner' })
    assert.deepEqual(found?.metadata.finalizers, ['foregroundDeletion'])
  })

  test('a generation counts changes of the spec, not of labels', async () => {
    const { cluster } = await opened
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'counting' } })
    const policy = (labels: Record<string, string>, policyTypes: string[]): KubeObject =>
      ({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'inward', namespace: 'counting', labels },
        spec: { podSelector: {}, policyTypes },
      }) as KubeObject
    const generation = async (object: KubeObject): Promise<number | undefined> =>
      (await cluster.apply(object, { manager: 'm' })).object.metadata.generation
    assert.equal(await generation(policy({}, ['Ingress'])), 1)
    assert.equal(await generation(policy({ a: '1' }, ['Ingress'])), 1)
    assert.equal(await generation(policy({ a: '1' }, ['Egress'])), 2)
  })
})

function words(name: string): unknown {
  return recorded.find((one) => one.name === name)?.body
}

describe('identities', () => {
  test('a user without rights is refused in the recorded words', async () => {
    await using limited = await connectRehearsal({ identities: [LIMITED] })
    const { cluster, server } = limited
    const said = (): unknown => server.requests.at(-1)?.refused
    const object = { ...CONFIG_MAP, metadata: { name: 'settings', namespace: 'corpus' } }
    const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'corpus', name: 'web' }
    await assert.rejects(cluster.get(web), isForbidden)
    assert.deepEqual(said(), words('a read without the right'))
    await assert.rejects(cluster.list({ apiVersion: 'v1', kind: 'Namespace' }), isForbidden)
    assert.deepEqual(said(), words('a list without the right'))
    await assert.rejects(cluster.apply(object, { manager: 'm' }), isForbidden)
    assert.deepEqual(said(), words('an apply without the right'))
  })

  test('a token that nobody gave is 401', async () => {
    await using one = await connectRehearsal({ identities: [READER] })
    one.server.setFaults(() => ({ do: 'refuse', status: 401, reason: 'Unauthorized', message: 'Unauthorized' }))
    await assert.rejects(one.cluster.version(), { code: 'unauthorized' })
    one.server.setFaults(() => ({ do: 'pass' }))
    const answer = await ask(one.server.url, '/version', 'application/json', 'other')
    assert.deepEqual(answer, words('a token that nobody gave'))
  })

  test('missingPermissions() is answered by the rules of the user', async () => {
    await using one = await connectRehearsal({ identities: [READER, OPERATOR] })
    const may = { verb: 'get', group: '', resource: 'pods', namespace: 'corpus' }
    const wanted = [may, { ...may, verb: 'delete' }, { ...may, namespace: 'other' }]
    const found = await one.cluster.missingPermissions(wanted)
    assert.deepEqual(found, { missing: wanted.slice(1), unknown: [] })
  })
})

/** A GET that the client would not make. */
async function ask(url: string, path: string, accept: string, token = OPERATOR.token): Promise<unknown> {
  const headers = { accept, authorization: `Bearer ${token}` }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  https.get(`${url}${path}`, { headers, rejectUnauthorized: false }, resolve).on('error', reject)
  return json(await promise)
}

after(async () => (await opened)[Symbol.asyncDispose]())
