import { z } from 'zod'
import { httpApp } from '../../lib/stacks/parts/http.mts'
import * as prove from '../../lib/stacks/parts/proofs.mts'
import { site } from '../../lib/stacks/parts/site.mts'
import { component, stack } from '../../lib/stacks/stack.mts'

/** A stack that says nothing to a rehearsal but its domain: its images are nobody's, its Secret is made by hand. */
export default stack({
  name: 'plain',
  images: { web: 'ghcr.io/acme/plain' },
  settings: z.strictObject({ domain: z.string().default('plain.example.com') }),
  rehearsal: { domain: 'plain.localhost' },
  components: ({ settings, image, namespace }) => [
    component('import', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'import' },
      spec: {
        backoffLimit: 1,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'import', image: image('web') }] } },
      },
    } as never),
    component(
      'web',
      [
        ...httpApp({
          name: 'web',
          image: image('web'),
          port: 8080,
          health: '/health',
          uid: 1001,
          secrets: ['web-env'],
        }),
      ],
      {
        needs: ['import'],
      },
    ),
    component(
      'edge',
      site({
        name: namespace,
        host: settings.domain,
        className: 'nginx',
        tls: { secretName: 'plain-tls' },
        routes: [{ path: '/', service: 'web', port: 8080 }],
      }),
    ),
  ],
  secrets: ({ namespace }) => [
    { namespace, name: 'web-env', keys: ['TOKEN'] },
    { namespace, name: 'plain-tls', keys: ['tls.crt', 'tls.key'] },
  ],
  proofs: ({ settings, image }) => [
    prove.serves('health', settings.domain, '/health', { app: 'web', image: image('web') }),
    prove.redirectsToHttps(settings.domain),
  ],
})
