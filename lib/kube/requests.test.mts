import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connectTo, temporaryFolder } from '../../test/kube/kubeconfig.mts'
import { answer, cut, standIn, status } from '../../test/kube/standin.mts'
import type { Asked, StandIn } from '../../test/kube/standin.mts'
import type { Connection } from './connect.mts'
import type { KubeObject } from './object.mts'
import type { LimitRange, NetworkPolicy } from './schema/types.mts'
import { isAlreadyExists, isLostAnswer } from './status.mts'

const SERVED: Record<string, [string, string, 'Namespaced' | 'Cluster'][]> = {
  '': [
    ['configmaps', 'ConfigMap', 'Namespaced'],
    ['secrets', 'Secret', 'Namespaced'],
    ['limitranges', 'LimitRange', 'Namespaced'],
    ['pods', 'Pod', 'Namespaced'],
  ],
  'networking.k8s.io': [['networkpolicies', 'NetworkPolicy', 'Namespaced']],
  'rbac.authorization.k8s.io': [['clusterroles', 'ClusterRole', 'Cluster']],
}

/** A stand-in that tells what it serves, and answers the rest by `reply`. */
async function served(
  work: (cluster: Connection, server: StandIn, asked: () => Asked[]) => Promise<void>,
  reply: (asked: Asked) => Parameters<typeof answer> = (asked) => [200, withIdentity(asked.body)],
): Promise<void> {
  await using folder = await temporaryFolder()
  await using server = await standIn()
  const discovery = (asked: Asked): boolean => asked.path === '/api' || asked.path === '/apis'
  server.react((asked, response, request) => {
    const kept = discovery(asked) ? ([200, discovered(asked.path === '/api')] as const) : reply(asked)
    answer(...(kept as Parameters<typeof answer>))(asked, response, request)
  })
  await using cluster = await connectTo(server, folder)
  await work(cluster, server, () => server.asked.filter((asked) => !discovery(asked)))
}

function discovered(legacy: boolean): unknown {
  const groups = Object.entries(SERVED).filter(([group]) => (group === '') === legacy)
  const items = groups.map(([group, kinds]) => ({
    metadata: group === '' ? {} : { name: group },
    versions: [
      {
        version: 'v1',
        resources: kinds.map(([resource, kind, scope]) => ({
          resource,
          scope,
          responseKind: { group, version: 'v1', kind },
        })),
      },
    ],
  }))
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items }
}

function withIdentity(body: string): unknown {
  const object = (body === '' ? { metadata: {} } : JSON.parse(body)) as { metadata?: object }
  return { ...object, metadata: { ...object.metadata, uid: 'u', resourceVersion: '1' } }
}

const CONFIG: KubeObject & { data: Record<string, string> } = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'home' },
  data: { a: '1' },
}

