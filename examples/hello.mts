import { z } from 'zod'
import { certified, component, hostname, inDns, objectName, redirectsToHttps } from '../lib/mod.mts'
import { replicas, serves, site, stack, staticWeb } from '../lib/mod.mts'

/** A whole application in one file: nginx's own page, behind HTTPS. `--stack ./examples/hello.mts --tag 1.29.3-alpine` */
export default stack({
  name: 'hello',
  images: { web: 'nginxinc/nginx-unprivileged' },
  // An issuer of cert-manager's; without one the Secret hello-tls has to be there.
  settings: z.strictObject({ domain: hostname(), replicas: replicas(2), issuer: objectName().optional() }),
  rehearsal: { domain: 'hello.localhost' },

  components: ({ settings: { domain, replicas, issuer }, image }) => [
    component('web', staticWeb({ name: 'web', image: image('web'), replicas })),
    component(
      'edge',
      site({
        name: 'hello',
        host: domain,
        className: 'nginx',
        tls: { secretName: 'hello-tls', ...(issuer && { issuer }) },
        routes: [{ path: '/', service: 'web', port: 8080 }],
      }),
    ),
  ],

  proofs: ({ settings: { domain }, image }) => [
    serves('page', domain, '/', { app: 'web', image: image('web') }),
    redirectsToHttps(domain),
    certified(domain, 'hello-tls'),
    inDns(domain),
  ],
  secrets: ({ namespace }) => [{ namespace, name: 'hello-tls', keys: ['tls.crt', 'tls.key'] }],
})
