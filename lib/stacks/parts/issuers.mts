import type { ClusterIssuer } from '../../kube/custom.mts'

const SERVERS = {
  // Trusted by no browser, but without the limits of the real one: for trying out.
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
  'letsencrypt-prod': 'https://acme-v02.api.letsencrypt.org/directory',
} as const

/** Let's Encrypt by HTTP-01 through an ingress class; the account's key is kept beside cert-manager. */
export function letsEncrypt(
  name: keyof typeof SERVERS,
  { email, className }: { email?: string; className: string },
): ClusterIssuer {
  return issuer(name, {
    acme: {
      server: SERVERS[name],
      ...(email === undefined ? {} : { email }),
      privateKeySecretRef: { name: `${name}-account` },
      solvers: [{ http01: { ingress: { ingressClassName: className } } }],
    },
  })
}

/** Signs each certificate by itself: for clusters that no public authority can reach. */
export function selfSigned(name = 'self-signed'): ClusterIssuer {
  return issuer(name, { selfSigned: {} })
}

function issuer(name: string, spec: ClusterIssuer['spec']): ClusterIssuer {
  return { apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', metadata: { name }, spec }
}
