import { z } from 'zod'
import { component, deployment, fresh, hostname, httpApp, objectName, serves, site, stack } from '../../lib/mod.mts'

/**
 * WrightNow's core backend in its waiting namespace, below /api/ of the shared host:
 * `--stack ./examples/wrightnow/core.mts --tag TAG`.
 */
export default stack({
  name: 'wrightnow-core',
  namespace: 'staging-core',
  images: { core: 'ghcr.io/wrightnow/core' },
  settings: z.strictObject({
    host: hostname().default('wrightnow.example.com'),
    /** The TLS Secret of the host, in this namespace; without it plain HTTP, as on a laptop. */
    tls: objectName().optional(),
  }),
  environments: { local: { host: 'localhost' }, staging: { tls: 'wrightnow-tls' } },
  rehearsal: { host: 'localhost' },

  components: ({ settings: { host, tls }, image }) => [
    component(
      'core',
      httpApp({
        name: 'core',
        image: image('core'),
        port: 3000,
        health: '/api/health',
        uid: 1000,
        secrets: ['core-secrets'],
        env: { REDIS_HOST: 'redis.staging-infra.svc' },
      }),
    ),
    component(
      'edge',
      site({
        name: 'core',
        host,
        className: 'nginx',
        tls: tls === undefined ? 'none' : { secretName: tls },
        routes: [{ path: '/api/', service: 'core', port: 3000 }],
      }),
    ),
  ],

  proofs: ({ settings: { host, tls }, image }) => [
    serves('core', host, '/api/health', {
      app: 'core',
      image: image('core'),
      ...(tls === undefined && { scheme: 'http' as const }),
    }),
    fresh(deployment('core')),
  ],
  secrets: ({ namespace }) => [{ namespace, name: 'core-secrets', keys: ['DATABASE_URL'] }],
})
