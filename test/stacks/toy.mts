import { z } from 'zod'
import type { KubeObject } from '../../lib/kube/object.mts'
import { hostname, replicas } from '../../lib/stacks/fields.mts'
import { httpApp } from '../../lib/stacks/parts/http.mts'
import { redirectsToHttps, serves } from '../../lib/stacks/parts/proofs.mts'
import { site } from '../../lib/stacks/parts/site.mts'
import { render, type RenderInput } from '../../lib/stacks/render.mts'
import { component, stack, type Component, type Desired, type Stack } from '../../lib/stacks/stack.mts'
import { noCommon } from './rendered.mts'

const settings = z.strictObject({ domain: hostname().default('hello.acme.dev'), replicas: replicas(2) })

/** The stack of the documentation. */
export const hello = stack({
  name: 'hello',
  images: { web: 'ghcr.io/acme/hello' },
  settings,
  components: ({ settings, image }) => [
    component(
      'web',
      httpApp({
        name: 'web',
        image: image('web'),
        port: 8080,
        health: '/health',
        uid: 1000,
        replicas: settings.replicas,
      }),
    ),
    component(
      'edge',
      site({
        name: 'hello',
        host: settings.domain,
        className: 'nginx',
        tls: { secretName: 'hello-tls' },
        routes: [{ path: '/', service: 'web', port: 8080 }],
      }),
    ),
  ],
  proofs: ({ settings, image }) => [
    serves('health', settings.domain, '/health', { app: 'web', image: image('web') }),
    redirectsToHttps(settings.domain),
  ],
})

/** hello, rendered with tag abc. */
export function renderHello(input: Partial<RenderInput<z.output<typeof settings>>> = {}): Desired {
  return render(hello, {
    environment: 'production',
    tags: { web: 'abc' },
    common: noCommon(),
    own: settings.parse({}),
    ...input,
  })
}

/** A stack of these components and nothing else. */
export function stackOf(...components: Component[]): Stack {
  return stack({ name: 'toy', images: {}, settings: z.unknown(), components: () => components, proofs: () => [] })
}

export function renderToy(...components: Component[]): Desired {
  return render(stackOf(...components), { environment: 'production', tags: {}, common: noCommon(), own: undefined })
}

export function configMap(name: string, namespace?: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(namespace === undefined ? {} : { namespace }) } }
}
