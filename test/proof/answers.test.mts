import { text } from './fake.mts'
import { apiService, apiWorkload, host, image, apiPod, deployment, draining, slice } from './reactbin.mts'
import { rows } from './rows.mts'
import { INDEX, json } from './server.mts'
import type { World } from './world.mts'

const HEALTH = '/api/v1/health'
const serves = { kind: 'serves', name: 'health', host, path: HEALTH, status: 200, fields: { build: 'abc' } } as const
const backedBy = { service: apiService, workload: apiWorkload, image }
const untold = (world: World) => world.https.routes.set(HEALTH, json({ status: 'ok' }))

rows('serves', serves, [
  ['passes on three good answers in a row', () => {}, 'passed', '200 ×3, build abc'],
  [
    'fails on an old build',
    ({ https }) => https.routes.set(HEALTH, json({ build: 'abb' })),
    'failed',
    `https://${host}${HEALTH} answers build abb, not abc`,
  ],
  [
    'fails on an old build among new ones',
    (world) => alternate(world, 'abc', 'abb'),
    'failed',
    /answers build abb, not abc/,
  ],
  [
    'fails on 503 with the words of the app',
    ({ https }) => https.routes.set(HEALTH, json({ status: 'database unreachable' }, 503)),
    'failed',
    /answers 503 \{"status":"database unreachable"\}, not 200/,
  ],
  ['fails where the UI answers for the API', ({ https }) => https.routes.delete(HEALTH), 'failed', /200 with a page/],
  ['is unchecked where the app does not tell its build', untold, 'unchecked', /the app does not tell build/],
  [
    'is unchecked while no Ingress tells an address',
    (world) => (world.target = { ...world.target, edge: { caFile: world.caFile } }),
    'unchecked',
    `no Ingress in reactbin tells an address for ${host} yet`,
  ],
  [
    'fails where nothing listens',
    (world) => (world.target.edge.address = '127.0.0.1:1'),
    'failed',
    `https://${host}${HEALTH} does not answer: nothing listens at 127.0.0.1:1`,
  ],
])

rows('serves over plain HTTP', { ...serves, scheme: 'http' }, [
  ['passes there', ({ http }) => http.routes.set(HEALTH, json({ build: 'abc' })), 'passed', '200 ×3, build abc'],
  ['fails where that leads to HTTPS', () => {}, 'failed', new RegExp(`^http://${host}.*308`)],
])

const { fields: _fields, ...pages } = serves

rows('serves pages that tell no version', { ...pages, backedBy }, [
  ['passes where only new pods are behind the Service', untold, 'passed', `200 ×3, by 1 pod running ${image}`],
  [
    'counts no answer that an old pod could have given which is gone since',
    ({ fake, https }) => {
      fake.put(apiPod({ name: 'api-1-x', revision: 1 }), draining('api', ['api-2-x'], ['api-1-x']))
      https.routes.set(HEALTH, (_request, response) => {
        fake.put(slice('api', ['api-2-x']))
        response.writeHead(200).end()
      })
    },
    'failed',
    'service/reactbin/api: api-1-x, of an older version, drains and still serves',
  ],
])

rows('serves backed by a workload', { ...serves, backedBy }, [
  [
    'needs no look at pods where the app tells',
    ({ fake }) => fake.forbidden.add('list Pod'),
    'passed',
    '200 ×3, build abc',
  ],
  [
    'asks once for each pod that can answer, where these are more than three',
    ({ fake }) => fake.put(draining('api', ['a', 'b', 'c'], ['d', 'e'])),
    'passed',
    '200 ×5, build abc',
  ],
  [
    'fails where the last of many pods is an old one that drains',
    (world) => {
      world.fake.put(draining('api', ['a', 'b', 'c'], ['d']))
      alternate(world, 'abc', 'abc', 'abc', 'abb')
    },
    'failed',
    /answers build abb, not abc/,
  ],
  [
    'asks no more than twenty times',
    ({ fake }) =>
      fake.put(
        slice(
          'api',
          Array.from({ length: 25 }, (_, at) => `pod-${at}`),
        ),
      ),
    'passed',
    '200 ×20, build abc',
  ],
  [
    'asks three times where it may not see the pods',
    ({ fake }) => fake.forbidden.add('list EndpointSlice'),
    'passed',
    '200 ×3, build abc',
  ],
  ['passes where only new pods are behind the Service', untold, 'passed', `200 ×3, by 1 pod running ${image}`],
  [
    'fails where an old pod is still behind it',
    (world) => {
      untold(world)
      world.fake.put(apiPod({ name: 'api-1-x', revision: 1 }), slice('api', ['api-2-x', 'api-1-x']))
    },
    'failed',
    'service/reactbin/api leads to api-1-x, a pod of an older version',
  ],
  [
    'fails while an old pod that was told to go still serves',
    (world) => {
      untold(world)
      world.fake.put(apiPod({ name: 'api-1-x', revision: 1 }), draining('api', ['api-2-x'], ['api-1-x']))
    },
    'failed',
    'service/reactbin/api: api-1-x, of an older version, drains and still serves',
  ],
  [
    'passes while a pod of the newest version drains',
    (world) => {
      untold(world)
      world.fake.put(apiPod({ name: 'api-2-y' }), draining('api', ['api-2-x'], ['api-2-y']))
    },
    'passed',
    `200 ×3, by 1 pod running ${image}`,
  ],
  [
    'fails where the new pod runs another image',
    (world) => {
      untold(world)
      world.fake.put(apiPod({ image: 'reactbin-api:abb' }))
    },
    'failed',
    `service/reactbin/api leads to api-2-x, which does not run ${image}`,
  ],
  [
    'fails where a stranger is behind the Service',
    (world) => {
      untold(world)
      world.fake.put(slice('api', ['stranger']))
    },
    'failed',
    'service/reactbin/api leads to stranger, which is no pod of deployment/reactbin/api',
  ],
  [
    'fails without endpoints',
    (world) => {
      untold(world)
      world.fake.put(slice('api', []))
    },
    'failed',
    'service/reactbin/api has no ready endpoint',
  ],
  [
    'fails while the controller has not seen the new version',
    (world) => {
      untold(world)
      world.fake.put(deployment(3, 2))
    },
    'failed',
    /has not seen the newest version yet/,
  ],
  [
    'is unchecked without the permission to list pods',
    (world) => {
      untold(world)
      world.fake.forbidden.add('list Pod')
    },
    'unchecked',
    'no permission to list Pod in namespace reactbin',
  ],
])

