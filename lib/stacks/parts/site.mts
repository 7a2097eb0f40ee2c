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
  /** The TLS Secret, and the ClusterIssuer that makes it; without one the Secret has to be there. */
  tls: { secretName: string; issuer?: string }
}

/** The Ingress of one host: HTTPS, and plain HTTP sent there. */
export function site({ name, host, routes, className, tls }: Site): Ingress {
  const issuer = tls.issuer === undefined ? {} : { 'cert-manager.io/cluster-issuer': tls.issuer }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, annotations: { ...issuer, ...REDIRECT[className] } },
    spec: {
      ingressClassName: className,
      tls: [{ hosts: [host], secretName: tls.secretName }],
      rules: [{ host, http: { paths: routes.map(pathOf) } }],
    },
  }
}

function pathOf({ path, service, port, exact = false }: Route): HTTPIngressPath {
  return { path, pathType: exact ? 'Exact' : 'Prefix', backend: { service: { name: service, port: { number: port } } } }
}
