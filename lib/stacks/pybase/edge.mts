import type { KubeObject } from '../../kube/object.mts'
import { site } from '../parts/site.mts'
import { ingressFor, platformOf } from './platforms.mts'
import type { Settings } from './settings.mts'

/** The platform's ingress with what the operator said instead. */
export function ingressOf({ platform, ingress }: Settings) {
  const known = platformOf(platform).ingress
  const sameClass = ingress.className === undefined || ingress.className === known.className
  const from = 'namespace' in known.from ? { namespace: known.from.namespace, cidrs: [] } : { cidrs: known.from.cidrs }
  return {
    className: ingress.className ?? known.className,
    // Another controller would not understand the platform's.
    annotations: { ...(sameClass ? known.annotations : {}), ...ingress.annotations },
    namespace: ingress.namespace ?? ('namespace' in from ? from.namespace : undefined),
    cidrs: ingress.cidrs ?? from.cidrs,
    certificate: sameClass ? known.certificate : 'secret',
  }
}

/** Where the certificate comes from. */
export function certificateOf(settings: Settings): 'issuer' | 'existing' | 'platform' {
  const own = ingressOf(settings).certificate === 'platform' ? 'platform' : 'issuer'
  return settings.tls.from ?? own
}

/** `/api/` leads to the API, everything else to the frontend. */
export function edge(settings: Settings): KubeObject[] {
  const { domain, tls } = settings
  const { className, annotations } = ingressOf(settings)
  const from = certificateOf(settings)
  const { secretName, issuer } = tls
  const held = from === 'issuer' ? { secretName, issuer } : { secretName }
  const ingress = site({
    name: 'pybase',
    host: domain,
    className,
    annotations,
    tls: from === 'platform' ? 'none' : held,
    routes: [
      { path: '/api/', service: 'api', port: 8000 },
      { path: '/', service: 'frontend', port: 8080 },
    ],
  })
  return ingressFor(ingress, domain)
}