rows('absent', { kind: 'absent', name: 'docs', host, path: '/docs' }, [
  ['passes on a real 404', () => {}, 'passed', '/docs is 404'],
  ['fails where /docs is on', docsOn, 'failed', `https://${host}/docs answers 200, not 404`],
  [
    'fails where the index page answers with 200',
    ({ https }) => https.routes.delete('/docs'),
    'failed',
    `https://${host}/docs answers 200 with the index page: the UI has the path`,
  ],
  [
    'fails where the index page answers with 404',
    ({ https }) => https.routes.set('/docs', { ...INDEX, status: 404 }),
    'failed',
    /answers 404 with the index page/,
  ],
  [
    'fails where /docs leads elsewhere',
    ({ https }) => https.routes.set('/docs', { status: 307, headers: { location: '/docs/' } }),
    'failed',
    /answers 307 to \/docs\/, not 404/,
  ],
  ['fails where nothing listens', (world) => (world.target.edge.address = '127.0.0.1:1'), 'failed', /nothing listens/],
  ['is unchecked without an address', withoutAddress, 'unchecked', /tells an address/],
])

rows('fallback', { kind: 'fallback', name: 'spa', host, path: '/no/such/page' }, [
  ['passes where an unknown path gets the index page', () => {}, 'passed', 'unknown paths get the index page'],
  [
    'fails on 404',
    ({ https }) => https.routes.set('/no/such/page', { status: 404, body: 'not found' }),
    'failed',
    /answers 404 not found, not the index page/,
  ],
  [
    'fails on another page',
    ({ https }) => https.routes.set('/no/such/page', { body: 'welcome to nginx' }),
    'failed',
    /is not what \/ answers/,
  ],
  ['is unchecked without an address', withoutAddress, 'unchecked', /tells an address/],
])

rows('redirects', { kind: 'redirects', name: 'redirect', host, path: '/' }, [
  ['passes on a redirect to https of the host', () => {}, 'passed', '308 to https'],
  [
    'fails where HTTP is served',
    ({ http }) => http.routes.set('*', INDEX),
    'failed',
    /answers 200, not a redirect to https/,
  ],
  [
    'fails on a redirect to another host',
    ({ http }) => http.routes.set('*', { status: 301, headers: { location: 'https://elsewhere.test/' } }),
    'failed',
    /answers 301 to https:\/\/elsewhere.test\/, not to https:\/\/reactbin.test/,
  ],
  [
    'fails on a redirect that stays on HTTP',
    ({ http }) => http.routes.set('*', { status: 302, headers: { location: '/login' } }),
    'failed',
    /answers 302 to \/login/,
  ],
  [
    'fails where nothing listens',
    (world) => (world.target.edge.httpAddress = '127.0.0.1:1'),
    'failed',
    /nothing listens/,
  ],
  ['is unchecked without an address', withoutAddress, 'unchecked', /tells an address/],
])

rows('inside', { kind: 'inside', name: 'api docs', service: apiService, port: 8000, path: '/docs', status: 404 }, [
  ['passes where the Service answers as expected', () => {}, 'passed', 'api:8000/docs is 404'],
  [
    'fails where /docs is on',
    ({ fake }) => fake.inside.set('api:8000/docs', text(200, '<html>')),
    'failed',
    'api:8000/docs answers 200, not 404',
  ],
  [
    'fails where it is the API server that says 404',
    ({ fake }) =>
      fake.inside.set(
        'api:8000/docs',
        text(404, '{"kind":"Status","apiVersion":"v1","message":"services \\"api\\" not found"}'),
      ),
    'failed',
    'api:8000/docs could not be asked: services "api" not found',
  ],
  [
    'is unchecked without the permission to use the proxy',
    ({ fake }) => fake.forbidden.add('proxy'),
    'unchecked',
    'no permission to get services/proxy of service/reactbin/api',
  ],
])

function docsOn({ https }: World): void {
  https.routes.set('/docs', { type: 'text/html', body: '<title>Swagger UI</title>' })
}

function withoutAddress(world: World): void {
  world.target = { ...world.target, edge: { caFile: world.caFile } }
}

function alternate({ https }: World, ...builds: string[]): void {
  let asked = 0
  https.routes.set(HEALTH, (_request, response) => {
    const build = builds[asked++ % builds.length]
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ build }))
  })
}