describe('Requests', { concurrency: 4 }, () => {
  test('apply() sends from of a NetworkPolicy under its wire name', () =>
    served(async (cluster, _server, asked) => {
      const policy: NetworkPolicy = {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'inward', namespace: 'home' },
        spec: { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] },
      }
      await cluster.apply(policy, { manager: 'landfall-x' })
      assert.deepEqual(JSON.parse(asked()[0]?.body ?? ''), policy)
      assert.ok(asked()[0]?.body.includes('"from":['))
    }))

  test('apply() sends default of a LimitRange under its wire name', () =>
    served(async (cluster, _server, asked) => {
      const limits: LimitRange = {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'limits', namespace: 'home' },
        spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] },
      }
      await cluster.apply(limits, { manager: 'landfall-x' })
      assert.ok(asked()[0]?.body.includes('"default":{"cpu":"1"}'))
    }))

  test('apply() names manager and strictness, as an apply patch', () =>
    served(async (cluster, _server, asked) => {
      await cluster.apply(CONFIG, { manager: 'landfall-x' })
      const [one] = asked()
      assert.equal(one?.method, 'PATCH')
      assert.equal(
        one?.path,
        '/api/v1/namespaces/home/configmaps/settings?fieldManager=landfall-x&fieldValidation=Strict',
      )
      assert.equal(one?.headers['content-type'], 'application/apply-patch+yaml')
    }))

  test('apply() as a dry run differs in one parameter only', () =>
    served(async (cluster, _server, asked) => {
      await cluster.apply(CONFIG, { manager: 'landfall-x' })
      await cluster.apply(CONFIG, { manager: 'landfall-x', dryRun: true })
      const [real, dry] = asked()
      assert.equal(dry?.path, `${real?.path}&dryRun=All`)
      assert.equal(dry?.body, real?.body)
      assert.deepEqual(cluster.sent, { reads: 2, writes: 1, dryRuns: 1 })
    }))

  test('apply() carries uid and resourceVersion in the body, and leaves the given object as it was', () =>
    served(async (cluster, _server, asked) => {
      const before = JSON.stringify(CONFIG)
      await cluster.apply(CONFIG, { manager: 'landfall-x', uid: 'u1', resourceVersion: '7', force: true })
      assert.deepEqual(JSON.parse(asked()[0]?.body ?? '').metadata, {
        name: 'settings',
        namespace: 'home',
        uid: 'u1',
        resourceVersion: '7',
      })
      assert.match(asked()[0]?.path ?? '', /&force=true/)
      assert.equal(JSON.stringify(CONFIG), before)
    }))

  test('names keep their capitals, colons and dots', () =>
    served(async (cluster, _server, asked) => {
      await cluster.get({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'system:My.Role' })
      assert.equal(asked()[0]?.path, '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3AMy.Role')
    }))

  test('get() answers undefined for what is not there', () =>
    served(
      async (cluster) => {
        assert.equal(await cluster.get({ ...CONFIG, name: 'gone', namespace: 'home' }), undefined)
      },
      () => [404, status(404, 'NotFound')],
    ))

  test('an object of a namespaced kind without a namespace is refused before anything is sent', () =>
    served(async (cluster, _server, asked) => {
      const lost = { ...CONFIG, metadata: { name: 'settings' } }
      await assert.rejects(cluster.apply(lost, { manager: 'x' }), /lives in a namespace and this one names none/)
      assert.equal(asked().length, 0)
    }))

  test('what is served is asked for once, in two requests, also by many at the same time', () =>
    served(async (cluster, server) => {
      await Promise.all(Array.from({ length: 20 }, () => cluster.get({ ...CONFIG, name: 'a', namespace: 'home' })))
      assert.equal(server.asked.filter(({ path }) => path.startsWith('/api') && !path.includes('/v1')).length, 2)
    }))

  test('scopeOf() tells namespaced, cluster and unknown', () =>
    served(async (cluster) => {
      assert.equal(await cluster.scopeOf(CONFIG), 'namespaced')
      assert.equal(
        await cluster.scopeOf({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' }),
        'cluster',
      )
      assert.equal(await cluster.scopeOf({ apiVersion: 'nowhere.test/v1', kind: 'Gadget' }), 'unknown')
      assert.deepEqual(await cluster.resourceOf(CONFIG), { group: '', resource: 'configmaps' })
    }))

  test('create() that finds its own lost work says that it exists', () =>
    served(
      async (cluster) => assert.rejects(cluster.create(CONFIG), isAlreadyExists),
      () => [409, status(409, 'AlreadyExists')],
    ))

  test('create() whose answer was lost says so and is not sent again', async () => {
    await using folder = await temporaryFolder()
    await using server = await standIn()
    let writes = 0
    server.react((asked, response, request) => {
      if (asked.method === 'GET') return answer(200, discovered(asked.path === '/api'))(asked, response, request)
      writes += 1
      return cut()(asked, response, request)
    })
    await using cluster = await connectTo(server, folder)
    await assert.rejects(cluster.create(CONFIG), isLostAnswer)
    assert.equal(writes, 1)
  })

  test('remove() with a uid takes 409 for done: the namesake is another object', () =>
    served(
      async (cluster, _server, asked) => {
        await cluster.remove({ ...CONFIG, name: 'a', namespace: 'home' }, { uid: 'u1' })
        assert.deepEqual(JSON.parse(asked()[0]?.body ?? ''), {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Background',
          preconditions: { uid: 'u1' },
        })
      },
      () => [409, status(409, 'Conflict')],
    ))

  test('list() follows the pages and tells the kind of every item', () =>
    served(
      async (cluster, _server, asked) => {
        const listed = await cluster.list(CONFIG, { namespace: 'home', labelSelector: 'a=b,c' })
        assert.deepEqual(
          listed.items.map((item) => [item.kind, item.apiVersion, item.metadata.name]),
          [
            ['ConfigMap', 'v1', 'a'],
            ['ConfigMap', 'v1', 'b'],
          ],
        )
        assert.equal(listed.resourceVersion, '9')
        assert.match(asked()[0]?.path ?? '', /labelSelector=a%3Db%2Cc&limit=500$/)
      },
      ({ path }) => [200, path.includes('continue=') ? page('b') : page('a', 'more')],
    ))

  test('list() starts over in one piece where its token grew too old', () =>
    served(
      async (cluster, _server, asked) => {
        const listed = await cluster.list(CONFIG, { namespace: 'home' })
        assert.deepEqual(
          listed.items.map((item) => item.metadata.name),
          ['all'],
        )
        assert.equal(asked().length, 3)
      },
      ({ path }) => {
        if (path.includes('continue=')) return [410, status(410, 'Expired')]
        return [200, path.includes('limit=') ? page('a', 'old') : page('all')]
      },
    ))

  test('logs() gives lines, and none where the container has not started', () =>
    served(
      async (cluster, _server, asked) => {
        const pod = { namespace: 'home', name: 'p', container: 'c' }
        assert.deepEqual(await cluster.logs(pod, { tailLines: 2, previous: true }), ['one', '', 'two'])
        assert.match(asked()[0]?.path ?? '', /pods\/p\/log\?container=c&previous=true&tailLines=2/)
        assert.deepEqual(await cluster.logs({ ...pod, container: 'waiting' }, {}), [])
      },
      ({ path }) => (path.includes('waiting') ? [400, status(400, 'BadRequest')] : [200, 'one\n\ntwo\n']),
    ))

  test('serviceProxy() gives every answer back and asks once', () =>
    served(
      async (cluster, _server, asked) => {
        const found = await cluster.serviceProxy({ namespace: 'home', name: 'web', port: 'http' }, '/health?a=b')
        assert.equal(found.status, 503)
        assert.equal(found.body.toString(), 'down')
        assert.deepEqual(
          asked().map(({ path }) => path),
          ['/api/v1/namespaces/home/services/web:http/proxy/health?a=b'],
        )
      },
      () => [503, 'down'],
    ))

  test("a refused Secret does not show its value, in whatever form the server's words carry it", () =>
    served(
      async (cluster) => {
        const secret = { ...CONFIG, kind: 'Secret', data: { KEY: Buffer.from('hunter2-hunter2').toString('base64') } }
        const error = await cluster.apply(secret, { manager: 'x' }).then(
          () => assert.fail(),
          (thrown: unknown) => thrown as Error,
        )
        assert.ok(!/hunter2|aHVudGVyMi1odW50ZXIy/.test(JSON.stringify([error.message, error])), error.message)
      },
      () => [500, status(500, '', 'bad: aHVudGVyMi1odW50ZXIy or hunter2-hunter2, got &value{Value:7}')],
    ))

  test('missingPermissions() asks one review a namespace', () =>
    served(
      async (cluster, _server, asked) => {
        const patch = { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'home' }
        const { missing, unknown } = await cluster.missingPermissions([patch, { ...patch, verb: 'delete' }])
        assert.deepEqual(missing, [{ ...patch, verb: 'delete' }])
        assert.deepEqual(unknown, [])
        assert.equal(asked().length, 1)
        assert.equal(cluster.sent.writes, 0)
      },
      () => [
        201,
        { status: { incomplete: false, resourceRules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['*'] }] } },
      ],
    ))

  test('missingPermissions() says unknown where reviews are forbidden', () =>
    served(
      async (cluster) => {
        const wanted = { verb: 'create', group: '', resource: 'namespaces' }
        assert.deepEqual(await cluster.missingPermissions([wanted]), { missing: [], unknown: [wanted] })
      },
      () => [403, status(403, 'Forbidden')],
    ))
})

function page(name: string, token?: string): unknown {
  const items = [{ metadata: { name, uid: name, resourceVersion: '1' } }]
  return { items, metadata: { resourceVersion: '9', ...(token === undefined ? {} : { continue: token }) } }
}
