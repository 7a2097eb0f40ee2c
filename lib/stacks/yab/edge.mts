import type { ClusterIssuer } from '../../kube/custom.mts'
import type { KubeObject } from '../../kube/object.mts'
import { letsEncrypt, selfSigned } from '../parts/issuers.mts'
import { site } from '../parts/site.mts'
import { API_PORT, markedFor, markedForAll, nameOf, SITE_PORT } from './names.mts'
import type { Settings } from './settings.mts'
import { certificateOf, hostOf, isSelfSigned, sitesIn, type Site } from './switches.mts'

/** An Ingress for each site, and the issuer of their certificates where the stack makes it. */
export function edge(settings: Settings): KubeObject[] {
  return sitesIn(settings).flatMap((app) => markedFor(app, [ingressOf(app, settings)]))
}

/** The ClusterIssuer that the Ingresses name, where nobody else has made it. */
export function issuers({ tls, issuers: said, ingress }: Settings): KubeObject[] {
  if (tls.from !== 'issuer' || said.from !== 'stack') return []
  const account = { className: ingress.className, ...(said.email === undefined ? {} : { email: said.email }) }
  const made = isSelfSigned(tls) ? selfSigned(tls.issuer) : letsEncrypt(publicIssuer(tls.issuer), account)
  return markedForAll('issuer', [made satisfies ClusterIssuer])
}

function ingressOf(app: Site, settings: Settings) {
  const { tls, ingress } = settings
  const secretName = certificateOf(app)
  const from = tls.from === 'issuer' ? { secretName, issuer: tls.issuer } : { secretName }
  return site({
    name: nameOf(app),
    host: hostOf(app, settings),
    className: ingress.className,
    tls: tls.from === 'none' ? 'none' : from,
    routes: [{ path: '/', service: nameOf(app), port: app === 'api' ? API_PORT : SITE_PORT }],
    // A browser warns of such a certificate: plain HTTP stays beside it.
    ...(isSelfSigned(tls) ? { annotations: { 'nginx.ingress.kubernetes.io/ssl-redirect': 'false' } } : {}),
  })
}

function publicIssuer(name: string): 'letsencrypt-staging' | 'letsencrypt-prod' {
  return name === 'letsencrypt-staging' ? name : 'letsencrypt-prod'
}
