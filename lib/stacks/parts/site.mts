import type { HTTPIngressPath, Ingress } from '../../kube/schema/types.mts'

// What a class of ingress controller needs to be told so that plain HTTP is sent to HTTPS; Traefik's nginx provider reads nginx's.
const REDIRECT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nginx: { 'nginx.ingress.kubernetes.io/ssl-redirect': 'true' },
}

/** Where a path leads. `exact` is this very path, otherwise the path and all below it. */
export interface Route {
  path: string
  service: string
  port: number
  exact?: boolean
}

export interface Site {
  name: string
  host: string
  /** In the order in which they stand in the Ingress: some controllers take the first that matches. */
  routes: readonly Route[]
  className: string
  /** The TLS Secret, and the ClusterIssuer that makes it; without one the Secret has to be there. `none` is plain HTTP. */
  tls: { secretName: string; issuer?: string } | 'none'
  /** What a platform's controller wants to be told. */
  annotations?: Readonly<Record<string, string>>
}

/** The Ingress of one host: HTTPS, and plain HTTP sent there. A component with a host of its own has its own. */
export function site(one: Site): Ingress {
  const { name, host, routes, className, annotations } = one
  const tls = tlsOf(one)
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, annotations: { ...tls.annotations, ...annotations } },
    spec: {
      ingressClassName: className,
      ...tls.spec,
      rules: [{ host, http: { paths: routes.map(pathOf) } }],
    },
  }
}

function tlsOf({ host, className, tls }: Site) {
  if (tls === 'none') return {}
  const issuer = tls.issuer === undefined ? {} : { 'cert-manager.io/cluster-issuer': tls.issuer }
  return {
    annotations: { ...issuer, ...REDIRECT[className] },
    spec: { tls: [{ hosts: [host], secretName: tls.secretName }] },
  }
}

function pathOf({ path, service, port, exact = false }: Route): HTTPIngressPath {
  return { path, pathType: exact ? 'Exact' : 'Prefix', backend: { service: { name: service, port: { number: port } } } }
}
